// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Whose a block is, and what each owner may have.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kPool = 4096;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;
constexpr OwnerId kAnn = 1;
constexpr OwnerId kBob = 2;
constexpr OwnerId kCid = 3;

class HeapOwners : public testing::Test {
 protected:
  void* Take(size_t bytes, OwnerId owner, size_t alignment = 1) {
    void* const block = heap_->Allocate(bytes, alignment, kAsIs, owner);
    EXPECT_TRUE(IsValid(*heap_));
    return block;
  }

  void Free(void* block) {
    EXPECT_EQ(heap_->Free(block), kOk);
    EXPECT_TRUE(IsValid(*heap_));
  }

  bool Resize(void* block, size_t bytes) {
    const bool resized = heap_->ResizeInPlace(block, bytes);
    EXPECT_TRUE(IsValid(*heap_));
    return resized;
  }

  const OwnerStats& Of(OwnerId owner) { return *heap_->owner_stats(owner); }

  TestHeap heap_{kPool, 16, Content::kUnknown, 4096, 3};
};

TEST_F(HeapOwners, StartWithNothingAndNoLimit) {
  for (OwnerId owner : {kAnn, kBob, kCid}) {
    EXPECT_EQ(Of(owner).limit_bytes, UINT64_MAX);
    EXPECT_EQ(Of(owner).in_use_bytes, 0u);
    EXPECT_EQ(Of(owner).peak_bytes, 0u);
    EXPECT_EQ(Of(owner).over_limit, 0u);
    EXPECT_EQ(Of(owner).Left(), UINT64_MAX);
  }
  EXPECT_NE(Take(kPool, kAnn), nullptr);
}

TEST_F(HeapOwners, OthersAreNotKnown) {
  EXPECT_EQ(heap_->owner_stats(kNoOwner), nullptr);
  EXPECT_EQ(heap_->owner_stats(4), nullptr);
  EXPECT_EQ(heap_->owner_stats(~0u), nullptr);
  EXPECT_FALSE(heap_->SetLimit(kNoOwner, 1));
  EXPECT_FALSE(heap_->SetLimit(4, 1));
  EXPECT_FALSE(heap_->SetLimit(~0u, 1));
  for (OwnerId owner : {4u, ~0u}) {
    EXPECT_EQ(Take(16, owner), nullptr);
    EXPECT_EQ(heap_->refusal(), AllocatorError::kNoSuchOwner);
  }
  // That is nobody's exhaustion.
  EXPECT_EQ(heap_->stats().exhausted, 0u);
  EXPECT_EQ(heap_->stats().over_limit, 0u);
  EXPECT_EQ(heap_->stats().refused_at_bytes, 0u);
  EXPECT_EQ(heap_->stats().last_exhaustion.asked, 0u);
  TestHeap none(kPool, 16, Content::kUnknown);
  EXPECT_EQ(none->owner_stats(kAnn), nullptr);
  EXPECT_FALSE(none->SetLimit(kAnn, 1));
  EXPECT_EQ(none->Allocate(16, 1, kAsIs, kAnn), nullptr);
  EXPECT_EQ(none->refusal(), AllocatorError::kNoSuchOwner);
}

