// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_THROW_RESERVE_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_THROW_RESERVE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cellblock {

// A few small blocks for what a thread needs when it throws for the first time.
// Of a libstdc++ that was loaded late, the loader makes its thread-locals only
// then, some 32 bytes, and ends the process where there is no memory for them.
// It gives them back when the thread ends.
//
// Lifecycle: constant-initialized; never destroyed.
// Units: bytes; blocks are aligned to 16.
// Errors: Take gives null iff it is asked for more than kMostBytes or all are
//   in use.
// Threads: any, and signal handlers.
// Syscalls: none.
class ThrowReserve {
 public:
  static constexpr size_t kMostBytes = 128;
  static constexpr uint32_t kBlocks = 64;

  [[nodiscard]] void* Take(size_t bytes) {
    if (bytes > kMostBytes) return nullptr;
    uint64_t used = used_.load(std::memory_order_relaxed);
    while (~used != 0) {
      const auto index = static_cast<uint32_t>(__builtin_ctzll(~used));
      if (used_.compare_exchange_weak(used, used | uint64_t{1} << index,
                                      std::memory_order_acquire)) {
        return blocks_[index];
      }
    }
    return nullptr;
  }

  // False iff it is none of these.
  [[nodiscard]] bool GiveBack(const void* block) {
    const size_t offset = reinterpret_cast<uintptr_t>(block) -
                          reinterpret_cast<uintptr_t>(blocks_);
    if (offset >= sizeof(blocks_) || offset % kMostBytes != 0) return false;
    const uint64_t bit = uint64_t{1} << (offset / kMostBytes);
    return (used_.fetch_and(~bit, std::memory_order_release) & bit) != 0;
  }

 private:
  std::atomic<uint64_t> used_{0};  // a bit for each block
  alignas(16) char blocks_[kBlocks][kMostBytes] = {};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_THROW_RESERVE_H_
