// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What cellblock.h hands to C libraries, whom it charges, and what it reports.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <cstring>

#include "allocator/cellblock.h"
#include "tests/allocator/cellblock_fixture.h"
#include "tests/allocator/heap_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

TEST(CellblockAllocatorTest, SeedParity_Row30_TheTripleServes) {
  CPool pool({.bytes = 64 * kKiB});
  const cellblock_allocator* const allocator =
      cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER);
  void* (*const alloc)(void*, size_t) = allocator->alloc;
  void (*const free)(void*, void*) = allocator->free;
  void* const opaque = allocator->opaque;
  void* const block = alloc(opaque, 100);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(cellblock_get_stats(pool).in_use_bytes, 112u);
  EXPECT_EQ(alloc(opaque, 64 * kKiB), nullptr);
  EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_EXHAUSTED);
  free(opaque, nullptr);
  free(opaque, block);
  EXPECT_EQ(cellblock_get_stats(pool).in_use_bytes, 0u);
}

// What a decoder does that does not know how long its output gets.
TEST(CellblockAllocatorTest, SeedParity_Row30_TheFormWithReallocServes) {
  CPool pool({.bytes = 64 * kKiB});
  const cellblock_allocator& allocator =
      *cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER);
  uint8_t* buffer = nullptr;
  size_t length = 0;
  for (size_t i = 0; i < 20'000; ++i) {
    if (i == length) {
      buffer = static_cast<uint8_t*>(
          allocator.realloc(allocator.opaque, buffer, 2 * length + 1));
      ASSERT_NE(buffer, nullptr);
      length = allocator.usable_size(allocator.opaque, buffer);
      ASSERT_GT(length, i);
      ASSERT_TRUE(IsSound(pool));
    }
    buffer[i] = static_cast<uint8_t>(i % 251);
  }
  for (size_t i = 0; i < 20'000; ++i) ASSERT_EQ(buffer[i], i % 251);
  EXPECT_EQ(allocator.realloc(allocator.opaque, buffer, 64 * kKiB + 1),
            nullptr);
  EXPECT_EQ(allocator.usable_size(allocator.opaque, buffer), length);
  allocator.free(allocator.opaque, buffer);
  EXPECT_EQ(cellblock_get_stats(pool).in_use_bytes, 0u);
}

TEST(CellblockAllocatorTest, AnOwnerIsHeldToItsLimit) {
  CPool pool({.bytes = 64 * kKiB, .owners = 2});
  EXPECT_EQ(cellblock_set_limit(pool, 1, 1024), CELLBLOCK_ERROR_NONE);
  EXPECT_EQ(cellblock_set_limit(pool, 0, 1), CELLBLOCK_ERROR_NO_SUCH_OWNER);
  EXPECT_EQ(cellblock_set_limit(pool, 3, 1), CELLBLOCK_ERROR_NO_SUCH_OWNER);
  EXPECT_EQ(cellblock_get_allocator(pool, 3), nullptr);
  EXPECT_EQ(cellblock_get_allocator(pool, UINT32_MAX), nullptr);
  const cellblock_allocator& first = *cellblock_get_allocator(pool, 1);
  const cellblock_allocator& second = *cellblock_get_allocator(pool, 2);

  void* const block = first.alloc(first.opaque, 1000);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(first.alloc(first.opaque, 17), nullptr);
  EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_OVER_LIMIT);
  EXPECT_EQ(first.realloc(first.opaque, block, 1025), nullptr);
  EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_OVER_LIMIT);
  void* const other = second.alloc(second.opaque, 2000);
  EXPECT_NE(other, nullptr);
  EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_NONE);

  const cellblock_owner_stats stats = cellblock_get_owner_stats(pool, 1);
  EXPECT_EQ(stats.limit_bytes, 1024u);
  EXPECT_EQ(stats.in_use_bytes, 1008u);
  EXPECT_EQ(stats.peak_bytes, 1008u);
  EXPECT_EQ(stats.over_limit, 2u);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 2).limit_bytes, UINT64_MAX);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 2).in_use_bytes, 2000u);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 3).in_use_bytes, 0u);
  EXPECT_EQ(cellblock_get_stats(pool).over_limit, 2u);
  EXPECT_EQ(cellblock_get_stats(pool).exhausted, 0u);

  // Whoever gives it back, the one who has it is relieved.
  second.free(second.opaque, block);
  cellblock_free(pool, other);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 1).in_use_bytes, 0u);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 2).in_use_bytes, 0u);
  EXPECT_TRUE(IsSound(pool));
}

