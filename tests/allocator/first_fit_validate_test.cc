// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The checkers are checked: each slot and each member is corrupted, and
// Validate notices all but what it says it does not notice.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "allocator/first_fit.h"
#include "allocator/first_fit_heap.h"
#include "tests/allocator/first_fit_fixture.h"
#include "tests/allocator/first_fit_heap_fixture.h"

namespace cellblock {

struct FirstFitPeer {
  static size_t& Start(FirstFit& list) { return list.start_; }
  static size_t& Cursor(FirstFit& list) { return list.cursor_; }
  static size_t& UnitBytes(FirstFit& list) { return list.unit_bytes_; }
};

struct FirstFitHeapPeer {
  static FirstFit& Slots(FirstFitHeap& heap) { return heap.slots_; }
  static HeapStats& Figures(FirstFitHeap& heap) { return heap.figures_; }
};

namespace {

constexpr size_t kSlots = 6;
constexpr size_t kStart = 2;

// Four blocks in six slots, in units of 8 bytes, one after the other in
// memory: 1000 to 1040, 1040 to 1048, 1048 to 1072, 1072 to 1872.
class FirstFitValidate : public testing::Test {
 protected:
  void SetUp() override {
    for (const SlotBlock block :
         {SlotBlock{1072, 100}, {1000, 5}, {1048, 3}, {1040, 1}}) {
      ASSERT_EQ(list_->Free(block), 0u);
    }
    ASSERT_EQ(SlotsOf(*list_), "none, none, 1040+1, 1048+3, 1000+5, 1072+100");
    ASSERT_TRUE(IsValid(*list_));
  }

  uint64_t& Address(size_t slot) { return list_.table()[2 * slot]; }
  uint64_t& Units(size_t slot) { return list_.table()[2 * slot + 1]; }

  // What Validate says while `word` has this value.
  const char* BrokenWith(uint64_t& word, uint64_t value) {
    const uint64_t before = word;
    word = value;
    const char* const broken = list_->Validate();
    word = before;
    return broken;
  }

