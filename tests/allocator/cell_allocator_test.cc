// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/cell_allocator.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "allocator/cell_cache.h"
#include "allocator/heap_prealloc.h"
#include "allocator/plain_heap.h"
#include "tests/allocator/cell_fixture.h"

namespace cellblock {
namespace {

// A user's own allocator: what is at the top of an array goes back at once,
// the rest when all has.
class Bump final : public CellOwner {
 public:
  Bump() : CellOwner(&TakeBack) {}

  template <typename T>
  Cell<T> AllocCell(size_t count) {
    void* at = memory_.data() + used_;
    size_t left = memory_.size() - used_;
    if (count == 0 || count > left / sizeof(T) ||
        std::align(alignof(T), count * sizeof(T), at, left) == nullptr) {
      return Cell<T>();
    }
    used_ = static_cast<std::byte*>(at) + count * sizeof(T) - memory_.data();
    ++live_;
    return Cell<T>::Adopt(at, count, this);
  }

  void FreeCell(CellMemory cell) {
    if (cell.data == nullptr) return;
    EXPECT_EQ(cell.owner, this);
    EXPECT_EQ(Release(cell.data, cell.bytes), AllocatorError::kNone);
  }

  size_t used() const { return used_; }

 private:
  static AllocatorError TakeBack(CellOwner& self, void* data, size_t bytes) {
    Bump& bump = static_cast<Bump&>(self);
    const size_t start = static_cast<std::byte*>(data) - bump.memory_.data();
    if (start >= bump.used_) return AllocatorError::kNotOwned;
    if (start + bytes == bump.used_) bump.used_ = start;
    if (--bump.live_ == 0) bump.used_ = 0;
    return AllocatorError::kNone;
  }

