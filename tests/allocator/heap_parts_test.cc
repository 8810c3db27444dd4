// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A heap that grew by further pieces of memory.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr size_t kPart = 1024;
constexpr Fill kAsIs = Fill::kUninitialized;
constexpr AllocatorError kOk = AllocatorError::kNone;

// Four pieces of one buffer, next to each other, so that only the heap keeps
// them apart; the first of the heap is the third of the buffer.
class HeapParts : public testing::Test {
 protected:
  void SetUp() override {
    std::memset(buffer_, 0xA5, sizeof(buffer_));
    HeapMemory memory = MemoryAt(2, Content::kUnknown);
    memory.unit = 16;
    memory.stats = &copy_;
    memory.owners = owners_;
    memory.owner_count = 1;
    ASSERT_EQ(heap_.Attach(memory), kOk);
  }

  HeapMemory MemoryAt(size_t i, Content content) {
    if (content == Content::kZero) std::memset(At(i), 0, kPart);
    return {.base = At(i),
            .bytes = kPart,
            .table = tables_[i],
            .table_bytes = sizeof(tables_[i]),
            .content = content};
  }

  AllocatorError Grow(size_t i, Content content = Content::kUnknown) {
    return heap_.Grow(&parts_[i], MemoryAt(i, content));
  }

  uint8_t* At(size_t i, size_t offset = 0) {
    return buffer_ + i * kPart + offset;
  }

  void* Take(size_t bytes, size_t alignment = 1, Fill fill = kAsIs,
             OwnerId owner = kNoOwner) {
    void* const block = heap_.Allocate(bytes, alignment, fill, owner);
    EXPECT_TRUE(IsValid(heap_));
    return block;
  }

  void Free(void* block) {
    EXPECT_EQ(heap_.Free(block), kOk);
    EXPECT_TRUE(IsValid(heap_));
  }

  alignas(4096) uint8_t buffer_[4 * kPart];
  uint64_t tables_[4][120];
  HeapPart parts_[4];
  HeapStats copy_;
  OwnerStats owners_[1];
  Heap heap_;
};

TEST_F(HeapParts, EachReasonIsNamed) {
  HeapMemory memory = MemoryAt(0, Content::kUnknown);
  memory.bytes = 0;
  EXPECT_EQ(heap_.Grow(&parts_[0], memory), AllocatorError::kZeroBytes);
  memory = MemoryAt(0, Content::kUnknown);
  memory.table = nullptr;
  EXPECT_EQ(heap_.Grow(&parts_[0], memory), AllocatorError::kNullBuffer);
  memory = MemoryAt(0, Content::kUnknown);
  memory.base = At(0, 8);
  EXPECT_EQ(heap_.Grow(&parts_[0], memory), AllocatorError::kBadAlignment);
  memory = MemoryAt(0, Content::kUnknown);
  memory.bytes = SIZE_MAX;
  EXPECT_EQ(heap_.Grow(&parts_[0], memory), AllocatorError::kTooLarge);
  memory = MemoryAt(0, Content::kUnknown);
  memory.bytes = 15;
  EXPECT_EQ(heap_.Grow(&parts_[0], memory), AllocatorError::kTooSmall);
  memory = MemoryAt(0, Content::kUnknown);
  memory.table_bytes = Heap::TableBytesFor(kPart, 16) - 1;
  EXPECT_EQ(heap_.Grow(&parts_[0], memory), AllocatorError::kTooSmall);
  EXPECT_EQ(heap_.stats().pool_bytes, kPart);
  EXPECT_FALSE(heap_.Owns(At(0)));
  EXPECT_EQ(Take(kPart + 1), nullptr);
  Heap none;
  EXPECT_EQ(none.Grow(&parts_[0], MemoryAt(0, Content::kUnknown)),
            AllocatorError::kBadAlignment);
}

TEST_F(HeapParts, SeedParity_Row22_BeforeAnyUse) {
  ASSERT_EQ(Grow(0), kOk);
  ASSERT_EQ(Grow(3), kOk);
  EXPECT_EQ(heap_.stats().pool_bytes, 3 * kPart);
  EXPECT_EQ(copy_.pool_bytes, 3 * kPart);
  EXPECT_EQ(Take(kPart), At(2));
  EXPECT_EQ(Take(kPart), At(0));
  EXPECT_EQ(Take(kPart), At(3));
  EXPECT_EQ(Take(0), nullptr);
  for (size_t i : {0, 2, 3}) Free(At(i));
  EXPECT_EQ(heap_.stats().in_use_bytes, 0u);
}

TEST_F(HeapParts, SeedParity_Row22_WhenExhausted) {
  void* const first = Take(1000);
  EXPECT_EQ(Take(100), nullptr);
  ASSERT_EQ(Grow(1), kOk);
  EXPECT_TRUE(IsValid(heap_));
  EXPECT_EQ(Take(100), At(1));
  EXPECT_EQ(Take(16), At(2, 1008));
  EXPECT_EQ(Take(16), At(1, 112));
  EXPECT_EQ(heap_.UsableSize(first), 1008u);
  Free(first);
  EXPECT_EQ(Take(500), first);
}