  TestFirstFit list_{kSlots, 8};
};

TEST_F(FirstFitValidate, NoticesAnythingInAnEmptySlot) {
  for (size_t slot = 0; slot < kStart; ++slot) {
    for (uint64_t* word : {&Address(slot), &Units(slot)}) {
      for (uint32_t bit = 0; bit < 64; ++bit) {
        EXPECT_STREQ(BrokenWith(*word, uint64_t{1} << bit),
                     "a slot below the first one in use is not empty");
      }
    }
  }
}

TEST_F(FirstFitValidate, NoticesAnEmptySlotAmongThoseInUse) {
  for (size_t slot = kStart; slot < kSlots; ++slot) {
    EXPECT_STREQ(BrokenWith(Units(slot), 0), "a slot in use is empty");
  }
}

TEST_F(FirstFitValidate, NoticesABlockThatWrapsRound) {
  for (size_t slot = kStart; slot < kSlots; ++slot) {
    const uint64_t bytes = Units(slot) * 8;
    EXPECT_EQ(BrokenWith(Address(slot), UINTPTR_MAX - bytes), nullptr);
    EXPECT_STREQ(BrokenWith(Address(slot), UINTPTR_MAX - bytes + 1),
                 "a free block wraps round the address space");
    for (const uint64_t units : {SIZE_MAX, SIZE_MAX / 8, SIZE_MAX / 8 + 1}) {
      EXPECT_STREQ(BrokenWith(Units(slot), units),
                   "a free block wraps round the address space");
    }
  }
}

// They follow each other, so one byte more on either side is too much.
TEST_F(FirstFitValidate, NoticesBlocksThatOverlap) {
  constexpr const char* kOverlap = "two free blocks overlap";
  for (size_t slot : {2, 3, 4}) {
    EXPECT_STREQ(BrokenWith(Units(slot), Units(slot) + 1), kOverlap) << slot;
    EXPECT_STREQ(BrokenWith(Address(slot), Address(slot) + 1), kOverlap);
  }
  for (size_t slot : {2, 3, 5}) {
    EXPECT_STREQ(BrokenWith(Address(slot), Address(slot) - 1), kOverlap);
  }
  for (size_t slot = kStart; slot < kSlots; ++slot) {
    for (size_t other = kStart; other < kSlots; ++other) {
      if (other == slot) continue;
      EXPECT_STREQ(BrokenWith(Address(slot), Address(other)), kOverlap);
    }
  }
  // One inside another, which is earlier in the slots or later.
  EXPECT_STREQ(BrokenWith(Address(2), 1080), kOverlap);
  EXPECT_STREQ(BrokenWith(Address(5), 992), kOverlap);
}

TEST_F(FirstFitValidate, NoticesAnyOtherStart) {
  size_t& start = FirstFitPeer::Start(*list_);
  for (size_t value = 0; value < kStart; ++value) {
    EXPECT_STREQ(BrokenWith(start, value), "a slot in use is empty");
  }
  for (size_t value = kStart + 1; value <= kSlots; ++value) {
    EXPECT_STREQ(BrokenWith(start, value),
                 "a slot below the first one in use is not empty");
  }
  for (size_t value : {kSlots + 1, SIZE_MAX}) {
    EXPECT_STREQ(BrokenWith(start, value),
                 "the first slot in use is beyond the last one");
  }
}

TEST_F(FirstFitValidate, NoticesACursorAtNoSlot) {
  size_t& cursor = FirstFitPeer::Cursor(*list_);
  for (size_t value = 0; value < kSlots; ++value) {
    EXPECT_EQ(BrokenWith(cursor, value), nullptr);
  }
  for (size_t value : {kSlots, kSlots + 1, SIZE_MAX}) {
    EXPECT_STREQ(BrokenWith(cursor, value), "the cursor is at no slot");
  }
}

TEST_F(FirstFitValidate, NoticesAnImpossibleUnit) {
  size_t& unit_bytes = FirstFitPeer::UnitBytes(*list_);
  EXPECT_STREQ(BrokenWith(unit_bytes, 0), "a unit has no bytes");
  for (size_t value : {size_t{9}, size_t{16}, SIZE_MAX / 2, SIZE_MAX}) {
    EXPECT_NE(BrokenWith(unit_bytes, value), nullptr) << value;
  }
}

TEST_F(FirstFitValidate, DoesNotNoticeAnotherValidState) {
  EXPECT_EQ(BrokenWith(Units(4), 4), nullptr);
  EXPECT_EQ(BrokenWith(Address(4), 900), nullptr);
  EXPECT_EQ(BrokenWith(FirstFitPeer::UnitBytes(*list_), 7), nullptr);
}

TEST(FirstFitValidateWithoutSlots, NoticesACursor) {
  FirstFit list;
  FirstFitPeer::Cursor(list) = 1;
  EXPECT_STREQ(list.Validate(), "the cursor is at no slot");
}

// What stays in use: nothing, or a block of four units in the middle.
enum class Keep : uint8_t { kNothing, kOneBlock };

// A heap of 40 units, 30 of which were in use, in free blocks of different
// lengths.
class FirstFitHeapValidate : public testing::Test {
 protected:
  static constexpr size_t kUnit = 12;

  void Use(Keep keep) {
    std::vector<FirstFitBlock> blocks;
    for (size_t units : {1, 9, 4, 2, 6, 8}) {
      blocks.push_back(heap_.Allocate(units * kUnit));
    }
    for (size_t i : {1, 2, 3, 4, 5}) {
      if (i == 2 && keep == Keep::kOneBlock) continue;
      ASSERT_EQ(heap_.Free(blocks[i]), AllocatorError::kNone);
    }
    ASSERT_EQ(heap_.Free(blocks[0]), AllocatorError::kNone);
    ASSERT_TRUE(IsValid(*heap_));
  }

