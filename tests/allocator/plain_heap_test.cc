// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/plain_heap.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <utility>

#include "allocator/heap_prealloc.h"
#include "tests/allocator/cell_fixture.h"
#include "tests/allocator/heap_fixture.h"

namespace {

// What the operators below did. Blocks come dirty.
struct Ledger {
  std::map<void*, size_t> live;  // block to alignment
  size_t asked = 0;              // calls of new
  size_t mistakes = 0;  // deletes of what is not live, or not like that
  bool refuse = false;
};

Ledger& TheLedger() {
  static Ledger ledger;
  return ledger;
}

}  // namespace

void* operator new(size_t bytes, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  const size_t align = static_cast<size_t>(alignment);
  ++TheLedger().asked;
  if (TheLedger().refuse) return nullptr;
  void* const block =
      std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (block == nullptr) return nullptr;
  std::memset(block, 0xA5, bytes);
  TheLedger().live[block] = align;
  return block;
}

void operator delete(void* block, std::align_val_t alignment) noexcept {
  const auto found = TheLedger().live.find(block);
  if (found == TheLedger().live.end() ||
      found->second != static_cast<size_t>(alignment)) {
    ++TheLedger().mistakes;
    return;
  }
  TheLedger().live.erase(found);
  std::free(block);
}

namespace cellblock {
namespace {

class PlainHeapTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(TheLedger().live.empty()) << "not everything was freed";
    EXPECT_EQ(TheLedger().mistakes, 0u);
    TheLedger() = Ledger();
  }
};

template <size_t kBytes>
struct alignas(kBytes) Aligned {
  uint8_t bytes[kBytes];
};

template <typename T>
void ServesWell(PlainHeap& heap) {
  for (size_t count : {1, 2, 3, 100}) {
    Cell<T> cell = heap.AllocCell<T>(count);
    ASSERT_TRUE(cell);
    EXPECT_EQ(heap.last_error(), AllocatorError::kNone);
    EXPECT_EQ(cell.size(), count);
    EXPECT_EQ(cell.block_size(), count);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(cell.data()) % alignof(T), 0u);
    EXPECT_TRUE(IsAll(cell.data(), 0, count * sizeof(T)));
    std::memset(static_cast<void*>(cell.data()), 0xFF, count * sizeof(T));
    Cell<T> other = heap.AllocCell<T>(count);
    EXPECT_TRUE(IsAll(cell.data(), 0xFF, count * sizeof(T)));
    if (count == 2) heap.FreeCell(std::move(cell));
  }
}

TEST_F(PlainHeapTest, SeedParity_Row20_OneObjectForManyTypes) {
  PlainHeap heap;
  ServesWell<uint8_t>(heap);
  ServesWell<double>(heap);
  ServesWell<void*>(heap);
  ServesWell<Aligned<32>>(heap);
  ServesWell<Aligned<64>>(heap);
  ServesWell<Aligned<4096>>(heap);
}

TEST_F(PlainHeapTest, SeedParity_Row20_UninitializedHoldsWhatMemoryHeld) {
  PlainHeap heap(Fill::kUninitialized);
  const Cell<uint8_t> cell = heap.AllocCell<uint8_t>(1000);
  EXPECT_TRUE(IsAll(cell.data(), 0xA5, 1000));
}

TEST_F(PlainHeapTest, SeedParity_Row20_OneDefaultValue) {
  struct Point {
    int x, y;
    bool operator==(const Point&) const = default;
  };
  DefaultValueHeap<Point> heap(Point{3, -4});
  for (int round = 0; round < 2; ++round) {
    Cell<Point> cell = heap.AllocCell(100);
    ASSERT_EQ(cell.size(), 100u);
    for (Point& point : cell) {
      EXPECT_EQ(point, (Point{3, -4}));
      point = {0, round};
    }
    if (round == 0) heap.FreeCell(std::move(cell));
  }
  DefaultValueHeap<int> zeros;
  EXPECT_EQ(zeros.AllocCell(3)[2], 0);
}

// A type that can be copied but not assigned.
TEST_F(PlainHeapTest, SeedParity_Row20_TheValueNeedNotBeAssignable) {
  struct Fixed {
    const int value;
  };
  DefaultValueHeap<Fixed> heap(Fixed{9});
  const Cell<Fixed> cell = heap.AllocCell(5);
  EXPECT_EQ(cell[4].value, 9);
}

