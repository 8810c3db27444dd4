// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/adapters/std_allocator.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

using IntVector = std::vector<int, PoolAllocator<int>>;
using Traits = std::allocator_traits<PoolAllocator<int>>;

static_assert(!Traits::is_always_equal::value);
static_assert(!Traits::propagate_on_container_copy_assignment::value);
static_assert(Traits::propagate_on_container_move_assignment::value);
static_assert(Traits::propagate_on_container_swap::value);
static_assert(std::is_same_v<Traits::rebind_alloc<char>, PoolAllocator<char>>);
static_assert(std::is_nothrow_move_assignable_v<IntVector>);
static_assert(!std::is_default_constructible_v<PoolAllocator<int>>);
static_assert(!std::is_convertible_v<HeapPrealloc&, PoolAllocator<int>>);
static_assert(std::is_convertible_v<PoolAllocator<int>, PoolAllocator<double>>);

TEST(PoolAllocatorTest, AVectorLivesInThePool) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  {
    IntVector numbers{PoolAllocator<int>(pool)};
    for (int i = 0; i < 2000; ++i) numbers.push_back(i);
    EXPECT_EQ(numbers[1999], 1999);
    EXPECT_GE(pool.stats().in_use_bytes, 2000 * sizeof(int));
    EXPECT_TRUE(IsSound(pool));
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, AListLivesInThePool) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  {
    std::list<std::string, PoolAllocator<std::string>> names{
        PoolAllocator<std::string>(pool)};
    for (int i = 0; i < 100; ++i) names.push_front(std::to_string(i));
    names.remove_if([](const std::string& name) { return name.size() == 1; });
    names.sort();
    EXPECT_EQ(names.size(), 90u);
    EXPECT_EQ(names.front(), "10");
    EXPECT_EQ(pool.stats().allocations - pool.stats().frees, 90u);
    EXPECT_TRUE(IsSound(pool));
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, AHashMapLivesInThePool) {
  using Pair = std::pair<const int, int>;
  HeapPrealloc pool = MakePool(256 * kKiB);
  {
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>,
                       PoolAllocator<Pair>>
        squares{PoolAllocator<Pair>(pool)};
    for (int i = 0; i < 1000; ++i) squares[i] = i * i;
    for (int i = 0; i < 1000; i += 2) squares.erase(i);
    EXPECT_EQ(squares.size(), 500u);
    EXPECT_EQ(squares.at(31), 961);
    EXPECT_TRUE(IsSound(pool));
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, ASharedObjectAndItsCountsLiveInThePool) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  std::weak_ptr<int> observer;
  {
    const std::shared_ptr<int> shared =
        std::allocate_shared<int>(PoolAllocator<int>(pool), 42);
    observer = shared;
    EXPECT_EQ(*observer.lock(), 42);
    EXPECT_EQ(pool.stats().allocations, 1u);
  }
  EXPECT_TRUE(observer.expired());
  EXPECT_EQ(pool.stats().frees, 0u) << "the counts are still observed";
  observer.reset();
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, ExhaustionIsBadAllocAndThePoolGoesOn) {
  HeapPrealloc pool = MakePool(64 * kKiB);
  {
    IntVector numbers{PoolAllocator<int>(pool)};
    EXPECT_THROW(while (true) numbers.push_back(1), std::bad_alloc);
    EXPECT_EQ(pool.last_error(), AllocatorError::kExhausted);
    EXPECT_GE(numbers.size(), 4096u);
    EXPECT_EQ(std::count(numbers.begin(), numbers.end(), 1),
              static_cast<std::ptrdiff_t>(numbers.size()));
    const IntVector more(10, 2, PoolAllocator<int>(pool));
    EXPECT_EQ(more[9], 2);
    EXPECT_TRUE(IsSound(pool));
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, SizesThatOverflowAreBadArrayNewLength) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  PoolAllocator<uint64_t> allocator(pool);
  for (size_t count : {SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 8 + 2}) {
    EXPECT_THROW((void)allocator.allocate(count), std::bad_array_new_length);
  }
  EXPECT_EQ(pool.stats().exhausted, 0u) << "the pool was not asked";
  EXPECT_THROW(
      {
        try {
          (void)allocator.allocate(SIZE_MAX / 8);
        } catch (const std::bad_array_new_length&) {
          FAIL() << "that many could be counted";
        }
      },
      std::bad_alloc);
  EXPECT_EQ(pool.stats().exhausted, 1u);
}

