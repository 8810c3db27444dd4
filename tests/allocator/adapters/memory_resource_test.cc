// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/adapters/memory_resource.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <map>
#include <memory_resource>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

TEST(PoolResourceTest, ContainersLiveInThePool) {
  HeapPrealloc pool = MakePool(256 * kKiB);
  PoolResource resource(pool);
  {
    std::pmr::vector<int> numbers(&resource);
    std::pmr::map<int, std::pmr::string> names(&resource);
    std::pmr::string text("longer than what a string keeps in itself",
                          &resource);
    for (int i = 0; i < 1000; ++i) {
      numbers.push_back(i);
      names[i % 100] = "the name of number " + std::to_string(i);
      text += 'x';
      if (i % 100 == 0) {
        EXPECT_TRUE(IsSound(pool));
      }
    }
    EXPECT_EQ(numbers[999], 999);
    EXPECT_EQ(names[42], "the name of number 942");
    EXPECT_EQ(names[42].get_allocator().resource(), &resource);
    EXPECT_EQ(text.size(), 1041u);
    EXPECT_GE(pool.stats().in_use_bytes, 1000 * sizeof(int) + 1041);
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolResourceTest, CellsAndContainersShareAPool) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  PoolResource resource(pool);
  Cell<int> cell = pool.AllocCell<int>(100);
  std::pmr::vector<int> numbers(100, 7, &resource);
  for (int& value : cell) value = 9;
  EXPECT_EQ(numbers, std::pmr::vector<int>(100, 7));
  EXPECT_TRUE(IsSound(pool));
}

TEST(PoolResourceTest, ExhaustionIsBadAllocAndThePoolGoesOn) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  PoolResource resource(pool);
  {
    std::pmr::vector<uint64_t> numbers(&resource);
    EXPECT_THROW(while (true) numbers.push_back(numbers.size()),
                 std::bad_alloc);
    EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
    EXPECT_EQ(pool.stats().exhausted, 1u);
    EXPECT_TRUE(IsSound(pool));
    // The vector is as it was, and the pool serves what it has.
    ASSERT_GE(numbers.size(), 2048u);
    EXPECT_EQ(numbers.back(), numbers.size() - 1);
    const std::pmr::string text(1000, 'x', &resource);
    EXPECT_EQ(text.back(), 'x');
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolResourceTest, AlignmentIsHonoured) {
  HeapPrealloc pool = MakePool(256 * kKiB);
  PoolResource resource(pool);
  void* const odd = resource.allocate(1, 1);
  for (size_t alignment = 1; alignment <= 16 * kKiB; alignment *= 2) {
    void* const block = resource.allocate(3, alignment);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    resource.deallocate(block, 3, alignment);
  }
  resource.deallocate(odd, 1, 1);
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolResourceTest, NoBytesAreDistinctBlocks) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  PoolResource resource(pool);
  void* const a = resource.allocate(0);
  void* const b = resource.allocate(0);
  EXPECT_NE(a, nullptr);
  EXPECT_NE(a, b);
  resource.deallocate(a, 0);
  resource.deallocate(b, 0);
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolResourceTest, EqualIffOverTheSamePool) {
  HeapPrealloc pool = MakePool(4 * kKiB, {.owners = 1});
  HeapPrealloc other_pool = MakePool(4 * kKiB);
  PoolResource resource(pool);
  PoolResource same_pool(pool, 1);
  PoolResource other(other_pool);
  EXPECT_TRUE(resource.is_equal(resource));
  EXPECT_TRUE(resource.is_equal(same_pool));
  EXPECT_FALSE(resource.is_equal(other));
  EXPECT_FALSE(resource.is_equal(*std::pmr::new_delete_resource()));
  // What equality is for: either may free what the other gave.
  same_pool.deallocate(resource.allocate(100), 100);
  EXPECT_TRUE(IsWhole(pool));
  // Moved between resources over one pool, nothing is copied.
  std::pmr::vector<int> numbers({1, 2, 3}, &resource);
  const int* const at = numbers.data();
  const std::pmr::vector<int> moved(std::move(numbers), &same_pool);
  EXPECT_EQ(moved.data(), at);
}

TEST(PoolResourceTest, TheOwnerIsCharged) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 2});
  ASSERT_EQ(pool.SetLimit(2, 4 * kKiB), AllocatorError::kNone);
  PoolResource resource(pool, 2);
  {
    std::pmr::vector<char> text(3 * kKiB, 'x', &resource);
    EXPECT_EQ(pool.owner_stats(2).in_use_bytes, 3 * kKiB);
    EXPECT_EQ(pool.owner_stats(1).in_use_bytes, 0u);
    EXPECT_THROW(text.resize(8 * kKiB), std::bad_alloc);
    EXPECT_EQ(pool.last_error(), AllocatorError::kOverLimit);
  }
  EXPECT_TRUE(IsWhole(pool));
  PoolResource nobody(pool, 3);
  EXPECT_THROW((void)nobody.allocate(1), std::bad_alloc);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNoSuchOwner);
}

TEST(PoolResourceTest, AFirstFitPoolRefuses) {
  HeapPrealloc pool =
      MakePool(64 * kKiB, {.discipline = Discipline::kFirstFit});
  PoolResource resource(pool);
  EXPECT_THROW((void)resource.allocate(1), std::bad_alloc);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNeedsCoalescing);
}

TEST(PoolResourceTest, StandsUnderOtherResources) {
  HeapPrealloc pool = MakePool(256 * kKiB);
  PoolResource resource(pool);
  {
    std::pmr::unsynchronized_pool_resource small_blocks(&resource);
    std::pmr::monotonic_buffer_resource buffer(&small_blocks);
    std::pmr::vector<std::pmr::string> lines(&buffer);
    for (int i = 0; i < 200; ++i) lines.emplace_back(64, 'x');
    EXPECT_EQ(lines[199].size(), 64u);
    EXPECT_GT(pool.stats().in_use_bytes, 200u * 64);
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolResourceDeathTest, ABlockOfAnotherPoolIsReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  HeapPrealloc other_pool = MakePool(4 * kKiB);
  PoolResource resource(pool);
  PoolResource other(other_pool);
  void* const block = resource.allocate(10);
  EXPECT_EXIT(other.deallocate(block, 10), testing::KilledBySignal(SIGABRT),
              "^cellblock: foreign free of 0x[0-9a-f]+: ");
  resource.deallocate(block, 10);
  EXPECT_EXIT(resource.deallocate(block, 10), testing::KilledBySignal(SIGABRT),
              "^cellblock: double free of 0x[0-9a-f]+: ");
}

}  // namespace
}  // namespace cellblock
