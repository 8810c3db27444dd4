// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FIRST_FIT_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FIRST_FIT_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "allocator/first_fit.h"

namespace cellblock {

// A freelist over a table of exactly the bytes it asks for, so that a
// sanitizer sees any access beyond. The table starts dirty. Its blocks are
// numbers only: it never touches what they describe.
class TestFirstFit {
 public:
  explicit TestFirstFit(size_t slots, size_t unit_bytes = 1)
      : words_(FirstFit::TableBytes(slots) / sizeof(uint64_t)),
        table_(new uint64_t[words_]) {
    for (size_t i = 0; i < words_; ++i) table_[i] = 0xA5A5A5A5A5A5A5A5;
    list_.Attach(table_.get(), slots, unit_bytes);
  }

  // With these blocks in the slots, the first the newest.
  TestFirstFit(size_t slots, const std::vector<SlotBlock>& newest_first)
      : TestFirstFit(slots) {
    for (size_t i = newest_first.size(); i-- > 0;) {
      EXPECT_EQ(list_.Free(newest_first[i]), 0u);
    }
  }

  FirstFit* operator->() { return &list_; }
  FirstFit& operator*() { return list_; }

  uint64_t* table() { return table_.get(); }
  size_t words() const { return words_; }

 private:
  size_t words_;
  std::unique_ptr<uint64_t[]> table_;
  FirstFit list_;
};

inline std::string Text(SlotBlock block) {
  if (block.units == 0 && block.address == 0) return "none";
  return std::to_string(block.address) + "+" + std::to_string(block.units);
}

// Every slot from the first to the last, address+units: "none, 40+7, 0+10".
inline std::string SlotsOf(const FirstFit& list) {
  std::string slots;
  for (size_t slot = 0; slot < list.slots(); ++slot) {
    if (slot != 0) slots += ", ";
    slots += Text(list.SlotAt(slot));
  }
  return slots;
}

inline testing::AssertionResult IsValid(const FirstFit& list) {
  const char* const broken = list.Validate();
  if (broken == nullptr) return testing::AssertionSuccess();
  return testing::AssertionFailure() << broken << ": " << SlotsOf(list);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FIRST_FIT_FIXTURE_H_
