// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a SlabPool has for mappings: pages that are given back one by one.

#include <algorithm>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/slab_pool.h"

namespace cellblock {

void* SlabPool::TryPages(size_t bytes, Fill fill) {
  const Guard guard(this);
  if (!guard) return nullptr;
  const size_t touched = TouchedBytes();
  auto* const pages = static_cast<char*>(
      heap_.TryDivided(bytes, kPageBytes, Fill::kUninitialized));
  if (pages == nullptr) return nullptr;
  MapNewPages();
  const size_t offset = reinterpret_cast<uintptr_t>(pages) - root_.base;
  if (fill == Fill::kZeroed && offset < touched) {
    const size_t whole = PagesFor(bytes) * kPageBytes;
    ClearTouched(pages, std::min(touched - offset, whole));
  }
  return pages;
}

size_t SlabPool::FreePages(char* begin, char* end) {
  const Guard guard(this);
  if (!guard) return 0;
  size_t freed = 0;
  for (char* page = begin; page < end; page += kPageBytes) {
    if (heap_.IsPiece(page) && heap_.Free(page) == AllocatorError::kNone) {
      freed += kPageBytes;
    }
  }
  return freed;
}

char* SlabPool::EndOfClaim(char* page, char* end) const {
  while (page < end && !heap_.IsPiece(page)) page += kPageBytes;
  return page;
}

bool SlabPool::ClaimPages(char* begin, char* end, OtherPages others,
                          Fill fill) {
  const Guard guard(this);
  if (!guard) return false;
  // Looked at first, so that nothing is to be undone.
  for (char* page = begin; page < end; page += kPageBytes) {
    char* const run = EndOfClaim(page, end);
    if (run == page && others == OtherPages::kRefuse) return false;
    if (run == page) continue;
    if (!heap_.IsFree(page, static_cast<size_t>(run - page))) return false;
    page = run - kPageBytes;
  }
  for (char* page = begin; page < end; page += kPageBytes) {
    char* const run = EndOfClaim(page, end);
    if (run == page) continue;
    const auto bytes = static_cast<size_t>(run - page);
    if (!heap_.TryDividedAt(page, bytes, kPageBytes, fill)) __builtin_trap();
    page = run - kPageBytes;
  }
  MapNewPages();
  return true;
}

bool SlabPool::ArePages(const char* begin, const char* end) {
  const Guard guard(this);
  if (!guard) return false;
  for (const char* page = begin; page < end; page += kPageBytes) {
    if (!heap_.IsPiece(page)) return false;
  }
  return true;
}

}  // namespace cellblock
