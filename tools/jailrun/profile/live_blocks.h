// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_LIVE_BLOCKS_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_LIVE_BLOCKS_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// A block or a mapping that is looked at, and who asked for it.
struct SampledBlock {
  static constexpr uint32_t kMostFrames = 48;

  enum class State : uint32_t {
    kNone,
    kLive,
    kFreed,  // but it was live at the peak with the number `died`
  };

  uintptr_t begin;
  uint64_t bytes;
  uint64_t weight;  // for how many bytes it counts
  uint64_t born;    // the number of the highest peak before it
  uint64_t died;    // the number of the highest peak before its end
  State state;
  uint32_t next;  // in its list, from 1; 0: none
  uint32_t frame_count;
  uint64_t frames[kMostFrames];  // return addresses, innermost first

  bool WasLiveAt(uint64_t peak) const {
    return (state == State::kLive && born < peak) ||
           (state == State::kFreed && died == peak);
  }
};

// The sampled blocks that are live, and those that were at the highest peak so
// far. Peaks are numbered from 1: whoever keeps this counts them, and no block
// is copied when one is passed.
//
// Lifecycle: zero bytes are an empty one.
// Units: bytes.
// Threads: none of its own; the caller locks.
struct LiveBlocks {
  static constexpr uint32_t kMost = 1 << 14;

  // A place for a block, which is listed by its address; null iff there is
  // none left.
  SampledBlock* Add(uintptr_t begin, uint64_t bytes, uint64_t weight,
                    uint64_t peak);

  // The live block that begins there, or null.
  SampledBlock* Find(uintptr_t begin);

  void End(SampledBlock* block, uint64_t peak);

  // Calls visit(SampledBlock*) for each live one that has a byte in the range.
  template <typename Visit>
  void ForEachIn(uintptr_t begin, uint64_t bytes, Visit visit) {
    ForEachLive([&](SampledBlock* block) {
      if (block->begin < begin + bytes && begin < block->begin + block->bytes) {
        visit(block);
      }
    });
  }

  template <typename Visit>
  void ForEachLive(Visit visit) {
    const uint32_t most = used < kMost ? used : kMost;
    for (uint32_t i = 0; i < most; ++i) {
      if (blocks[i].state == SampledBlock::State::kLive) visit(&blocks[i]);
    }
  }

  // Takes a block out, as if it had never been looked at.
  void Forget(SampledBlock* block);

  uint32_t* ListOf(uintptr_t begin);
  void Unlist(SampledBlock* block);
  SampledBlock* FreePlace(uint64_t peak);

  static constexpr uint32_t kLists = 2 * kMost;

  uint32_t used;           // places that ever held a block
  uint32_t look;           // where the search for a place went on
  uint32_t lists[kLists];  // by address: the first block, from 1
  SampledBlock blocks[kMost];
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_LIVE_BLOCKS_H_
