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

inline const char* NameOf(SpanKind kind) {
  switch (kind) {
    case SpanKind::kFree:
      return "free ";
    case SpanKind::kUsed:
      return "used ";
    case SpanKind::kUsedPiece:
      return "piece ";
    default:
      return "nothing ";
  }
}

// All spans from the first unit to the last: "used 3, piece 1, free 4". The
// parked span and the wilderness are spans of their own.
inline std::string SpansOf(const Freelist& list) {
  std::string spans;
  Span span;
  for (uint32_t unit = 0; unit < list.units(); unit += span.units) {
    span = list.SpanAt(unit);
    if (!spans.empty()) spans += ", ";
    spans += NameOf(span.kind) + std::to_string(span.units);
    if (span.units == 0) break;
  }
  return spans;
}

// The same, but of free spans that touch only the sum.
inline std::string LayoutOf(const Freelist& list) {
  std::string layout;
  uint32_t free_units = 0;
  const auto add = [&layout](SpanKind kind, uint32_t units) {
    if (!layout.empty()) layout += ", ";
    layout += NameOf(kind) + std::to_string(units);
  };
  for (uint32_t unit = 0; unit < list.units();) {
    const Span span = list.SpanAt(unit);
    unit += span.units;
    if (span.kind == SpanKind::kFree) {
      free_units += span.units;
      continue;
    }
    if (free_units != 0) add(SpanKind::kFree, free_units);
    free_units = 0;
    add(span.kind, span.units);
    if (span.units == 0) return layout;
  }
  if (free_units != 0) add(SpanKind::kFree, free_units);
  return layout;
}

// Merges what is parked, as any call would that does not take it back.
inline void Settle(Freelist& list) {
  EXPECT_EQ(list.Allocate(0, 0), Freelist::kNoSpan);
}

inline testing::AssertionResult IsValid(const Freelist& list) {
  const FreelistCheck check = list.Validate();
  if (check.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << check.broken << ", at unit "
                                     << check.unit << " of " << SpansOf(list);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_FREELIST_FIXTURE_H_
