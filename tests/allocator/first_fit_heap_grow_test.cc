// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "allocator/first_fit_heap.h"
#include "tests/allocator/first_fit_fixture.h"
#include "tests/allocator/first_fit_heap_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;
constexpr Fill kAsIs = Fill::kUninitialized;

// Three pieces of 1000 bytes out of one buffer; the first is in the middle.
class FirstFitHeapGrow : public testing::Test {
 protected:
  void SetUp() override {
    std::memset(buffer_, 0xA5, sizeof(buffer_));
    for (FirstFitPart* part : {&below_, &middle_, &above_}) part->bytes = 1000;
    below_.base = buffer_;
    middle_.base = buffer_ + 1000;
    above_.base = buffer_ + 2000;
  }

  void Attach(size_t slots, size_t unit = 1) {
    ASSERT_LE(slots, 8u);
    ASSERT_EQ(heap_.Attach({.slots = table_,
                            .bytes = sizeof(table_),
                            .count = slots,
                            .unit = unit},
                           &middle_),
              kOk);
  }

  // All slots, with offsets into the buffer for addresses.
  std::string Slots() const {
    std::string text;
    for (size_t slot = 0; slot < heap_.slots().slots(); ++slot) {
      SlotBlock block = heap_.slots().SlotAt(slot);
      if (block.units != 0) {
        block.address -= reinterpret_cast<uintptr_t>(buffer_);
      }
      if (slot != 0) text += ", ";
      text += Text(block);
    }
    return text;
  }

  FirstFitBlock Allocate(size_t bytes, Fill fill = kAsIs) {
    const FirstFitBlock block = heap_.Allocate(bytes, 1, fill);
    EXPECT_TRUE(IsValid(heap_));
    return block;
  }

  AllocatorError Free(FirstFitBlock block) {
    const AllocatorError error = heap_.Free(block, Scrub::kNever);
    EXPECT_TRUE(IsValid(heap_));
    return error;
  }

  alignas(64) uint8_t buffer_[3000];
  SlotBlock table_[8];
  FirstFitPart below_;
  FirstFitPart middle_;
  FirstFitPart above_;
  FirstFitHeap heap_;
};

TEST_F(FirstFitHeapGrow, EachReasonIsNamed) {
  Attach(4, 24);
  FirstFitPart part;
  part.base = buffer_;
  EXPECT_EQ(heap_.Grow(&part), AllocatorError::kZeroBytes);
  part.bytes = 23;
  EXPECT_EQ(heap_.Grow(&part), AllocatorError::kTooSmall);
  part.bytes = SIZE_MAX / 2 + 1;
  EXPECT_EQ(heap_.Grow(&part), AllocatorError::kTooLarge);
  part.bytes = 1000;
  part.base = nullptr;
  EXPECT_EQ(heap_.Grow(&part), AllocatorError::kNullBuffer);
  part.base = reinterpret_cast<void*>(-uintptr_t{1000});
  EXPECT_EQ(heap_.Grow(&part), AllocatorError::kTooLarge);
  EXPECT_EQ(heap_.stats().pool_bytes, 984u);
  EXPECT_EQ(Slots(), "none, none, none, 1000+41");
  EXPECT_TRUE(IsValid(heap_));
  part.base = buffer_;
  part.bytes = 24;
  EXPECT_EQ(heap_.Grow(&part), kOk);
}

TEST_F(FirstFitHeapGrow, SeedParity_Row22_BeforeAnyUse) {
  Attach(4);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  EXPECT_EQ(Slots(), "none, 0+1000, 2000+1000, 1000+1000");
  EXPECT_EQ(heap_.stats().pool_bytes, 3000u);
  EXPECT_EQ(heap_.stats().lost_bytes, 0u);
  // The pieces touch, and still no block spans two of them.
  EXPECT_EQ(Allocate(1001).data, nullptr);
  EXPECT_EQ(Allocate(1000).data, buffer_);
  EXPECT_EQ(Allocate(1000).data, buffer_ + 2000);
  EXPECT_EQ(Allocate(1000).data, buffer_ + 1000);
  EXPECT_EQ(Allocate(1).data, nullptr);
}

