// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The parts of a pool make no system call at all, from the first on.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "allocator/cell_cache.h"
#include "allocator/first_fit_heap.h"
#include "allocator/freelist.h"
#include "allocator/heap.h"
#include "allocator/heap_prealloc.h"
#include "tests/allocator/locked_child.h"

namespace cellblock {
namespace {

constexpr AllocatorError kOk = AllocatorError::kNone;
constexpr size_t kPage = 4096;

void UseHeap(Heap& heap) {
  uint8_t* const pages =
      static_cast<uint8_t*>(heap.AllocateDivided(8192, kPage, Fill::kZeroed));
  LOCKED_CHECK(pages != nullptr && heap.IsPiece(pages + kPage));
  LOCKED_CHECK(heap.Free(pages) == kOk);
  LOCKED_CHECK(heap.Free(pages) == AllocatorError::kDoubleFree);
  LOCKED_CHECK(heap.Free(&heap) == AllocatorError::kNotOwned);
  LOCKED_CHECK(heap.Free(pages + kPage + 1) == AllocatorError::kMisaligned);
  LOCKED_CHECK(heap.Free(pages + kPage + 64) ==
               AllocatorError::kInteriorPointer);
  LOCKED_CHECK(heap.ResizeInPlace(pages + kPage, 100, Scrub::kOnFree));
  LOCKED_CHECK(heap.ResizeInPlace(pages + kPage, kPage));
  LOCKED_CHECK(heap.UsableSize(pages + kPage) == kPage);
  LOCKED_CHECK(heap.Owns(pages) && !heap.Owns(&heap));
  void* const owned = heap.Allocate(100, 256, Fill::kZeroed, 1);
  LOCKED_CHECK(owned != nullptr && heap.OwnerOf(owned) == 1);
  LOCKED_CHECK(heap.SetLimit(1, 128));
  LOCKED_CHECK(heap.Allocate(1, 1, Fill::kZeroed, 1) == nullptr);
  LOCKED_CHECK(heap.refusal() == AllocatorError::kOverLimit);
  LOCKED_CHECK(heap.owner_stats(1)->in_use_bytes == 128);
  LOCKED_CHECK(heap.Allocate(SIZE_MAX, 1, Fill::kZeroed) == nullptr);
  LOCKED_CHECK(heap.stats().last_exhaustion.asked == SIZE_MAX);
  while (heap.Allocate(1000, 16, Fill::kZeroed) != nullptr) {
  }
  LOCKED_CHECK(heap.LargestFree() < 1024);
  LOCKED_CHECK(heap.Free(owned, Scrub::kOnFree) == kOk);
  LOCKED_CHECK(heap.Validate().ok());
}

TEST(LockedHeapLiveTest, SeedParity_Row01_HeapsMakeNoCall) {
  EXPECT_EQ(InChild([] {
              alignas(kPage) uint8_t memory[2][64 * 1024];
              uint64_t table[2][4 * 1024];
              OwnerStats owners[2];
              HeapStats copy;
              HeapPart part;
              Heap heap;
              Lock();
              HeapMemory pool = {.base = memory[0],
                                 .bytes = sizeof(memory[0]),
                                 .table = table[0],
                                 .table_bytes = sizeof(table[0]),
                                 .unit = 64,
                                 .stats = &copy,
                                 .owners = owners,
                                 .owner_count = 2};
              LOCKED_CHECK(heap.Attach(pool) == kOk);
              UseHeap(heap);
              pool.base = memory[1];
              pool.table = table[1];
              LOCKED_CHECK(heap.Grow(&part, pool) == kOk);
              UseHeap(heap);
              LOCKED_CHECK(copy.exhausted == heap.stats().exhausted);
            }),
            "clean");
}

void UseFirstFitHeap(FirstFitHeap& heap) {
  const FirstFitBlock block = heap.Allocate(100, 1, Fill::kZeroed);
  LOCKED_CHECK(block.data != nullptr && heap.Aligns(1) && !heap.Aligns(3));
  LOCKED_CHECK(heap.Free({&heap, 1}, Scrub::kNever) ==
               AllocatorError::kNotOwned);
  LOCKED_CHECK(heap.Free({block.data, 0}, Scrub::kNever) ==
               AllocatorError::kMisaligned);
  // More blocks than there are slots, and the pool to its end.
  FirstFitBlock blocks[40];
  for (FirstFitBlock& each : blocks) {
    each = heap.Allocate(50 * (1 + (&each - blocks)), 1, Fill::kUninitialized);
  }
  for (const FirstFitBlock& each : blocks) {
    if (each.data == nullptr) continue;
    LOCKED_CHECK(heap.Free(each, Scrub::kOnFree) == kOk);
  }
  LOCKED_CHECK(heap.stats().lost_bytes != 0);
  while (heap.Allocate(1000, 1, Fill::kZeroed).data != nullptr) {
  }
  LOCKED_CHECK(heap.stats().exhausted != 0 && heap.LargestFree() < 1000);
  LOCKED_CHECK(heap.slots().FreeUnits() != 0 && heap.slots().slots() == 8);
  LOCKED_CHECK(heap.Free(block, Scrub::kNever) == kOk);
  LOCKED_CHECK(heap.Validate().ok());
}

TEST(LockedHeapLiveTest, SeedParity_Row01_FirstFitHeapsMakeNoCall) {
  EXPECT_EQ(
      InChild([] {
        uint8_t memory[2][64 * 1024];
        SlotBlock slots[8];
        FirstFitPart parts[2];
        FirstFitHeap heap;
        Lock();
        for (int i : {0, 1}) {
          parts[i].base = memory[i];
          parts[i].bytes = sizeof(memory[i]);
        }
        LOCKED_CHECK(
            heap.Attach({.slots = slots, .bytes = sizeof(slots), .count = 8},
                        &parts[0]) == kOk);
        UseFirstFitHeap(heap);
        LOCKED_CHECK(heap.Grow(&parts[1]) == kOk);
        UseFirstFitHeap(heap);
      }),
      "clean");
}

TEST(LockedHeapLiveTest, SeedParity_Row01_FreelistsMakeNoCall) {
  EXPECT_EQ(InChild([] {
              uint64_t table[2000];
              Freelist list;
              Lock();
              LOCKED_CHECK(Freelist::TableBytes(1000) <= sizeof(table));
              list.Attach(table, 1000, Content::kUnknown);
              const uint32_t span = list.Allocate(10, 1);
              LOCKED_CHECK(list.SpanUnits(span) == 10);
              LOCKED_CHECK(list.SpanOwner(span) == 1);
              LOCKED_CHECK(list.Trim(span, 8) && list.Extend(span, 12));
              LOCKED_CHECK(list.Divide(span, 4) && list.IsPiece(span));
              LOCKED_CHECK(list.AllocateAligned(8, 64, 3, 0) % 64 == 61);
              LOCKED_CHECK(list.Free(span) == kOk);
              LOCKED_CHECK(list.Free(span) == AllocatorError::kDoubleFree);
              LOCKED_CHECK(list.SpanAt(span).kind == SpanKind::kFree);
              LOCKED_CHECK(list.Allocate(2000, 0) == Freelist::kNoSpan);
              LOCKED_CHECK(list.UnitsToServe(2000, 1, 0) > 2000);
              LOCKED_CHECK(list.LargestFree() < list.free_units());
              LOCKED_CHECK(list.Validate().ok());
            }),
            "clean");
}

TEST(LockedHeapLiveTest, SeedParity_Row01_CellCachesMakeNoCall) {
  EXPECT_EQ(InChild([] {
              std::byte buffer[16 * 1024];
              Lock();
              Result<HeapPrealloc> pool =
                  HeapPrealloc::Create(Region::Borrow(buffer, sizeof(buffer)));
              LOCKED_CHECK(pool.ok());
              CellCache<HeapPrealloc, int> cache(*pool);
              cache.FreeCell(cache.AllocCell(100));
              LOCKED_CHECK(cache.kept() == 100);
              const Cell<int> cell = cache.AllocCell(10);
              LOCKED_CHECK(cell && cell[9] == 0);
              LOCKED_CHECK(!cache.AllocCell(1'000'000));
              cache.Clear();
            }),
            "clean");
}

}  // namespace
}  // namespace cellblock
