// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/process_heap.h"

#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "allocator/report.h"

namespace cellblock {
namespace {

constinit ProcessHeap g_heap;

// A pool need not start on a page.
char* PageUp(char* address) {
  const auto value = reinterpret_cast<uintptr_t>(address);
  return address + (-value & (ProcessHeap::kPage - 1));
}

}  // namespace

ProcessHeap& ProcessHeap::Get() { return g_heap; }

// Takes the lock, with a pool behind it. False iff this thread holds it.
bool ProcessHeap::Enter() {
  if (!lock_.Acquire()) return false;
  if (!ready_) {
    const ProcessPool pool = ProvideProcessPool();
    if (heap_.Attach(pool.memory) != AllocatorError::kNone) abort();
    fill_ = pool.fill;
    ignored_frees_copy_ = pool.ignored_frees;
    most_refusals_in_a_row_ = pool.most_refusals_in_a_row;
    base_ = static_cast<char*>(pool.memory.base);
    size_ = pool.memory.bytes;
    ready_ = true;
  }
  return true;
}

// Keeps the count of refusals in a row; `block` is what was got.
void* ProcessHeap::Count(void* block) {
  if (block != nullptr) {
    refusals_in_a_row_ = 0;
  } else if (++refusals_in_a_row_ == most_refusals_in_a_row_) {
    ReportRefusedInARow(refusals_in_a_row_);
  }
  return block;
}

void* ProcessHeap::Allocate(size_t bytes, size_t alignment) {
  if (!Enter()) return nullptr;
  void* block = Count(heap_.Allocate(bytes, alignment, fill_));
  Leave();
  return block;
}

void* ProcessHeap::AllocateZeroed(size_t bytes) {
  if (!Enter()) return nullptr;
  void* block = Count(heap_.Allocate(bytes, kAlignment, Fill::kZeroed));
  Leave();
  return block;
}

void* ProcessHeap::Reallocate(void* block, size_t bytes) {
  if (!Enter()) return nullptr;
  const size_t before = heap_.UsableSize(block);
  if (before == 0) ReportBadFree(heap_.Free(block), block);
  void* result = block;
  if (heap_.ResizeInPlace(block, bytes)) {
    // What is not asked for now may be asked for later, and is zero then too.
    const size_t kept = std::min(before, bytes);
    if (fill_ == Fill::kZeroed) {
      memset(static_cast<char*>(block) + kept, 0,
             heap_.UsableSize(block) - kept);
    }
  } else {
    result = Count(heap_.Allocate(bytes, kAlignment, fill_));
    if (result != nullptr) {
      memcpy(result, block, std::min(before, bytes));
      // It was live a moment ago, under the same lock.
      if (heap_.Free(block) != AllocatorError::kNone) abort();
    }
  }
  Leave();
  return result;
}

void ProcessHeap::Free(void* block) {
  if (block == nullptr) return;
  // A handler that interrupted the heap cannot give anything back to it.
  if (!Enter()) return;
  if (heap_.IsPiece(block)) ReportForeignFree(block);  // a page of a mapping
  const AllocatorError error = heap_.Free(block);
  const bool older = error == AllocatorError::kNotOwned;
  if (older) ++ignored_frees_;
  if (ignored_frees_copy_ != nullptr) *ignored_frees_copy_ = ignored_frees_;
  Leave();
  if (error != AllocatorError::kNone && !older) ReportBadFree(error, block);
}

size_t ProcessHeap::UsableSize(const void* block) {
  if (block == nullptr || !Enter()) return 0;
  const size_t size = heap_.UsableSize(block);
  Leave();
  return size;
}

void* ProcessHeap::AllocatePages(size_t bytes, Fill fill) {
  if (!Enter()) return nullptr;
  void* pages = Count(heap_.AllocateDivided(bytes, kPage, fill));
  Leave();
  return pages;
}

size_t ProcessHeap::FreePages(void* begin, size_t bytes) {
  if (!Enter()) return 0;
  const Range range = Clip(begin, bytes);
  size_t freed = 0;
  for (char* page = PageUp(range.begin); page < range.end; page += kPage) {
    if (heap_.IsPiece(page) && heap_.Free(page) == AllocatorError::kNone) {
      freed += kPage;
    }
  }
  Leave();
  return freed;
}

bool ProcessHeap::ArePages(const void* begin, size_t bytes) {
  if (!Enter()) return false;
  const Range range = Clip(begin, bytes);
  bool all = static_cast<size_t>(range.end - range.begin) == bytes;
  for (char* page = range.begin; all && page < range.end; page += kPage) {
    all = heap_.IsPiece(page);
  }
  Leave();
  return all;
}

bool ProcessHeap::Owns(const void* address) {
  return static_cast<const char*>(address) >= base_ &&
         static_cast<const char*>(address) < base_ + size_;
}

ProcessHeap::Range ProcessHeap::Clip(const void* begin, size_t bytes) {
  const auto from = reinterpret_cast<uintptr_t>(begin);
  const uintptr_t to = from + bytes < from ? UINTPTR_MAX : from + bytes;
  const auto low = reinterpret_cast<uintptr_t>(base_);
  const uintptr_t high = low + size_;
  const uintptr_t first = std::clamp(from, low, high);
  const uintptr_t last = std::clamp(to, first, std::max(first, high));
  return {reinterpret_cast<char*>(first), reinterpret_cast<char*>(last)};
}

}  // namespace cellblock