TEST(PoolAllocatorTest, AlignmentIsThatOfTheElement) {
  struct alignas(4096) Page {
    char bytes[4096];
  };
  HeapPrealloc pool = MakePool(64 * kKiB);
  const std::vector<char, PoolAllocator<char>> odd(1, 'x',
                                                   PoolAllocator<char>(pool));
  const std::vector<Page, PoolAllocator<Page>> pages(3,
                                                     PoolAllocator<Page>(pool));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pages.data()) % 4096, 0u);
}

TEST(PoolAllocatorTest, EqualIffOverTheSamePool) {
  HeapPrealloc pool = MakePool(4 * kKiB, {.owners = 1});
  HeapPrealloc other_pool = MakePool(4 * kKiB);
  const PoolAllocator<int> ints(pool);
  const PoolAllocator<int> charged(pool, 1);
  const PoolAllocator<char> chars = ints;
  const PoolAllocator<int> others(other_pool);
  EXPECT_TRUE(ints == charged);
  EXPECT_TRUE(ints == chars);
  EXPECT_FALSE(ints == others);
  EXPECT_TRUE(chars != others);
}

TEST(PoolAllocatorTest, ACopyIsInThePoolOfTheOriginal) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  const IntVector original(10, 1, PoolAllocator<int>(pool));
  const IntVector copy = original;
  EXPECT_TRUE(copy.get_allocator() == original.get_allocator());
  EXPECT_EQ(pool.stats().allocations, 2u);
}

TEST(PoolAllocatorTest, CopyAssignmentStaysInItsPool) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  HeapPrealloc other_pool = MakePool(4 * kKiB);
  const IntVector from(10, 1, PoolAllocator<int>(pool));
  IntVector to(1, 2, PoolAllocator<int>(other_pool));
  to = from;
  EXPECT_EQ(to, from);
  EXPECT_TRUE(to.get_allocator() == PoolAllocator<int>(other_pool));
  EXPECT_EQ(pool.stats().allocations, 1u);
}

TEST(PoolAllocatorTest, MoveAssignmentAndSwapTakeThePoolAlong) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  HeapPrealloc other_pool = MakePool(4 * kKiB);
  {
    IntVector from(10, 1, PoolAllocator<int>(pool));
    IntVector to(5, 2, PoolAllocator<int>(other_pool));
    const int* const at = from.data();
    to.swap(from);
    EXPECT_EQ(to.data(), at);
    EXPECT_TRUE(to.get_allocator() == PoolAllocator<int>(pool));
    from = std::move(to);
    EXPECT_EQ(from.data(), at);
    EXPECT_TRUE(from.get_allocator() == PoolAllocator<int>(pool));
    EXPECT_EQ(pool.stats().allocations, 1u);
    EXPECT_TRUE(IsWhole(other_pool)) << "what was there went back";
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, TheOwnerIsChargedAlsoForNodes) {
  HeapPrealloc pool = MakePool(64 * kKiB, {.owners = 1});
  ASSERT_EQ(pool.SetLimit(1, 4 * kKiB), AllocatorError::kNone);
  {
    std::list<int, PoolAllocator<int>> numbers{PoolAllocator<int>(pool, 1)};
    numbers.push_back(1);
    EXPECT_GE(pool.owner_stats(1).in_use_bytes, sizeof(int));
    EXPECT_THROW(while (true) numbers.push_back(1), std::bad_alloc);
    EXPECT_EQ(pool.last_error(), AllocatorError::kOverLimit);
    EXPECT_LE(pool.owner_stats(1).peak_bytes, 4 * kKiB);
  }
  EXPECT_TRUE(IsWhole(pool));
}

TEST(PoolAllocatorTest, AFirstFitPoolRefuses) {
  HeapPrealloc pool =
      MakePool(64 * kKiB, {.discipline = Discipline::kFirstFit});
  PoolAllocator<int> allocator(pool);
  EXPECT_THROW((void)allocator.allocate(1), std::bad_alloc);
  EXPECT_EQ(pool.last_error(), AllocatorError::kNeedsCoalescing);
}

TEST(PoolAllocatorDeathTest, ABlockOfAnotherPoolIsReported) {
  HeapPrealloc pool = MakePool(4 * kKiB);
  HeapPrealloc other_pool = MakePool(4 * kKiB);
  PoolAllocator<int> allocator(pool);
  PoolAllocator<int> other(other_pool);
  int* const block = allocator.allocate(10);
  EXPECT_EXIT(other.deallocate(block, 10), testing::KilledBySignal(SIGABRT),
              "^cellblock: foreign free of 0x[0-9a-f]+: ");
  allocator.deallocate(block, 10);
}

}  // namespace
}  // namespace cellblock
