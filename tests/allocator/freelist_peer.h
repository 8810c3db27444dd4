// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FREELIST_PEER_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FREELIST_PEER_H_

#include <cstdint>
#include <vector>

#include "allocator/freelist.h"

namespace cellblock {

// Reaches what a test is to corrupt.
struct FreelistPeer {
  // Those of which no other value is good.
  static std::vector<uint32_t*> Words(Freelist& list) {
    std::vector<uint32_t*> words = {&list.units_, &list.wild_,
                                    &list.free_units_, &list.level_map_};
    for (uint32_t& map : list.bin_map_) words.push_back(&map);
    return words;
  }
  static uint32_t& Parked(Freelist& list) { return list.parked_; }
  static uint32_t& Wild(Freelist& list) { return list.wild_; }
  static uint32_t& Units(Freelist& list) { return list.units_; }
  static uint32_t& FreeUnits(Freelist& list) { return list.free_units_; }
  static uint32_t& HighWater(Freelist& list) { return list.high_water_; }
  static uint32_t& LevelMap(Freelist& list) { return list.level_map_; }
  static uint32_t& BinMap(Freelist& list) { return list.bin_map_[0]; }
  static uint32_t& Head(Freelist& list, uint32_t bin) {
    return list.heads_[bin];
  }
  static uint32_t Bin(uint32_t units) { return Freelist::Bin(units); }
  static uint32_t& A(Freelist& list, uint32_t tag) { return list.tags_[tag].a; }
  static uint32_t& B(Freelist& list, uint32_t tag) { return list.tags_[tag].b; }

  static constexpr uint32_t kKindMask = Freelist::kKindMask;
  static constexpr uint32_t kInterior = Freelist::kInterior;
  static constexpr uint32_t kUsed = Freelist::kUsed;
  static constexpr uint32_t kUsedPiece = Freelist::kUsedPiece;
  static constexpr uint32_t kFree = Freelist::kFree;
  static constexpr uint32_t kFreeOne = Freelist::kFreeOne;
  static constexpr uint32_t kFoot = Freelist::kFoot;
  static constexpr uint32_t kNone = Freelist::kNone;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FREELIST_PEER_H_
