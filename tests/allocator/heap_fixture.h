// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_HEAP_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_HEAP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "allocator/heap.h"

namespace cellblock {

// A heap over memory from malloc, aligned to `base_alignment` and to no more:
// nothing that needs a larger alignment can be right by luck. kUnknown content
// is 0xA5 throughout.
class TestHeap {
 public:
  TestHeap(size_t bytes, size_t unit, Content content,
           size_t base_alignment = 0, uint32_t owners = 0)
      : bytes_(bytes), owners_(std::make_unique<OwnerStats[]>(owners)) {
    const size_t alignment = base_alignment == 0 ? unit : base_alignment;
    const size_t room = (bytes / (2 * alignment) + 2) * 2 * alignment;
    pool_.reset(static_cast<uint8_t*>(std::aligned_alloc(2 * alignment, room)));
    base_ = pool_.get() + alignment;
    std::memset(base_, content == Content::kZero ? 0 : 0xA5, bytes);
    const size_t table_bytes = Heap::TableBytesFor(bytes, unit);
    table_ = std::make_unique<uint64_t[]>(table_bytes / 8);
    error_ = heap_.Attach({.base = base_,
                           .bytes = bytes,
                           .table = table_.get(),
                           .table_bytes = table_bytes,
                           .unit = unit,
                           .content = content,
                           .table_content = Content::kZero,
                           .stats = &copy_,
                           .owners = owners_.get(),
                           .owner_count = owners});
    EXPECT_EQ(error_, AllocatorError::kNone);
  }

  Heap* operator->() { return &heap_; }
  Heap& operator*() { return heap_; }

  uint8_t* base() { return base_; }
  size_t bytes() const { return bytes_; }
  const HeapStats& copy() const { return copy_; }
  HeapStats& copy() { return copy_; }
  OwnerStats& owner(OwnerId owner) { return owners_[owner - 1]; }

 private:
  struct Freer {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };

  size_t bytes_;
  std::unique_ptr<uint8_t[], Freer> pool_;
  uint8_t* base_ = nullptr;
  std::unique_ptr<uint64_t[]> table_;
  HeapStats copy_;
  std::unique_ptr<OwnerStats[]> owners_;
  AllocatorError error_ = AllocatorError::kNone;
  Heap heap_;
};

inline testing::AssertionResult IsValid(const Heap& heap) {
  const HeapCheck check = heap.Validate();
  if (check.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << check.broken << ", at offset " << check.offset;
}

inline bool IsAll(const void* memory, uint8_t value, size_t bytes) {
  const uint8_t* const at = static_cast<const uint8_t*>(memory);
  return bytes == 0 ||
         (at[0] == value && std::memcmp(at, at + 1, bytes - 1) == 0);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_HEAP_FIXTURE_H_