  const char* Broken() { return heap_->Validate().broken; }

  template <typename Word, typename Value>
  const char* BrokenWith(Word& word, Value value) {
    const Word before = word;
    word = static_cast<Word>(value);
    const char* const broken = Broken();
    word = before;
    if (broken != nullptr) noticed_.insert(broken);
    return broken;
  }

  HeapStats& figures() { return FirstFitHeapPeer::Figures(*heap_); }

  TestFirstFitHeap heap_{{.pool_bytes = 40 * kUnit, .slots = 8, .unit = kUnit}};
  std::set<std::string> noticed_;
};

// All memory is in a slot, so there is nowhere else to be.
TEST_F(FirstFitHeapValidate, NoticesEveryFlippedBitOfTheTable) {
  Use(Keep::kNothing);
  ASSERT_EQ(heap_->slots().FreeUnits(), 40u);
  for (size_t word = 0; word < heap_.words(); ++word) {
    for (uint32_t bit = 0; bit < 64; ++bit) {
      uint64_t& target = heap_.table()[word];
      EXPECT_NE(BrokenWith(target, target ^ (uint64_t{1} << bit)), nullptr)
          << "word " << word << ", bit " << bit;
    }
  }
  EXPECT_GE(noticed_.size(), 5u) << "one message for everything";
  EXPECT_TRUE(IsValid(*heap_));
}

TEST_F(FirstFitHeapValidate, NoticesEveryWordReplacedByAnyOther) {
  Use(Keep::kNothing);
  std::vector<uint64_t> values = {0, 1, 2, 39, 40, 41, SIZE_MAX};
  for (size_t word = 0; word < heap_.words(); ++word) {
    values.push_back(heap_.table()[word]);
  }
  for (size_t word = 0; word < heap_.words(); ++word) {
    uint64_t& target = heap_.table()[word];
    for (uint64_t value : values) {
      if (value == target) continue;
      EXPECT_NE(BrokenWith(target, value), nullptr)
          << "word " << word << " became " << value;
    }
  }
}

TEST_F(FirstFitHeapValidate, NoticesAFreeBlockThatIsNotInOnePiece) {
  Use(Keep::kNothing);
  FirstFitPart& part = heap_.part();
  const uintptr_t end = part.end;
  EXPECT_NE(BrokenWith(part.end, end - kUnit), nullptr);
  EXPECT_NE(BrokenWith(part.end, end + kUnit), nullptr);
  part.end = end - kUnit;
  figures().pool_bytes -= kUnit;
  EXPECT_STREQ(Broken(), "a free block is not in one piece of memory");
}

TEST_F(FirstFitHeapValidate, NoticesAPieceThatIsNotOfThePool) {
  ASSERT_NE(heap_.Allocate(40 * kUnit).data, nullptr);
  EXPECT_STREQ(BrokenWith(heap_.part().end, heap_.part().end + kUnit),
               "the pieces of memory do not add up to the pool");
}

TEST_F(FirstFitHeapValidate, NoticesAFreeBlockThatIsNotAtAUnit) {
  Use(Keep::kOneBlock);
  uint64_t& address = heap_.table()[2 * heap_->slots().start()];
  for (size_t off = 1; off < kUnit; ++off) {
    EXPECT_NE(BrokenWith(address, address + off), nullptr);
  }
  // A shorter one has room to move.
  uint64_t* const slot = &heap_.table()[2 * 4];
  ASSERT_GT(slot[1], 2u);
  slot[1] -= 1;
  figures().lost_bytes += kUnit;
  ASSERT_EQ(Broken(), nullptr);
  EXPECT_STREQ(BrokenWith(slot[0], slot[0] + 5),
               "a free block is not at the start of a unit");
}

TEST_F(FirstFitHeapValidate, NoticesAnyOtherHighWaterMark) {
  Use(Keep::kOneBlock);
  uintptr_t& high_water = heap_.part().high_water;
  const uintptr_t right = high_water;
  for (size_t units = 0; units <= 41; ++units) {
    const uintptr_t other =
        reinterpret_cast<uintptr_t>(heap_.base()) + units * kUnit;
    if (other == right) continue;
    EXPECT_NE(BrokenWith(high_water, other), nullptr) << units;
  }
  EXPECT_STREQ(
      BrokenWith(high_water, reinterpret_cast<uintptr_t>(heap_.base()) - 1),
      "a high-water mark is outside its memory");
  // With the figure to match. All below it may have been in use.
  for (size_t units = 1; units <= 11; ++units) {
    figures().high_water_bytes += kUnit;
    EXPECT_STREQ(BrokenWith(high_water, right + units * kUnit),
                 units < 10    ? "a high-water mark is inside or below a "
                                 "free block"
                 : units == 10 ? nullptr
                               : "a high-water mark is outside its memory");
  }
}

TEST_F(FirstFitHeapValidate, NoticesEveryFigureThatMustAddUp) {
  for (Keep keep : {Keep::kNothing, Keep::kOneBlock}) {
    Use(keep);
    for (uint64_t* figure :
         {&figures().pool_bytes, &figures().in_use_bytes, &figures().lost_bytes,
          &figures().high_water_bytes}) {
      for (uint32_t bit = 0; bit < 64; ++bit) {
        EXPECT_NE(BrokenWith(*figure, *figure ^ (uint64_t{1} << bit)), nullptr)
            << bit;
      }
    }
  }
}

TEST_F(FirstFitHeapValidate, NoticesImpossibleCounts) {
  constexpr const char* kCounts =
      "allocations less frees are not the live blocks";
  Use(Keep::kOneBlock);
  HeapStats& now = figures();
  EXPECT_EQ(heap_->Validate().live_blocks, 1u);
  EXPECT_STREQ(BrokenWith(now.allocations, now.frees), kCounts);
  EXPECT_STREQ(BrokenWith(now.frees, now.allocations), kCounts);
  EXPECT_STREQ(BrokenWith(now.frees, now.allocations + 1), kCounts);
  // The block has four units: four blocks at most.
  EXPECT_EQ(BrokenWith(now.allocations, now.frees + 4), nullptr);
  EXPECT_STREQ(BrokenWith(now.allocations, now.frees + 5), kCounts);
}

TEST_F(FirstFitHeapValidate, NoticesACountOfLiveBlocksWithNothingInUse) {
  Use(Keep::kNothing);
  EXPECT_NE(BrokenWith(figures().allocations, figures().frees + 1), nullptr);
  EXPECT_NE(BrokenWith(figures().frees, figures().allocations + 1), nullptr);
}

TEST_F(FirstFitHeapValidate, NoticesAnImpossiblePeak) {
  Use(Keep::kOneBlock);
  HeapStats& now = figures();
  EXPECT_STREQ(BrokenWith(now.peak_bytes, now.in_use_bytes - 1),
               "the peak is too low");
  EXPECT_STREQ(BrokenWith(now.ever_bytes, now.peak_bytes - 1),
               "the peak is too low");
  EXPECT_EQ(BrokenWith(now.peak_bytes, now.in_use_bytes), nullptr);
}

TEST_F(FirstFitHeapValidate, DoesNotNoticeABlockMovedOntoALiveOne) {
  Use(Keep::kOneBlock);
  // The two units of the fourth block, which comes right after the live one.
  uint64_t* const table = heap_.table();
  size_t slot = heap_->slots().start();
  while (table[2 * slot + 1] != 2) ++slot;
  EXPECT_EQ(BrokenWith(table[2 * slot], table[2 * slot] - 2 * kUnit), nullptr);
  EXPECT_NE(BrokenWith(table[2 * slot], table[2 * slot] + 2 * kUnit), nullptr);
}

}  // namespace
}  // namespace cellblock