TEST_F(HeapOwners, SeedParity_Row31_FreeingByAddressCreditsTheRightOwner) {
  void* const a = Take(100, kAnn);
  void* const b = Take(200, kBob);
  void* const n = Take(300, kNoOwner);
  void* const c = Take(100, kAnn, 512);
  EXPECT_EQ(heap_->OwnerOf(a), kAnn);
  EXPECT_EQ(heap_->OwnerOf(b), kBob);
  EXPECT_EQ(heap_->OwnerOf(n), kNoOwner);
  EXPECT_EQ(heap_->OwnerOf(c), kAnn);
  EXPECT_EQ(heap_->OwnerOf(static_cast<uint8_t*>(b) + 16), kNoOwner);
  EXPECT_EQ(heap_->OwnerOf(&heap_), kNoOwner);
  EXPECT_EQ(Of(kAnn).in_use_bytes, 224u);
  EXPECT_EQ(Of(kBob).in_use_bytes, 208u);
  EXPECT_EQ(Of(kCid).in_use_bytes, 0u);
  EXPECT_EQ(heap_->stats().in_use_bytes, 224u + 208 + 304);
  Free(b);
  EXPECT_EQ(heap_->OwnerOf(b), kNoOwner);
  EXPECT_EQ(Of(kAnn).in_use_bytes, 224u);
  EXPECT_EQ(Of(kBob).in_use_bytes, 0u);
  EXPECT_EQ(heap_->Free(b), AllocatorError::kDoubleFree);
  EXPECT_EQ(Of(kBob).in_use_bytes, 0u);
  Free(a);
  Free(n);
  EXPECT_EQ(Of(kAnn).in_use_bytes, 112u);
  Free(c);
  EXPECT_EQ(Of(kAnn).in_use_bytes, 0u);
  EXPECT_EQ(Of(kAnn).peak_bytes, 224u);
  EXPECT_EQ(Of(kBob).peak_bytes, 208u);
  EXPECT_EQ(heap_->stats().in_use_bytes, 0u);
}

// What one freed last, another gets.
TEST_F(HeapOwners, SeedParity_Row31_ABlockGoesFromOwnerToOwner) {
  void* block = Take(100, kAnn);
  for (OwnerId owner : {kBob, kNoOwner, kCid, kNoOwner, kNoOwner, kAnn}) {
    Free(block);
    EXPECT_EQ(Take(100, owner), block);
    EXPECT_EQ(heap_->OwnerOf(block), owner);
    for (OwnerId other : {kAnn, kBob, kCid}) {
      EXPECT_EQ(Of(other).in_use_bytes, other == owner ? 112u : 0u);
    }
  }
}

TEST_F(HeapOwners, SeedParity_Row31_ALimitStopsItsOwnerAndNobodyElse) {
  ASSERT_TRUE(heap_->SetLimit(kAnn, 320));
  EXPECT_NE(Take(100, kAnn), nullptr);
  EXPECT_NE(Take(208, kAnn), nullptr);
  EXPECT_EQ(Of(kAnn).Left(), 0u);
  EXPECT_EQ(Take(1, kAnn), nullptr);
  EXPECT_EQ(Take(0, kAnn), nullptr);
  EXPECT_EQ(heap_->refusal(), AllocatorError::kOverLimit);
  EXPECT_EQ(Of(kAnn).over_limit, 2u);
  EXPECT_EQ(Of(kBob).over_limit, 0u);
  EXPECT_EQ(heap_->stats().over_limit, 2u);
  EXPECT_EQ(heap_->stats().exhausted, 0u);
  EXPECT_EQ(heap_->stats().in_use_bytes, 320u);
  EXPECT_NE(Take(400, kBob), nullptr);
  EXPECT_NE(Take(400, kNoOwner), nullptr);
  EXPECT_EQ(heap_->refusal(), kOk);
}

// In whole units: 17 bytes are two of them.
TEST_F(HeapOwners, SeedParity_Row31_ALimitCountsWholeUnits) {
  ASSERT_TRUE(heap_->SetLimit(kAnn, 31));
  EXPECT_EQ(Take(17, kAnn), nullptr);
  EXPECT_NE(Take(16, kAnn), nullptr);
  EXPECT_EQ(Take(0, kAnn), nullptr);
  ASSERT_TRUE(heap_->SetLimit(kAnn, 48));
  EXPECT_NE(Take(17, kAnn), nullptr);
}