TEST_F(PlainHeapTest, ADroppedCellIsDeletedOnce) {
  PlainHeap heap;
  {
    Cell<int> cell = heap.AllocCell<int>(10);
    cell.Narrow(1);
    const Cell<int> moved = std::move(cell);
    EXPECT_EQ(TheLedger().live.size(), 1u);
  }
  EXPECT_TRUE(TheLedger().live.empty());
}

TEST_F(PlainHeapTest, NoElementsTakeNoMemory) {
  PlainHeap heap;
  DefaultValueHeap<int> ones(1);
  Cell<int> cell = heap.AllocCell<int>(0);
  EXPECT_FALSE(cell);
  EXPECT_FALSE(ones.AllocCell(0));
  EXPECT_EQ(heap.last_error(), AllocatorError::kNone);
  EXPECT_TRUE(TheLedger().live.empty());
  FreeIn(heap, cell);
}

TEST_F(PlainHeapTest, RefusalIsAnEmptyCellWithAReason) {
  PlainHeap heap;
  DefaultValueHeap<int> ones(1);
  TheLedger().refuse = true;
  EXPECT_FALSE(heap.AllocCell<int>(1));
  EXPECT_EQ(heap.last_error(), AllocatorError::kExhausted);
  EXPECT_FALSE(ones.AllocCell(1));
  EXPECT_EQ(ones.last_error(), AllocatorError::kExhausted);
  EXPECT_FALSE(heap.AllocCell<int>(0));
  EXPECT_EQ(heap.last_error(), AllocatorError::kNone);
  TheLedger().refuse = false;
  EXPECT_TRUE(heap.AllocCell<int>(1));
  EXPECT_EQ(heap.last_error(), AllocatorError::kNone);
}

TEST_F(PlainHeapTest, SizesThatOverflowAreRefused) {
  PlainHeap heap;
  for (size_t count : {SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 8,
                       SIZE_MAX / 16 + 1, (size_t{1} << 61) + 10}) {
    EXPECT_FALSE(heap.AllocCell<uint64_t>(count)) << count;
    EXPECT_EQ(heap.last_error(), AllocatorError::kExhausted);
  }
  // 4096 bytes in front overflow too.
  EXPECT_FALSE(heap.AllocCell<Aligned<4096>>(SIZE_MAX / 4096));
  EXPECT_FALSE(heap.AllocCell<Aligned<4096>>(PTRDIFF_MAX / 4096));
  EXPECT_FALSE(heap.AllocCell<uint8_t>(size_t{PTRDIFF_MAX} - 15));
  EXPECT_EQ(TheLedger().asked, 0u) << "no heap has a block of half of all";
}

TEST_F(PlainHeapTest, AFillFunctionIsRefused) {
  PlainHeap heap(Fill::kFunction);
  EXPECT_FALSE(heap.AllocCell<int>(1));
  EXPECT_EQ(heap.last_error(), AllocatorError::kNoFillFunction);
}

using PlainHeapDeathTest = PlainHeapTest;

TEST_F(PlainHeapDeathTest, ACellOfAnotherAllocatorIsReported) {
  constexpr char kForeign[] = "^cellblock: foreign free of 0x[0-9a-f]+: ";
  PlainHeap heap;
  PlainHeap other;
  DefaultValueHeap<int> ones(1);
  HeapPrealloc pool = MakePool(4096);
  Cell<int> ours = heap.AllocCell<int>(1);
  Cell<int> pooled = pool.AllocCell<int>(1);
  EXPECT_EXIT(FreeIn(other, ours), testing::KilledBySignal(SIGABRT), kForeign);
  EXPECT_EXIT(FreeIn(ones, ours), testing::KilledBySignal(SIGABRT), kForeign);
  EXPECT_EXIT(FreeIn(heap, pooled), testing::KilledBySignal(SIGABRT), kForeign);
  EXPECT_EXIT(FreeIn(pool, ours), testing::KilledBySignal(SIGABRT), kForeign);
}

TEST_F(PlainHeapDeathTest, ASecondFreeIsReported) {
  PlainHeap heap;
  Cell<int> cell = heap.AllocCell<int>(1);
  FreeIn(heap, cell);
  EXPECT_EXIT(FreeIn(heap, cell), testing::KilledBySignal(SIGABRT),
              "^cellblock: double free of a cell: ");
}

}  // namespace
}  // namespace cellblock
