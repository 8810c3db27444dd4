// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/run_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "allocator/heap.h"

namespace cellblock {
namespace {

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kGiB = 1 << 30;

uint64_t Suggested(const HeapStats& heap) {
  RunRecord record;
  record.heap = heap;
  SuggestPool(&record);
  return record.suggested_pool_bytes;
}

uint64_t SuggestedForHighWater(uint64_t bytes) {
  HeapStats heap;
  heap.high_water_bytes = bytes;
  return Suggested(heap);
}

uint64_t SuggestedAfterRefusal(uint64_t peak, uint64_t in_use, uint64_t asked) {
  HeapStats heap;
  heap.allocations = 1;
  heap.exhausted = 1;
  heap.peak_bytes = peak;
  heap.last_exhaustion.in_use = in_use;
  heap.last_exhaustion.asked = asked;
  return Suggested(heap);
}

// What a program that does `work` on a pool of that size leaves behind. The
// pool starts one page behind a multiple of 16 MiB.
HeapStats Worked(uint64_t pool_bytes, const std::function<void(Heap*)>& work) {
  constexpr size_t kPage = 4096;
  const size_t room = (pool_bytes + kPage + 16 * kMiB - 1) & -(16 * kMiB);
  const std::unique_ptr<char, decltype(&std::free)> memory(
      static_cast<char*>(std::aligned_alloc(16 * kMiB, room)), &std::free);
  const size_t table_bytes = Heap::TableBytesFor(pool_bytes, 32);
  std::vector<uint64_t> table(table_bytes / 8);
  Heap heap;
  EXPECT_EQ(heap.Attach({.base = memory.get() + kPage,
                         .bytes = pool_bytes,
                         .table = table.data(),
                         .table_bytes = table_bytes,
                         .unit = 32}),
            AllocatorError::kNone);
  work(&heap);
  return heap.stats();
}

// The work fails on a pool of that size, and not on the suggested one.
void ExpectSuggestionIsEnough(uint64_t pool_bytes,
                              const std::function<void(Heap*)>& work) {
  const HeapStats before = Worked(pool_bytes, work);
  ASSERT_GT(before.exhausted, 0u);
  const uint64_t suggested = Suggested(before);
  ASSERT_NE(suggested, 0u);
  EXPECT_GT(suggested, pool_bytes);
  EXPECT_EQ(Worked(suggested, work).exhausted, 0u) << suggested;
}

void* Allocate(Heap* heap, size_t bytes, size_t alignment = 16) {
  return heap->Allocate(bytes, alignment, Fill::kUninitialized);
}

TEST(LayerStateTest, EachHasItsName) {
  EXPECT_STREQ(Name(LayerState::kEnforced), "enforced");
  EXPECT_STREQ(Name(LayerState::kUnsupported), "unsupported");
  EXPECT_STREQ(Name(LayerState::kOff), "off");
  EXPECT_STREQ(Name(static_cast<LayerState>(99)), "unknown");
}

TEST(SuggestPoolTest, NothingAllocatedIsNotKnown) {
  EXPECT_EQ(Suggested({}), 0u);
}

// Blocks are counted late: _exit(2) and signals leave none told of.
TEST(SuggestPoolTest, TheCountOfBlocksDoesNotMatter) {
  HeapStats heap;
  heap.high_water_bytes = kMiB;
  EXPECT_EQ(Suggested(heap), 2 * kMiB);
  heap.exhausted = 1;
  heap.last_exhaustion.asked = kMiB;
  EXPECT_EQ(Suggested(heap), 2 * kMiB);
}

TEST(SuggestPoolTest, LeavesTheRestOfTheRecordAlone) {
  RunRecord record;
  record.heap.allocations = 1;
  record.heap.high_water_bytes = kMiB;
  record.options.pool_bytes = kMiB;
  record.verdict.exit_code = 7;
  SuggestPool(&record);
  EXPECT_EQ(record.options.pool_bytes, kMiB);
  EXPECT_EQ(record.heap.high_water_bytes, kMiB);
  EXPECT_EQ(record.verdict.exit_code, 7);
}

// In steps of 64 KiB, and from 1 MiB on of 1 MiB.
TEST(SuggestPoolTest, HighWaterGrowsByAnEighthAndIsRoundedUp) {
  EXPECT_EQ(SuggestedForHighWater(1), 64 * kKiB);
  EXPECT_EQ(SuggestedForHighWater(32), 64 * kKiB);
  EXPECT_EQ(SuggestedForHighWater(56 * kKiB), 64 * kKiB);
  EXPECT_EQ(SuggestedForHighWater(58 * kKiB), 128 * kKiB);
  EXPECT_EQ(SuggestedForHighWater(64 * kKiB), 128 * kKiB);
  EXPECT_EQ(SuggestedForHighWater(512 * kKiB), 576 * kKiB);
  EXPECT_EQ(SuggestedForHighWater(910 * kKiB), kMiB);
  EXPECT_EQ(SuggestedForHighWater(911 * kKiB), 2 * kMiB);
  EXPECT_EQ(SuggestedForHighWater(kMiB), 2 * kMiB);
  EXPECT_EQ(SuggestedForHighWater(80 * kMiB), 90 * kMiB);
  EXPECT_EQ(SuggestedForHighWater(80 * kMiB + 1), 91 * kMiB);
}

TEST(SuggestPoolTest, WithoutARefusalOnlyTheHighWaterCounts) {
  HeapStats heap;
  heap.allocations = 1;
  heap.high_water_bytes = 8 * kMiB;
  heap.peak_bytes = 30 * kMiB;
  heap.last_exhaustion.asked = UINT64_MAX;
  EXPECT_EQ(Suggested(heap), 9 * kMiB);
}

TEST(SuggestPoolTest, RefusedRequestIsAddedToWhatWasInUse) {
  EXPECT_EQ(SuggestedAfterRefusal(8 * kMiB, 8 * kMiB, 8 * kMiB), 18 * kMiB);
  EXPECT_EQ(SuggestedAfterRefusal(0, 0, 16 * kMiB), 18 * kMiB);
  // Unless more than that was in use at another time.
  EXPECT_EQ(SuggestedAfterRefusal(64 * kMiB, 8 * kMiB, 8 * kMiB), 72 * kMiB);
}

TEST(SuggestPoolTest, NoPoolIsSuggestedThatIsNotAccepted) {
  const uint64_t most = kMostPoolBytes / 9 * 8;
  EXPECT_EQ(SuggestedForHighWater(most), kMostPoolBytes);
  EXPECT_EQ(SuggestedForHighWater(most + kMiB), 0u);
  EXPECT_EQ(SuggestedForHighWater(kMostPoolBytes), 0u);
  EXPECT_EQ(SuggestedAfterRefusal(0, 0, most), kMostPoolBytes);
  EXPECT_EQ(SuggestedAfterRefusal(0, 0, most + kMiB), 0u);
  EXPECT_EQ(SuggestedAfterRefusal(0, 0, kMostPoolBytes), 0u);
  EXPECT_EQ(SuggestedAfterRefusal(kMiB, kMiB, kMostPoolBytes + 1), 0u);
  EXPECT_EQ(SuggestedAfterRefusal(kMiB, kMiB, UINT64_MAX - kMiB + 1), 0u);
  EXPECT_EQ(SuggestedAfterRefusal(kMiB, kMiB, UINT64_MAX), 0u);
}

// The jailed process writes the figures; jailrun bounds by the pool what the
// pool bounds, and the request it cannot bound.
TEST(SuggestPoolTest, HostileFiguresMakeNoHostileSuggestion) {
  const std::vector<uint64_t> bounded = {0,
                                         1,
                                         31,
                                         32,
                                         kMiB - 1,
                                         kMiB,
                                         kGiB,
                                         kMostPoolBytes / 9 * 8,
                                         kMostPoolBytes / 2,
                                         kMostPoolBytes - 1,
                                         kMostPoolBytes};
  std::vector<uint64_t> any = bounded;
  any.insert(any.end(),
             {kMostPoolBytes + 1, uint64_t{1} << 40, uint64_t{1} << 63,
              UINT64_MAX - kMostPoolBytes, UINT64_MAX - kMostPoolBytes + 1,
              UINT64_MAX - kMiB, UINT64_MAX - 1, UINT64_MAX});
  for (const uint64_t allocations : {uint64_t{1}, UINT64_MAX}) {
    for (const uint64_t exhausted : {uint64_t{0}, uint64_t{1}, UINT64_MAX}) {
      for (const uint64_t peak : bounded) {
        for (const uint64_t in_use : bounded) {
          for (const uint64_t asked : any) {
            HeapStats heap;
            heap.allocations = allocations;
            heap.exhausted = exhausted;
            heap.peak_bytes = peak;
            heap.high_water_bytes = peak;
            heap.last_exhaustion.asked = asked;
            heap.last_exhaustion.in_use = in_use;
            heap.last_exhaustion.alignment = UINT64_MAX;
            heap.last_exhaustion.short_by = asked;
            const uint64_t suggested = Suggested(heap);
            if (suggested == 0) continue;
            ASSERT_GE(suggested, kLeastPoolBytes);
            ASSERT_LE(suggested, kMostPoolBytes);
            ASSERT_EQ(suggested % (64 * kKiB), 0u);
            ASSERT_GE(suggested, peak);
            if (exhausted > 0) {
              ASSERT_GE(suggested, asked);
              ASSERT_GE(suggested, in_use + asked);
            }
          }
        }
      }
    }
  }
}

// Even figures that nobody bounded.
TEST(SuggestPoolTest, OverflowMakesNoSizeThatIsNotAccepted) {
  const uint64_t any[] = {0,
                          1,
                          kMostPoolBytes,
                          UINT64_MAX / 9 * 8,
                          UINT64_MAX / 9 * 8 + kGiB,
                          UINT64_MAX - kMiB + 1,
                          UINT64_MAX - 1,
                          UINT64_MAX};
  for (const uint64_t peak : any) {
    for (const uint64_t in_use : any) {
      for (const uint64_t asked : any) {
        for (const uint64_t suggested :
             {SuggestedAfterRefusal(peak, in_use, asked),
              SuggestedForHighWater(peak)}) {
          if (suggested == 0) continue;
          EXPECT_GE(suggested, kLeastPoolBytes);
          EXPECT_LE(suggested, kMostPoolBytes);
        }
      }
    }
  }
}

// The same work again, on the pool that was suggested.

TEST(SuggestPoolTest, SuggestionHoldsWhatDidNotFit) {
  ExpectSuggestionIsEnough(kMiB, [](Heap* heap) {
    Allocate(heap, 1);
    Allocate(heap, 2 * kMiB);
  });
  ExpectSuggestionIsEnough(kMiB, [](Heap* heap) {
    for (int i = 0; i < 16; ++i) Allocate(heap, 60 * kKiB);
    Allocate(heap, 500 * kKiB);
  });
}

TEST(SuggestPoolTest, SuggestionHoldsWhatDidNotFitBetweenBlocks) {
  ExpectSuggestionIsEnough(kMiB, [](Heap* heap) {
    void* const first = Allocate(heap, 400 * kKiB);
    Allocate(heap, 32);
    EXPECT_EQ(heap->Free(first), AllocatorError::kNone);
    Allocate(heap, 700 * kKiB);
  });
}

TEST(SuggestPoolTest, SuggestionHoldsAnAlignedBlock) {
  ExpectSuggestionIsEnough(kMiB, [](Heap* heap) {
    Allocate(heap, 32);
    Allocate(heap, 32, 8 * kMiB);
  });
}

}  // namespace
}  // namespace cellblock