TEST_F(HeapOwners, SeedParity_Row31_ARefusalByALimitShowsTheOwnersFigures) {
  ASSERT_TRUE(heap_->SetLimit(kAnn, 500));
  Take(1000, kBob);
  void* const block = Take(300, kAnn);
  Free(Take(100, kAnn));
  ASSERT_EQ(Take(201, kAnn, 64), nullptr);
  const Exhaustion& last = heap_->stats().last_exhaustion;
  EXPECT_EQ(last.asked, 201u);
  EXPECT_EQ(last.alignment, 64u);
  EXPECT_EQ(last.in_use, 304u);
  EXPECT_EQ(last.peak, 416u);
  EXPECT_EQ(last.largest_free, 196u);
  EXPECT_EQ(last.short_by, 208u - 196);
  EXPECT_EQ(heap_->stats().refused_at_bytes, 0u);
  EXPECT_EQ(std::memcmp(&heap_->stats(), &heap_.copy(), sizeof(HeapStats)), 0);
  // The right number: so much more, and it may.
  ASSERT_TRUE(heap_->SetLimit(kAnn, 500 + last.short_by));
  EXPECT_NE(Take(201, kAnn, 64), nullptr);
  EXPECT_EQ(Of(kAnn).Left(), 0u);
  Free(block);
}

TEST_F(HeapOwners, SeedParity_Row31_ALimitBelowWhatIsInUseTakesNothingBack) {
  void* const a = Take(480, kAnn);
  void* const b = Take(160, kAnn);
  ASSERT_TRUE(heap_->SetLimit(kAnn, 320));
  EXPECT_EQ(Of(kAnn).in_use_bytes, 640u);
  EXPECT_EQ(Of(kAnn).Left(), 0u);
  EXPECT_EQ(Take(1, kAnn), nullptr);
  EXPECT_FALSE(Resize(b, 176));
  EXPECT_EQ(heap_->stats().last_exhaustion.largest_free, 0u);
  EXPECT_TRUE(Resize(a, 320));
  EXPECT_EQ(Take(1, kAnn), nullptr);
  EXPECT_TRUE(Resize(a, 144));
  EXPECT_NE(Take(16, kAnn), nullptr);
  EXPECT_EQ(Take(1, kAnn), nullptr);
  EXPECT_EQ(Of(kAnn).peak_bytes, 640u);
  ASSERT_TRUE(heap_->SetLimit(kAnn, 0));
  Free(b);
  EXPECT_EQ(Take(1, kAnn), nullptr);
  ASSERT_TRUE(heap_->SetLimit(kAnn, UINT64_MAX));
  EXPECT_NE(Take(1000, kAnn), nullptr);
}

TEST_F(HeapOwners, SeedParity_Row31_ResizingInPlaceIsChargedToo) {
  ASSERT_TRUE(heap_->SetLimit(kAnn, 256));
  void* const block = Take(64, kAnn);
  EXPECT_TRUE(Resize(block, 256));
  EXPECT_EQ(Of(kAnn).in_use_bytes, 256u);
  EXPECT_EQ(Of(kAnn).peak_bytes, 256u);
  EXPECT_FALSE(Resize(block, 257));
  EXPECT_EQ(heap_->UsableSize(block), 256u);
  EXPECT_TRUE(Resize(block, 100));
  EXPECT_EQ(Of(kAnn).in_use_bytes, 112u);
  EXPECT_NE(Take(144, kAnn), nullptr);
  EXPECT_FALSE(Resize(block, 113));
  EXPECT_EQ(heap_->OwnerOf(block), kAnn);
  EXPECT_EQ(Of(kAnn).peak_bytes, 256u);
  // That is not counted as a refusal.
  EXPECT_EQ(Of(kAnn).over_limit, 0u);
  EXPECT_EQ(heap_->stats().over_limit, 0u);
}

