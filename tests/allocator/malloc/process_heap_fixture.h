// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROCESS_HEAP_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROCESS_HEAP_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {

inline constexpr size_t kPage = ProcessHeap::kPage;

inline uintptr_t Address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

inline char* Pointer(uintptr_t address) {
  return reinterpret_cast<char*>(address);
}

inline bool IsAll(const void* memory, char value, size_t bytes) {
  const char* const at = static_cast<const char*>(memory);
  return std::all_of(at, at + bytes, [value](char c) { return c == value; });
}

inline ProcessHeap& Heap() { return ProcessHeap::Get(); }

inline size_t PoolBytes() {
  return static_cast<size_t>(g_provided.end - g_provided.begin);
}

class ProcessHeapTest : public testing::Test {
 protected:
  // Nothing is handed out, and nothing was lost: the whole pool is one block.
  // So nothing is left in any cache, either.
  ProcessHeapTest() { Settle(); }
  ~ProcessHeapTest() override {
    const HeapCheck check = Heap().Validate();
    EXPECT_TRUE(check.ok()) << check.broken;
  }
  void Settle() {
    char* const whole = Allocate(PoolBytes());
    ASSERT_EQ(whole, g_provided.begin);
    Heap().Free(whole);
    ASSERT_EQ(in_use(), 0u);
  }
  // As a test ends that frees all it had.
  void ExpectAllFree() {
    const HeapStats stats = Heap().Stats();
    EXPECT_EQ(stats.allocations, stats.frees);
    Settle();
  }

  char* Allocate(size_t bytes, size_t alignment = ProcessHeap::kAlignment) {
    return static_cast<char*>(Heap().Allocate(bytes, alignment));
  }
  char* Pages(size_t count) {
    return static_cast<char*>(
        Heap().AllocatePages(count * kPage, Fill::kUninitialized));
  }
  size_t in_use() const { return g_provided.stats.in_use_bytes; }

  char* const begin_ = g_provided.begin;
  char* const end_ = g_provided.end;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_PROCESS_HEAP_FIXTURE_H_