TEST_F(FirstFitHeapGrow, SeedParity_Row22_AfterUse) {
  Attach(4);
  const FirstFitBlock a = Allocate(1000);
  EXPECT_EQ(Allocate(1).data, nullptr);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  EXPECT_EQ(Slots(), "none, none, none, 0+1000");
  const FirstFitBlock b = Allocate(600);
  EXPECT_EQ(b.data, buffer_);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  EXPECT_EQ(Slots(), "none, none, 2000+1000, 600+400");
  EXPECT_EQ(Allocate(999).bytes, 1000u);
  EXPECT_EQ(Free(a), kOk);
  EXPECT_EQ(Free(b), kOk);
  EXPECT_EQ(Slots(), "none, 0+600, 1000+1000, 600+400");
  EXPECT_EQ(heap_.stats().exhausted, 1u);
}

TEST_F(FirstFitHeapGrow, FullSlotsLoseTheShorterBlock) {
  Attach(1);
  EXPECT_EQ(Allocate(1).data, buffer_ + 1000);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  EXPECT_EQ(Slots(), "2000+1000");
  EXPECT_EQ(heap_.stats().lost_bytes, 999u);
  EXPECT_TRUE(IsValid(heap_));
  // As long as the one in the slot: lost itself.
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  EXPECT_EQ(Slots(), "2000+1000");
  EXPECT_EQ(heap_.stats().lost_bytes, 1999u);
  EXPECT_EQ(heap_.stats().pool_bytes, 3000u);
  EXPECT_TRUE(IsValid(heap_));
}

TEST_F(FirstFitHeapGrow, TheHighWaterIsTheSumOverThePieces) {
  Attach(8);
  EXPECT_NE(Allocate(100).data, nullptr);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  EXPECT_EQ(heap_.stats().high_water_bytes, 100u);
  const FirstFitBlock block = Allocate(200);
  EXPECT_EQ(heap_.stats().high_water_bytes, 300u);
  ASSERT_EQ(Free(block), kOk);
  EXPECT_EQ(Allocate(200).data, block.data);
  EXPECT_EQ(heap_.stats().high_water_bytes, 300u);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  EXPECT_EQ(Allocate(1000).data, buffer_);
  EXPECT_EQ(heap_.stats().high_water_bytes, 1300u);
}

TEST_F(FirstFitHeapGrow, ATailShorterThanAUnitIsNotUsed) {
  Attach(4, 24);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  EXPECT_EQ(heap_.stats().pool_bytes, 2 * 984u);
  EXPECT_EQ(heap_.Free({buffer_ + 984, 16}, Scrub::kNever),
            AllocatorError::kNotOwned);
  EXPECT_EQ(Allocate(984).data, buffer_);
}

// Its units are counted from its own base.
TEST_F(FirstFitHeapGrow, APieceMayBeginAnywhere) {
  Attach(4, 24);
  below_.base = buffer_ + 7;
  below_.bytes = 950;
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  const FirstFitBlock a = Allocate(24);
  const FirstFitBlock b = Allocate(24);
  EXPECT_EQ(a.data, buffer_ + 7);
  EXPECT_EQ(b.data, buffer_ + 31);
  EXPECT_EQ(Free({buffer_ + 24, 24}), AllocatorError::kMisaligned);
  EXPECT_EQ(Free(b), kOk);
  EXPECT_EQ(Free(a), kOk);
}

TEST_F(FirstFitHeapGrow, AlignsOnlyWhatEveryPieceDoes) {
  middle_.base = buffer_ + 1024;
  middle_.bytes = 512;
  Attach(4, 64);
  EXPECT_TRUE(heap_.Aligns(64));
  above_.base = buffer_ + 2000;  // 16 times 125
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  EXPECT_TRUE(heap_.Aligns(16));
  EXPECT_FALSE(heap_.Aligns(32));
  EXPECT_EQ(heap_.Allocate(10, 32, kAsIs).data, nullptr);
  EXPECT_EQ(heap_.stats().exhausted, 0u);
}

