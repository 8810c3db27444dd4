// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_POOL_MEMORY_H_
#define CELLBLOCK_EXAMPLES_COMMON_POOL_MEMORY_H_

// Memory functions for the libraries that take some. In a jail malloc gives
// from the pool, so the hooks need no more; what they add is the library's own
// share, by which a pool is sized.

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace examples {

// What one library has, in bytes as malloc gives them. Threads: one.
class PoolMemory {
 public:
  void* Allocate(size_t bytes) {
    void* const block = malloc(bytes);
    if (block == nullptr) return nullptr;
    in_use_ += malloc_usable_size(block);
    peak_ = std::max(peak_, in_use_);
    return block;
  }

  // As realloc: null leaves the block as it is.
  void* Reallocate(void* block, size_t bytes) {
    const size_t had = block == nullptr ? 0 : malloc_usable_size(block);
    void* const moved = realloc(block, bytes);
    if (moved == nullptr) return nullptr;
    in_use_ += malloc_usable_size(moved) - had;
    peak_ = std::max(peak_, in_use_);
    return moved;
  }

  void Free(void* block) {
    if (block == nullptr) return;
    in_use_ -= malloc_usable_size(block);
    free(block);
  }

  uint64_t in_use() const { return in_use_; }
  uint64_t peak() const { return peak_; }

 private:
  uint64_t in_use_ = 0;
  uint64_t peak_ = 0;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_POOL_MEMORY_H_