// They touch, and are not one.
TEST_F(HeapParts, NoBlockSpansTwo) {
  for (size_t i : {0, 1, 3}) ASSERT_EQ(Grow(i), kOk);
  EXPECT_EQ(Take(kPart + 1), nullptr);
  EXPECT_EQ(heap_.LargestFree(), kPart);
  for (int i = 0; i < 4; ++i) Take(kPart);
  for (size_t i : {1, 2, 0, 3}) Free(At(i));
  EXPECT_EQ(Take(kPart + 1), nullptr);
  EXPECT_EQ(heap_.LargestFree(), kPart);
  EXPECT_EQ(Take(100), At(2));
  EXPECT_FALSE(heap_.ResizeInPlace(At(2), kPart + 1));
  EXPECT_TRUE(heap_.ResizeInPlace(At(2), kPart));
}

TEST_F(HeapParts, SeedParity_Row22_APieceMayBeLongerThanTheFirst) {
  std::vector<uint64_t> table(Heap::TableBytesFor(2 * kPart, 16) / 8);
  ASSERT_EQ(heap_.Grow(&parts_[0], {.base = At(0),
                                    .bytes = 2 * kPart,
                                    .table = table.data(),
                                    .table_bytes = table.size() * 8}),
            kOk);
  EXPECT_EQ(heap_.LargestFree(), 2 * kPart);
  EXPECT_EQ(Take(2 * kPart), At(0));
  EXPECT_EQ(Take(kPart), At(2));
  Free(At(0));
  uint8_t* const pieces =
      static_cast<uint8_t*>(heap_.AllocateDivided(2 * kPart, 512, kAsIs));
  EXPECT_EQ(pieces, At(0));
  for (int i : {2, 0, 3, 1}) {
    EXPECT_TRUE(heap_.IsPiece(pieces + i * 512));
    Free(pieces + i * 512);
  }
}

TEST_F(HeapParts, SeedParity_Row22_AShorterPieceTakesNothingFromTheFirst) {
  HeapMemory memory = MemoryAt(0, Content::kUnknown);
  memory.bytes = 64;
  ASSERT_EQ(heap_.Grow(&parts_[0], memory), kOk);
  EXPECT_EQ(Take(kPart), At(2));
  EXPECT_EQ(Take(65), nullptr);
  EXPECT_EQ(Take(64), At(0));
}

TEST_F(HeapParts, EachMistakeIsToldApartInEachPiece) {
  ASSERT_EQ(Grow(0), kOk);
  Take(kPart);
  void* const block = Take(100);
  ASSERT_EQ(block, At(0));
  for (size_t i : {0, 2}) {
    EXPECT_EQ(heap_.Free(At(i, 1)), AllocatorError::kMisaligned);
    EXPECT_EQ(heap_.Free(At(i, 16)), AllocatorError::kInteriorPointer);
    EXPECT_TRUE(heap_.Owns(At(i, kPart - 1)));
  }
  EXPECT_EQ(heap_.Free(At(0, 112)), AllocatorError::kDoubleFree);
  EXPECT_EQ(heap_.Free(At(1)), AllocatorError::kNotOwned);
  EXPECT_EQ(heap_.Free(At(3)), AllocatorError::kNotOwned);
  EXPECT_FALSE(heap_.Owns(At(1)));
  EXPECT_FALSE(heap_.Owns(At(3)));
  for (size_t i : {0, 2}) {
    EXPECT_EQ(heap_.Free(At(i)), kOk);
    EXPECT_EQ(heap_.Free(At(i)), AllocatorError::kDoubleFree);
  }
  EXPECT_EQ(heap_.stats().frees, 2u);
}

TEST_F(HeapParts, OwnersAreChargedForBlocksOfEachPiece) {
  ASSERT_EQ(Grow(0), kOk);
  ASSERT_TRUE(heap_.SetLimit(1, kPart + 512));
  EXPECT_EQ(Take(kPart, 1, kAsIs, 1), At(2));
  EXPECT_EQ(Take(496, 1, kAsIs, 1), At(0));
  EXPECT_EQ(heap_.OwnerOf(At(0)), 1u);
  EXPECT_FALSE(heap_.ResizeInPlace(At(0), 513));
  EXPECT_TRUE(heap_.ResizeInPlace(At(0), 512));
  EXPECT_EQ(Take(16, 1, kAsIs, 1), nullptr);
  EXPECT_EQ(owners_[0].in_use_bytes, kPart + 512);
  Free(At(0));
  EXPECT_EQ(owners_[0].in_use_bytes, kPart);
  Free(At(2));
  EXPECT_EQ(owners_[0].in_use_bytes, 0u);
}

TEST_F(HeapParts, AnAlignmentIsMetInWhicheverPieceCan) {
  ASSERT_EQ(Grow(0), kOk);
  ASSERT_EQ(Grow(3), kOk);
  EXPECT_EQ(Take(16, 4096), At(0));
  EXPECT_EQ(Take(16, 4096), nullptr);
  EXPECT_EQ(Take(16, 2048), At(2));
  EXPECT_EQ(Take(16, 2048), nullptr);
  EXPECT_EQ(Take(16, 1024), At(3));
}

