// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FIRST_FIT_HEAP_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FIRST_FIT_HEAP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "allocator/first_fit_heap.h"

namespace cellblock {

struct FirstFitSetting {
  size_t pool_bytes = 0;
  size_t slots = 0;
  size_t unit = 1;
  Content content = Content::kUnknown;
  size_t base_alignment = 16;
};

// A heap over memory from malloc, aligned to base_alignment and to no more.
// The table starts dirty; kUnknown content is 0xA5 throughout.
class TestFirstFitHeap {
 public:
  explicit TestFirstFitHeap(const FirstFitSetting& setting) {
    const size_t alignment = setting.base_alignment;
    const size_t room =
        (setting.pool_bytes / (2 * alignment) + 2) * 2 * alignment;
    pool_.reset(static_cast<uint8_t*>(std::aligned_alloc(2 * alignment, room)));
    base_ = pool_.get() + alignment;
    const bool zero = setting.content == Content::kZero;
    std::memset(base_, zero ? 0 : 0xA5, setting.pool_bytes);
    words_ = FirstFit::TableBytes(setting.slots) / sizeof(uint64_t);
    table_.reset(new uint64_t[words_]);
    for (size_t i = 0; i < words_; ++i) table_[i] = 0xA5A5A5A5A5A5A5A5;
    part_.base = base_;
    part_.bytes = setting.pool_bytes;
    part_.content = setting.content;
    const AllocatorError error =
        heap_.Attach({.slots = table_.get(),
                      .bytes = FirstFit::TableBytes(setting.slots),
                      .count = setting.slots,
                      .unit = setting.unit},
                     &part_);
    EXPECT_EQ(error, AllocatorError::kNone);
  }

  FirstFitHeap* operator->() { return &heap_; }
  FirstFitHeap& operator*() { return heap_; }

  uint8_t* base() { return base_; }
  FirstFitPart& part() { return part_; }
  uint64_t* table() { return table_.get(); }
  size_t words() const { return words_; }

  // The block has at least the bytes asked for, or there is none.
  FirstFitBlock Allocate(size_t bytes, Fill fill = Fill::kUninitialized) {
    const FirstFitBlock block = heap_.Allocate(bytes, 1, fill);
    EXPECT_EQ(block.data == nullptr, block.bytes == 0);
    EXPECT_TRUE(block.data == nullptr || block.bytes >= bytes);
    return block;
  }

  AllocatorError Free(FirstFitBlock block, Scrub scrub = Scrub::kNever) {
    return heap_.Free(block, scrub);
  }

 private:
  struct Freer {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };

  std::unique_ptr<uint8_t[], Freer> pool_;
  uint8_t* base_ = nullptr;
  size_t words_ = 0;
  std::unique_ptr<uint64_t[]> table_;
  FirstFitPart part_;
  FirstFitHeap heap_;
};

inline testing::AssertionResult IsValid(const FirstFitHeap& heap) {
  const HeapCheck check = heap.Validate();
  if (check.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << check.broken;
}

// All of the block.
inline void Paint(FirstFitBlock block, uint8_t value) {
  if (block.bytes != 0) std::memset(block.data, value, block.bytes);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FIRST_FIT_HEAP_FIXTURE_H_