TEST(CellblockAllocatorTest, AReallocatedBlockKeepsItsOwner) {
  CPool pool({.bytes = 64 * kKiB, .owners = 2});
  const cellblock_allocator& first = *cellblock_get_allocator(pool, 1);
  const cellblock_allocator& second = *cellblock_get_allocator(pool, 2);
  void* block = first.realloc(first.opaque, nullptr, 160);
  ASSERT_NE(cellblock_alloc(pool, 1), nullptr);  // so that it must move
  block = second.realloc(second.opaque, block, 320);
  block = cellblock_realloc(pool, block, 640);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 1).in_use_bytes, 640u);
  EXPECT_EQ(cellblock_get_owner_stats(pool, 2).in_use_bytes, 0u);
}

TEST(CellblockAllocatorTest, AdmissionSaysByHowMuchAJobIsTooLarge) {
  CPool pool({.bytes = 64 * kKiB, .owners = 1});
  ASSERT_EQ(cellblock_set_limit(pool, 1, 1000), CELLBLOCK_ERROR_NONE);
  cellblock_admission admission =
      cellblock_admit(pool, 64 * kKiB, CELLBLOCK_NO_OWNER);
  EXPECT_EQ(admission.error, CELLBLOCK_ERROR_NONE);
  EXPECT_EQ(admission.short_by, 0u);
  admission = cellblock_admit(pool, 64 * kKiB + 5, CELLBLOCK_NO_OWNER);
  EXPECT_EQ(admission.error, CELLBLOCK_ERROR_EXHAUSTED);
  EXPECT_EQ(admission.short_by, 5u);
  admission = cellblock_admit(pool, 1001, 1);
  EXPECT_EQ(admission.error, CELLBLOCK_ERROR_OVER_LIMIT);
  EXPECT_EQ(admission.short_by, 1u);
  EXPECT_EQ(cellblock_admit(pool, 1, 2).error, CELLBLOCK_ERROR_NO_SUCH_OWNER);
}

// The figures are all different, but where they say the same.
TEST(CellblockAllocatorTest, EveryFigureIsThatOfTheHeap) {
  CPool pool({.bytes = 64 * kKiB, .owners = 1});
  void* const hole = cellblock_alloc(pool, 1024);
  void* const bar = cellblock_alloc(pool, 16);
  cellblock_free(pool, hole);
  ASSERT_NE(cellblock_alloc(pool, 2048), nullptr);
  void* const in_the_hole = cellblock_alloc(pool, 16);
  cellblock_free(pool, in_the_hole);
  cellblock_free(pool, bar);
  EXPECT_EQ(cellblock_get_stats(pool).refused_at_bytes, 0u);
  EXPECT_EQ(cellblock_get_stats(pool).needed_bytes, 3088u);
  EXPECT_EQ(cellblock_alloc_aligned(pool, 32, 63 * kKiB), nullptr);
  EXPECT_EQ(cellblock_alloc_aligned(pool, 32, 62 * kKiB), nullptr);
  ASSERT_EQ(cellblock_set_limit(pool, 1, 0), CELLBLOCK_ERROR_NONE);
  const cellblock_exhaustion last = cellblock_get_stats(pool).last_exhaustion;
  const cellblock_allocator& owned = *cellblock_get_allocator(pool, 1);
  EXPECT_EQ(owned.alloc(owned.opaque, 1), nullptr);

  const cellblock_stats stats = cellblock_get_stats(pool);
  EXPECT_EQ(stats.pool_bytes, 65536u);
  EXPECT_EQ(stats.unit_bytes, 16u);
  EXPECT_EQ(stats.in_use_bytes, 2048u);
  EXPECT_EQ(stats.peak_bytes, 2080u);
  EXPECT_EQ(stats.high_water_bytes, 3088u);
  EXPECT_EQ(stats.ever_bytes, 3104u);
  EXPECT_EQ(stats.allocations, 4u);
  EXPECT_EQ(stats.frees, 3u);
  EXPECT_EQ(stats.exhausted, 2u);
  EXPECT_EQ(stats.over_limit, 1u);
  EXPECT_EQ(stats.refused_at_bytes, 3104u + 63 * kKiB);
  EXPECT_EQ(stats.needed_bytes, 3104u + 63 * kKiB);
  EXPECT_EQ(stats.lost_bytes, 0u);
  EXPECT_EQ(stats.free_bytes, 63488u);
  EXPECT_EQ(stats.largest_free_bytes, 62448u);
  EXPECT_NEAR(stats.fragmentation, 1040.0 / 63488.0, 1e-9);
  EXPECT_EQ(last.asked, 63 * kKiB);
  EXPECT_EQ(last.alignment, 32u);
  EXPECT_EQ(last.in_use, 2048u);
  EXPECT_EQ(last.peak, 2080u);
  EXPECT_EQ(last.largest_free, 62448u);
  EXPECT_EQ(last.short_by, 63 * kKiB - 62448u);
}

