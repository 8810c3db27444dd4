// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_QUARANTINE_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_QUARANTINE_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// The blocks that a thread freed lately, which are not to be handed out yet. A
// block that comes in drives out one at random: so nobody can tell when, and in
// which order, memory is used again.
//
// Lifecycle: zero bytes are an empty quarantine.
// Threads: none of its own.
// Syscalls: none.
class Quarantine {
 public:
  static constexpr size_t kBlocks = 128;
  // Larger ones are not kept.
  static constexpr size_t kMostBytes = 2048;

  constexpr Quarantine() = default;
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  // Takes a block in, and returns the one it drives out, or null.
  [[nodiscard]] void* Exchange(void* block) {
    void*& place = blocks_[Random() % kBlocks];
    void* const out = place;
    place = block;
    return out;
  }

  // A block, which is out; null iff it is empty.
  [[nodiscard]] void* TakeAny() {
    for (void*& place : blocks_) {
      if (place == nullptr) continue;
      void* const out = place;
      place = nullptr;
      return out;
    }
    return nullptr;
  }

  void Seed(uint64_t seed) { random_ = seed | 1; }

  // xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
  uint64_t Random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_ >> 11;
  }

 private:
  uint64_t random_ = 1;
  void* blocks_[kBlocks] = {};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_QUARANTINE_H_