TEST_F(HeapParts, AnEndThatIsNoUnitIsNotUsed) {
  HeapMemory memory = MemoryAt(0, Content::kUnknown);
  memory.bytes = 1000;
  ASSERT_EQ(heap_.Grow(&parts_[0], memory), kOk);
  EXPECT_EQ(heap_.stats().pool_bytes, kPart + 992);
  EXPECT_TRUE(heap_.Owns(At(0, 991)));
  EXPECT_FALSE(heap_.Owns(At(0, 992)));
}

// Each piece keeps what it promised and its own high-water mark.
TEST_F(HeapParts, ZeroedBlocksAreZeroInEachPiece) {
  ASSERT_EQ(Grow(0, Content::kZero), kOk);
  ASSERT_EQ(Grow(3, Content::kUnknown), kOk);
  for (int round = 0; round < 3; ++round) {
    for (size_t bytes : {1024, 512, 1024, 512}) {
      void* const block = Take(bytes, 1, Fill::kZeroed);
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(IsAll(block, 0, bytes)) << round;
      std::memset(block, 0xEE, bytes);
    }
    for (size_t i : {3, 0, 2}) Free(At(i));
    Free(At(0, 512));
  }
}

TEST_F(HeapParts, SeedParity_Row27_AFreshPieceOfZeroesIsNotCleared) {
  ASSERT_EQ(Grow(0, Content::kZero), kOk);
  std::memset(At(0), 0x77, kPart);
  Take(kPart);
  EXPECT_EQ(Take(100, 1, Fill::kZeroed), At(0));
  EXPECT_TRUE(IsAll(At(0), 0x77, kPart));
  Free(At(0));
  EXPECT_EQ(Take(200, 1, Fill::kZeroed), At(0));
  EXPECT_TRUE(IsAll(At(0), 0, 112));
  EXPECT_TRUE(IsAll(At(0, 112), 0x77, kPart - 112));
}

TEST_F(HeapParts, TheHighWaterIsTheSumOverThePieces) {
  ASSERT_EQ(Grow(0), kOk);
  Take(1000);
  EXPECT_EQ(heap_.stats().high_water_bytes, 1008u);
  Take(100);
  EXPECT_EQ(heap_.stats().high_water_bytes, 1008u + 112);
  ASSERT_TRUE(heap_.ResizeInPlace(At(0), 200));
  EXPECT_EQ(heap_.stats().high_water_bytes, 1008u + 208);
  Free(At(0));
  EXPECT_EQ(heap_.stats().high_water_bytes, 1008u + 208);
  EXPECT_EQ(copy_.high_water_bytes, 1008u + 208);
}

TEST_F(HeapParts, AttachAgainForgetsTheOtherPieces) {
  ASSERT_EQ(Grow(0), kOk);
  HeapMemory memory = MemoryAt(1, Content::kUnknown);
  memory.unit = 32;
  ASSERT_EQ(heap_.Attach(memory), kOk);
  EXPECT_EQ(heap_.stats().pool_bytes, kPart);
  EXPECT_FALSE(heap_.Owns(At(0)));
  EXPECT_FALSE(heap_.Owns(At(2)));
  EXPECT_EQ(Take(1), At(1));
  EXPECT_EQ(heap_.UsableSize(At(1)), 32u);
  EXPECT_EQ(Take(kPart), nullptr);
}

TEST_F(HeapParts, RandomUseKeepsTheBlocksApart) {
  Random random(TestSeed());
  for (size_t i : {0, 1, 3}) ASSERT_EQ(Grow(i), kOk);
  std::vector<std::pair<uint8_t*, uint8_t>> live;
  uint8_t color = 0;
  size_t used_parts = 0;
  for (int step = 0; step < 10'000; ++step) {
    if (random.Below(5) < 3 || live.empty()) {
      void* const block = Take(random.Below(300), size_t{1} << random.Below(8),
                               kAsIs, random.Below(2));
      if (block == nullptr) continue;
      live.emplace_back(static_cast<uint8_t*>(block), ++color);
      std::memset(block, color, heap_.UsableSize(block));
      used_parts |= size_t{1} << ((live.back().first - buffer_) / kPart);
    } else {
      std::swap(live[random.Below(static_cast<uint32_t>(live.size()))],
                live.back());
      const auto [block, paint] = live.back();
      live.pop_back();
      ASSERT_TRUE(IsAll(block, paint, heap_.UsableSize(block)));
      Free(block);
      ASSERT_EQ(heap_.Free(block), AllocatorError::kDoubleFree);
    }
    ASSERT_EQ(heap_.Validate().live_blocks, live.size()) << "step " << step;
  }
  EXPECT_EQ(used_parts, 15u);
  EXPECT_GT(heap_.stats().exhausted, 0u);
}

}  // namespace
}  // namespace cellblock