  alignas(64) std::array<std::byte, 4096> memory_;
  size_t used_ = 0;
  size_t live_ = 0;
};

struct Repeat {
  char letter;
  uint32_t length;
};

template <typename A>
concept RepeatAllocator = CellAllocator<A, Repeat> && CellAllocator<A, char>;

// The consumer: run-length encodes a text and decodes it again, with a cell for
// each step. Written once, it does not know what is underneath. Empty iff the
// allocator has no room.
template <RepeatAllocator A>
std::string ThereAndBack(A& allocator, std::string_view text) {
  Cell<Repeat> repeats = allocator.template AllocCell<Repeat>(text.size());
  if (!repeats) return "";
  size_t count = 0;
  for (const char letter : text) {
    if (count == 0 || repeats[count - 1].letter != letter) {
      repeats[count++] = {letter, 0};
    }
    ++repeats[count - 1].length;
  }
  repeats.Narrow(count);
  Cell<char> back = allocator.template AllocCell<char>(text.size());
  if (!back) return "";  // and the repeats go back by themselves
  size_t end = 0;
  for (const Repeat& repeat : repeats) {
    for (uint32_t i = 0; i < repeat.length; ++i) back[end++] = repeat.letter;
  }
  allocator.FreeCell(std::move(repeats));
  return std::string(back.begin(), end);
}

constexpr std::string_view kText = "aaaabcccccccdd";

static_assert(RepeatAllocator<HeapPrealloc>);
static_assert(RepeatAllocator<PlainHeap>);
static_assert(RepeatAllocator<Bump>);
static_assert(CellAllocator<DefaultValueHeap<Repeat>, Repeat>);
static_assert(CellAllocator<CellCache<HeapPrealloc, Repeat>, Repeat>);
static_assert(CellAllocator<CellCache<CellCache<Bump, int>, int>, int>);
static_assert(CellAllocator<HeapPrealloc>, "bytes, if no type is named");

TEST(CellAllocatorTest, SeedParity_Row19_OverACoalescingPool) {
  HeapPrealloc pool = MakePool(4096);
  EXPECT_EQ(ThereAndBack(pool, kText), kText);
  EXPECT_TRUE(IsWhole(pool));
  EXPECT_EQ(ThereAndBack(pool, std::string(2000, 'x')), "");
  EXPECT_TRUE(IsWhole(pool));
}

TEST(CellAllocatorTest, SeedParity_Row19_OverAFirstFitPool) {
  HeapPrealloc pool = MakePoolOf<Repeat>(Discipline::kFirstFit, 4096);
  EXPECT_EQ(ThereAndBack(pool, kText), kText);
  EXPECT_TRUE(IsWhole(pool));
  EXPECT_EQ(ThereAndBack(pool, std::string(2000, 'x')), "");
  EXPECT_TRUE(IsWhole(pool));
}

TEST(CellAllocatorTest, SeedParity_Row19_OverThePlainHeap) {
  for (Fill fill : {Fill::kZeroed, Fill::kUninitialized}) {
    PlainHeap heap(fill);
    EXPECT_EQ(ThereAndBack(heap, kText), kText);
  }
}

TEST(CellAllocatorTest, SeedParity_Row19_OverAnAllocatorOfTheUsers) {
  Bump bump;
  EXPECT_EQ(ThereAndBack(bump, kText), kText);
  EXPECT_EQ(bump.used(), 0u);
  EXPECT_EQ(ThereAndBack(bump, std::string(500, 'x')), "") << "4000 + 500";
  EXPECT_EQ(bump.used(), 0u);
}

// A consumer of one type runs over what serves one type only. -1 if there is no
// room.
template <CellAllocator<int> A>
int SumOfSquares(A& allocator, int count) {
  Cell<int> squares = allocator.template AllocCell<int>(count);
  if (!squares) return -1;
  for (int i = 0; i < count; ++i) squares[i] = i * i;
  int sum = 0;
  for (const int square : squares.span().first(count)) sum += square;
  allocator.FreeCell(std::move(squares));
  return sum;
}

TEST(CellAllocatorTest, SeedParity_Row20_OverEveryAllocatorOfOneType) {
  HeapPrealloc pool = MakePool(4096);
  PlainHeap plain;
  DefaultValueHeap<int> sevens(7);
  CellCache<HeapPrealloc, int> cache(pool);
  EXPECT_EQ(SumOfSquares(pool, 10), 285);
  EXPECT_EQ(SumOfSquares(plain, 10), 285);
  EXPECT_EQ(SumOfSquares(sevens, 10), 285);
  EXPECT_EQ(SumOfSquares(cache, 10), 285);
  EXPECT_EQ(SumOfSquares(cache, 5), 30);
  EXPECT_EQ(pool.stats().allocations, 2u);
}

struct WithoutAlloc {
  void FreeCell(CellMemory cell);
};
struct WithoutFree {
  template <typename T>
  Cell<T> AllocCell(size_t count);
};
struct GivesAPointer : WithoutAlloc {
  template <typename T>
  T* AllocCell(size_t count);
};
struct OfOneTypeOnly : WithoutAlloc {
  template <std::same_as<int> T>
  Cell<T> AllocCell(size_t count);
};
struct FreesAnLvalue : WithoutFree {
  template <typename T>
  void FreeCell(Cell<T>& cell);
};
struct CannotTellTheCount : WithoutAlloc {
  template <typename T>
  Cell<T> AllocCell();
};
static_assert(!CellAllocator<int>);
static_assert(!CellAllocator<WithoutAlloc>);
static_assert(!CellAllocator<WithoutFree>);
static_assert(!CellAllocator<GivesAPointer>);
static_assert(!CellAllocator<FreesAnLvalue>);
static_assert(!CellAllocator<CannotTellTheCount>);
static_assert(CellAllocator<OfOneTypeOnly, int>);
static_assert(!CellAllocator<OfOneTypeOnly, char>);
static_assert(!CellAllocator<DefaultValueHeap<int>, char>);
static_assert(!CellAllocator<CellCache<HeapPrealloc, int>, char>);
static_assert(!CellAllocator<const HeapPrealloc>);

}  // namespace
}  // namespace cellblock
