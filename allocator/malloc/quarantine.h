// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_QUARANTINE_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_QUARANTINE_H_

#include <cstddef>
#include <cstdint>

#include "allocator/report.h"

namespace cellblock {

// The blocks that a thread freed lately, which are not to be handed out yet. A
// block that comes in drives out one at random: so nobody can tell when, and in
// which order, memory is used again.
//
// Many small blocks are kept, and apart from them a few large ones, so that
// what waits is bounded: by kBlocks * kMostBytes, and by a 128th of the pool.
// What is larger still is not kept.
//
// Lifecycle: zero bytes, and then Open, are an empty quarantine.
// Units: bytes.
// Errors: blocks are zero when they come in. Who lets one out and writes a link
//   to its beginning sees to it that it still IsUntouched there.
// Threads: none of its own.
// Syscalls: none.
class Quarantine {
 public:
  static constexpr size_t kBlocks = 128;
  static constexpr size_t kMostBytes = 2048;
  static constexpr size_t kLargeBlocks = 4;
  // What is larger would wait at the cost of the cache.
  static constexpr size_t kMostLargeBytes = 16384;

  constexpr Quarantine() = default;
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  void Open(size_t pool_bytes, uint64_t seed) {
    const size_t share = pool_bytes / (128 * kLargeBlocks);
    most_large_ = share < kMostLargeBytes ? share : kMostLargeBytes;
    random_ = seed;
  }

  bool Keeps(size_t bytes) const {
    return bytes <= kMostBytes || bytes <= most_large_;
  }

  // Takes a block of at most kMostBytes in, and returns the one that it drives
  // out, or null.
  [[nodiscard]] void* Exchange(void* block) {
    return ExchangeAt(blocks_[RandomBelow(kBlocks)], block);
  }
  // The same of a block that it keeps, of whatever size.
  [[nodiscard]] void* Exchange(void* block, size_t bytes) {
    if (bytes <= kMostBytes) return Exchange(block);
    return ExchangeAt(blocks_[kBlocks + RandomBelow(kLargeBlocks)], block);
  }

  // Every block, which is out then.
  template <typename Visit>
  void Empty(Visit visit) {
    for (void*& place : blocks_) {
      void* const out = ExchangeAt(place, nullptr);
      if (out == nullptr) continue;
      if (!IsUntouched(out)) ReportWriteAfterFree(out);
      visit(out);
    }
  }

  static bool IsUntouched(const void* block) {
    return *static_cast<const uint64_t*>(block) == 0;
  }

  // Below 2^32. A linear congruential generator (Knuth, TAOCP 3.2.1) with a
  // multiplier of Steele and Vigna ("Computationally easy, spectrally good
  // multipliers", 2021); its low bits are weak and not used. Whoever learns the
  // seed can foresee the rest.
  uint32_t Random() {
    random_ = random_ * 0xD1342543DE82EF95u + 1;
    return static_cast<uint32_t>(random_ >> 32);
  }
  uint32_t RandomBelow(uint32_t bound) {
    return static_cast<uint32_t>(uint64_t{Random()} * bound >> 32);
  }

 private:
  static void* ExchangeAt(void*& place, void* block) {
    void* const out = place;
    place = block;
    return out;
  }

  uint64_t random_ = 0;
  size_t most_large_ = 0;
  void* blocks_[kBlocks + kLargeBlocks] = {};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_QUARANTINE_H_