TEST_F(FirstFitHeapGrow, ABlockAcrossTwoPiecesIsNotOwned) {
  Attach(4);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  EXPECT_EQ(Allocate(1000).data, buffer_ + 2000);
  EXPECT_EQ(Allocate(1000).data, buffer_ + 1000);
  EXPECT_EQ(Free({buffer_ + 1990, 20}), AllocatorError::kNotOwned);
  EXPECT_EQ(Free({buffer_ + 1000, 2000}), AllocatorError::kNotOwned);
  EXPECT_EQ(Free({buffer_ + 990, 20}), AllocatorError::kNotOwned);
  EXPECT_EQ(Free({buffer_ + 1990, 10}), kOk);
}

// Each piece keeps what it promised and its own high-water mark.
TEST_F(FirstFitHeapGrow, ZeroedBlocksAreZeroInEveryPiece) {
  std::memset(above_.base, 0, 1000);
  above_.content = Content::kZero;
  Attach(8);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  for (int round = 0; round < 2; ++round) {
    std::vector<FirstFitBlock> blocks;
    for (size_t bytes : {1000, 300, 700, 1000}) {
      blocks.push_back(Allocate(bytes, Fill::kZeroed));
      ASSERT_NE(blocks.back().data, nullptr);
      EXPECT_TRUE(IsAll(blocks.back().data, 0, blocks.back().bytes));
      Paint(blocks.back(), 0xEE);
    }
    while (!blocks.empty()) {
      ASSERT_EQ(Free(blocks.back()), kOk);
      blocks.pop_back();
    }
  }
}

TEST_F(FirstFitHeapGrow, APieceKnownToBeZeroIsNotClearedOnItsFirstUse) {
  std::memset(buffer_, 0x77, sizeof(buffer_));
  below_.content = Content::kZero;
  Attach(8);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  EXPECT_EQ(Allocate(500, Fill::kZeroed).data, buffer_);
  EXPECT_TRUE(IsAll(buffer_, 0x77, 500));
  EXPECT_EQ(Allocate(600, Fill::kZeroed).data, buffer_ + 1000);
  EXPECT_TRUE(IsAll(buffer_ + 1000, 0, 600));
}

TEST_F(FirstFitHeapGrow, AttachAgainForgetsTheOtherPieces) {
  Attach(4);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  ASSERT_EQ(heap_.Grow(&below_), kOk);
  Attach(4);
  EXPECT_EQ(heap_.stats().pool_bytes, 1000u);
  EXPECT_EQ(Slots(), "none, none, none, 1000+1000");
  EXPECT_EQ(Free({buffer_, 1}), AllocatorError::kNotOwned);
  EXPECT_TRUE(IsValid(heap_));
}

TEST_F(FirstFitHeapGrow, RandomUseKeepsTheSumsOfAllPieces) {
  Random random(TestSeed());
  Attach(8);
  ASSERT_EQ(heap_.Grow(&above_), kOk);
  std::vector<FirstFitBlock> live;
  for (int step = 0; step < 2'000; ++step) {
    if (step == 300) {
      ASSERT_EQ(heap_.Grow(&below_), kOk);
    }
    if (random.OneIn(2)) {
      const FirstFitBlock block = Allocate(random.LogUniform(8), Fill::kZeroed);
      if (block.data == nullptr) continue;
      ASSERT_TRUE(IsAll(block.data, 0, block.bytes));
      Paint(block, 0xEE);
      live.push_back(block);
    } else if (!live.empty()) {
      const size_t k = random.Below(static_cast<uint32_t>(live.size()));
      ASSERT_EQ(Free(live[k]), kOk);
      live[k] = live.back();
      live.pop_back();
    }
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
}

}  // namespace
}  // namespace cellblock
