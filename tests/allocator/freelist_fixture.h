// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_FREELIST_FIXTURE_H_
#define CELLBLOCK_TESTS_ALLOCATOR_FREELIST_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "allocator/freelist.h"

namespace cellblock {

// A freelist over a table of exactly the bytes it asks for, so that a
// sanitizer sees any access beyond. The table starts dirty.
class TestFreelist {
 public:
  explicit TestFreelist(uint32_t units)
      : words_(Freelist::TableBytes(units) / sizeof(uint32_t)),
        table_(new uint32_t[words_]) {
    for (size_t i = 0; i < words_; ++i) table_[i] = 0xA5A5A5A5;
    list_.Attach(table_.get(), units, Content::kUnknown);
  }

  Freelist* operator->() { return &list_; }
  Freelist& operator*() { return list_; }

  uint32_t* table() { return table_.get(); }
  size_t words() const { return words_; }

 private:
  size_t words_;
  std::unique_ptr<uint32_t[]> table_;
  Freelist list_;
};

// All spans from the first unit to the last: "used 3, piece 1, free 4".
inline std::string LayoutOf(const Freelist& list) {
  std::string layout;
  uint32_t unit = 0;
  while (unit < list.units()) {
    const Span span = list.SpanAt(unit);
    if (!layout.empty()) layout += ", ";
    switch (span.kind) {
      case SpanKind::kNone:
        return layout + "nothing";
      case SpanKind::kFree:
        layout += "free ";
        break;
      case SpanKind::kUsed:
        layout += "used ";
        break;
      case SpanKind::kUsedPiece:
        layout += "piece ";
        break;
    }
    layout += std::to_string(span.units);
    unit += span.units;
  }
  return layout;
}

inline testing::AssertionResult IsValid(const Freelist& list) {
  const FreelistCheck check = list.Validate();
  if (check.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << check.broken << ", at unit "
                                     << check.unit << " of " << LayoutOf(list);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FREELIST_FIXTURE_H_