// Only what was handed out is ever in use.
TEST_F(HeapOwners, SeedParity_Row31_ARefusedRequestIsNoPeak) {
  void* const block = Take(64, kAnn);
  Take(64, kBob);
  EXPECT_EQ(Take(kPool, kAnn), nullptr);
  EXPECT_EQ(Take(SIZE_MAX / 2, kAnn), nullptr);
  EXPECT_EQ(heap_->refusal(), AllocatorError::kExhausted);
  EXPECT_EQ(Take(16, kAnn, size_t{1} << 63), nullptr);
  EXPECT_FALSE(Resize(block, 80));
  EXPECT_FALSE(Resize(block, SIZE_MAX));
  EXPECT_EQ(Of(kAnn).in_use_bytes, 64u);
  EXPECT_EQ(Of(kAnn).peak_bytes, 64u);
  EXPECT_EQ(Of(kAnn).over_limit, 0u);
}

// The limit is looked at first: what the pool has does not matter then.
TEST_F(HeapOwners, SeedParity_Row31_ARequestBeyondLimitAndPoolIsOverTheLimit) {
  ASSERT_TRUE(heap_->SetLimit(kAnn, 2 * kPool));
  EXPECT_EQ(Take(kPool + 1, kAnn), nullptr);
  EXPECT_EQ(heap_->refusal(), AllocatorError::kExhausted);
  EXPECT_EQ(Take(2 * kPool, kAnn), nullptr);
  EXPECT_EQ(heap_->refusal(), AllocatorError::kExhausted);
  for (size_t bytes :
       {2 * kPool + 1, size_t{1} << 36, SIZE_MAX - 15, SIZE_MAX}) {
    EXPECT_EQ(Take(bytes, kAnn), nullptr);
    EXPECT_EQ(heap_->refusal(), AllocatorError::kOverLimit);
    EXPECT_EQ(heap_->stats().last_exhaustion.asked, bytes);
  }
  EXPECT_EQ(Of(kAnn).over_limit, 4u);
  EXPECT_EQ(heap_->stats().exhausted, 2u);
}

TEST_F(HeapOwners, SeedParity_Row31_PiecesAreNobodys) {
  uint8_t* const pieces =
      static_cast<uint8_t*>(heap_->AllocateDivided(256, 64, kAsIs));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(heap_->OwnerOf(pieces + i * 64), kNoOwner);
    Free(pieces + i * 64);
  }
  // Even where an owner's block was.
  Free(Take(256, kAnn));
  EXPECT_EQ(heap_->AllocateDivided(256, 64, kAsIs), pieces);
  Free(pieces);
  EXPECT_EQ(Of(kAnn).in_use_bytes, 0u);
}

TEST_F(HeapOwners, AttachAgainForgetsWhatEachHad) {
  Take(100, kAnn);
  ASSERT_TRUE(heap_->SetLimit(kAnn, 200));
  alignas(16) uint8_t pool[256];
  uint64_t table[64];
  OwnerStats owners[2];
  owners[1].in_use_bytes = 77;
  ASSERT_LE(Heap::TableBytesFor(sizeof(pool), 16), sizeof(table));
  ASSERT_EQ(heap_->Attach({.base = pool,
                           .bytes = sizeof(pool),
                           .table = table,
                           .table_bytes = sizeof(table),
                           .unit = 16,
                           .owners = owners,
                           .owner_count = 2}),
            kOk);
  EXPECT_EQ(Of(kBob).in_use_bytes, 0u);
  EXPECT_EQ(Of(kAnn).limit_bytes, UINT64_MAX);
  EXPECT_EQ(heap_->owner_stats(kCid), nullptr);
  // A count without figures is none.
  ASSERT_EQ(heap_->Attach({.base = pool,
                           .bytes = sizeof(pool),
                           .table = table,
                           .table_bytes = sizeof(table),
                           .unit = 16,
                           .owner_count = 2}),
            kOk);
  EXPECT_EQ(heap_->owner_stats(kAnn), nullptr);
  EXPECT_EQ(Take(16, kAnn), nullptr);
}

