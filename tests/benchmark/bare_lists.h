// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_BARE_LISTS_H_
#define CELLBLOCK_TESTS_BENCHMARK_BARE_LISTS_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace cellblock {

// The floor of the measurements: one list of free blocks for each of eight size
// classes to a power of two, linked through the blocks themselves, which are
// cut off a mapping that is as large as it needs to be. It checks nothing,
// counts nothing, merges nothing, and has to be told the size of what it gets
// back. Its functions are called, not inlined, as an allocator's are.
class BareLists {
 public:
  explicit BareLists(size_t bytes)
      : next_(static_cast<std::byte*>(
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    if (next_ == MAP_FAILED) abort();
  }

  [[gnu::noinline]] void* Allocate(size_t bytes) {
    const uint32_t size_class = ClassOf(bytes);
    Free* const head = heads_[size_class];
    if (head == nullptr) return Cut(size_class);
    heads_[size_class] = head->next;
    return head;
  }

  [[gnu::noinline]] void Release(void* block, size_t bytes) {
    const uint32_t size_class = ClassOf(bytes);
    Free* const head = static_cast<Free*>(block);
    head->next = heads_[size_class];
    heads_[size_class] = head;
  }

 private:
  struct Free {
    Free* next;
  };

  static uint32_t ClassOf(size_t bytes) {
    const uint64_t last = (bytes - 1) | 15;
    const uint32_t log = 63u - static_cast<uint32_t>(__builtin_clzll(last));
    return log * 8 + static_cast<uint32_t>((last >> (log - 3)) & 7);
  }

  void* Cut(uint32_t size_class) {
    const size_t log = size_class / 8;
    const size_t bytes = (size_t{9} + size_class % 8) << (log - 3);
    void* const block = next_;
    next_ += (bytes + 15) & ~size_t{15};
    return block;
  }

  Free* heads_[64 * 8] = {};
  std::byte* next_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_BARE_LISTS_H_