#define EXPECT_REPORT(call, name)                     \
  EXPECT_EXIT(call, testing::KilledBySignal(SIGABRT), \
              "^cellblock: " name " free of 0x[0-9a-f]+: ")

void* g_block = nullptr;

// What is not a live block, in each of the four ways.
class CellblockDeathTest : public testing::Test {
 protected:
  CellblockDeathTest() {
    live_ = static_cast<char*>(cellblock_alloc(pool_, 100));
    stale_ = static_cast<char*>(cellblock_alloc(pool_, 100));
    cellblock_free(pool_, stale_);
    foreign_ = static_cast<char*>(cellblock_alloc(other_, 100));
  }

  CPool pool_{cellblock_options{.bytes = 64 * kKiB}};
  CPool other_{cellblock_options{.bytes = 64 * kKiB}};
  char* live_ = nullptr;
  char* stale_ = nullptr;
  char* foreign_ = nullptr;
};

TEST_F(CellblockDeathTest, Free) {
  EXPECT_REPORT(cellblock_free(pool_, stale_), "double");
  EXPECT_REPORT(cellblock_free(pool_, foreign_), "foreign");
  EXPECT_REPORT(cellblock_free(pool_, pool_), "foreign");
  EXPECT_REPORT(cellblock_free(pool_, live_ + 16), "interior");
  EXPECT_REPORT(cellblock_free(pool_, live_ + 1), "misaligned");
}

TEST_F(CellblockDeathTest, Realloc) {
  EXPECT_REPORT(g_block = cellblock_realloc(pool_, stale_, 10), "double");
  EXPECT_REPORT(g_block = cellblock_realloc(pool_, foreign_, 10), "foreign");
  EXPECT_REPORT(g_block = cellblock_realloc(pool_, live_ + 16, 10), "interior");
  EXPECT_REPORT(g_block = cellblock_realloc(pool_, live_ + 1, 0), "misaligned");
}

TEST_F(CellblockDeathTest, ThroughAnAllocator) {
  const cellblock_allocator& allocator =
      *cellblock_get_allocator(pool_, CELLBLOCK_NO_OWNER);
  EXPECT_REPORT(allocator.free(allocator.opaque, stale_), "double");
  EXPECT_REPORT(allocator.realloc(allocator.opaque, foreign_, 1), "foreign");
  EXPECT_REPORT(allocator.free(allocator.opaque, live_ + 16), "interior");
  EXPECT_REPORT(allocator.realloc(allocator.opaque, live_ + 1, 1),
                "misaligned");
}

TEST_F(CellblockDeathTest, UsableSizeOfWhatIsNotLiveIsZero) {
  const cellblock_allocator& allocator =
      *cellblock_get_allocator(pool_, CELLBLOCK_NO_OWNER);
  for (const char* block :
       {stale_, foreign_, live_ + 16, live_ + 1, static_cast<char*>(nullptr)}) {
    EXPECT_EQ(cellblock_usable_size(pool_, block), 0u);
    EXPECT_EQ(allocator.usable_size(allocator.opaque, block), 0u);
  }
  EXPECT_EQ(cellblock_usable_size(pool_, live_), 112u);
}

}  // namespace
}  // namespace cellblock