// Random owners, limits and blocks, with the accounts kept beside them.
TEST_F(HeapOwners, SeedParity_Row31_AccountsAgreeAfterEveryStep) {
  Random random(TestSeed());
  struct Block {
    void* data;
    OwnerId owner;
  };
  std::vector<Block> live;
  uint64_t in_use[4] = {};
  uint64_t peak[4] = {};
  uint64_t limit[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
  uint64_t over_limit[4] = {};
  uint64_t exhausted = 0;
  const auto grow = [&](OwnerId owner, uint64_t bytes) {
    in_use[owner] += bytes;
    peak[owner] = std::max(peak[owner], in_use[owner]);
  };
  const auto has_room = [&](OwnerId owner, uint64_t bytes) {
    return owner == kNoOwner || bytes == 0 ||
           in_use[owner] + bytes <= limit[owner];
  };
  for (int step = 0; step < 20'000; ++step) {
    const OwnerId owner = random.Below(4);
    const size_t bytes = random.LogUniform(10) - 1;
    const uint64_t whole = bytes == 0 ? 16 : (bytes + 15) / 16 * 16;
    const uint32_t choice = random.Below(8);
    if (choice < 4) {
      const size_t alignment = size_t{1} << random.Below(8);
      void* const block = heap_->Allocate(bytes, alignment, kAsIs, owner);
      if (block != nullptr) {
        ASSERT_TRUE(has_room(owner, whole));
        live.push_back({block, owner});
        grow(owner, whole);
      } else if (!has_room(owner, whole)) {
        ASSERT_EQ(heap_->refusal(), AllocatorError::kOverLimit);
        ++over_limit[owner];
      } else {
        ASSERT_EQ(heap_->refusal(), AllocatorError::kExhausted);
        ++exhausted;
      }
    } else if (choice == 4 && owner != kNoOwner) {
      limit[owner] = random.OneIn(4) ? UINT64_MAX : random.Below(2048);
      ASSERT_TRUE(heap_->SetLimit(owner, limit[owner]));
    } else if (!live.empty()) {
      std::swap(live[random.Below(static_cast<uint32_t>(live.size()))],
                live.back());
      const Block block = live.back();
      const uint64_t before = heap_->UsableSize(block.data);
      ASSERT_EQ(heap_->OwnerOf(block.data), block.owner);
      if (choice == 5) {
        const bool resized = heap_->ResizeInPlace(block.data, bytes);
        ASSERT_TRUE(resized || whole > before);
        if (whole > before) {
          ASSERT_FALSE(resized && !has_room(block.owner, whole - before));
          if (resized) grow(block.owner, whole - before);
        } else {
          in_use[block.owner] -= before - whole;
        }
      } else {
        ASSERT_EQ(heap_->Free(block.data), kOk);
        in_use[block.owner] -= before;
        live.pop_back();
      }
    }
    ASSERT_TRUE(IsValid(*heap_)) << "step " << step;
    for (OwnerId it : {kAnn, kBob, kCid}) {
      ASSERT_EQ(Of(it).in_use_bytes, in_use[it]) << "step " << step;
      ASSERT_EQ(Of(it).peak_bytes, peak[it]) << "step " << step;
      ASSERT_EQ(Of(it).over_limit, over_limit[it]) << "step " << step;
      ASSERT_EQ(Of(it).limit_bytes, limit[it]) << "step " << step;
    }
    ASSERT_EQ(heap_->stats().in_use_bytes,
              in_use[0] + in_use[1] + in_use[2] + in_use[3]);
  }
  EXPECT_EQ(heap_->stats().over_limit,
            over_limit[1] + over_limit[2] + over_limit[3]);
  EXPECT_EQ(heap_->stats().exhausted, exhausted);
  EXPECT_GT(exhausted, 0u);
  EXPECT_GT(heap_->stats().over_limit, 0u);
}

}  // namespace
}  // namespace cellblock
