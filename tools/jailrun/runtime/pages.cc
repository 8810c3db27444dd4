// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/runtime/pages.h"

#include <string.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/slab_pool.h"
#include "allocator/region.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

using Range = ProcessHeap::Range;

// Never handed to malloc: of a SlabPool only its pages are used.
constinit SlabPool g_reserve;

// What was ever made accessible may hold something; the rest of a reservation,
// nearly all of it, need not be looked at when it comes back.
constexpr size_t kChunk = size_t{2} << 20;
constexpr size_t kMostChunks = (size_t{64} << 30) / kChunk;
constinit std::atomic<bool> g_opened[kMostChunks] = {};

ProcessHeap& Pool() { return ProcessHeap::Get(); }

Range InReserve(const void* begin, size_t bytes) {
  const auto from = reinterpret_cast<uintptr_t>(begin);
  const uintptr_t to = from + bytes < from ? UINTPTR_MAX : from + bytes;
  const uintptr_t low = g_reserve.base();
  const uintptr_t high = low + g_reserve.bytes();
  const uintptr_t first = std::clamp(from, low, high);
  const uintptr_t last = std::clamp(to, first, std::max(first, high));
  return {reinterpret_cast<char*>(first), reinterpret_cast<char*>(last)};
}

size_t BytesOf(const Range& range) {
  return static_cast<size_t>(range.end - range.begin);
}

// Zeroes what was just taken.
void ClearOpened(char* begin, char* end) {
  const auto base = reinterpret_cast<char*>(g_reserve.base());
  for (char* at = begin; at < end;) {
    const size_t chunk = static_cast<size_t>(at - base) / kChunk;
    char* const chunk_end = base + (chunk + 1) * kChunk;
    char* const to = std::min(chunk_end, end);
    if (g_opened[chunk].load(std::memory_order_relaxed)) {
      ClearTouched(at, static_cast<size_t>(to - at));
      if (at == chunk_end - kChunk && to == chunk_end) {
        g_opened[chunk].store(false, std::memory_order_relaxed);
      }
    }
    at = to;
  }
}

[[noreturn]] void FailReserve(int error) {
  char reason[160] = "--reserve: the address space cannot be had: ";
  strncat(reason, strerrordesc_np(error), 60);
  FailSetup(reason);
}

char* MapForever(size_t bytes) {
  Result<Region> region = Region::Map({.bytes = bytes});
  if (!region.ok()) FailReserve(region.os_error());
  region->Retain();
  return reinterpret_cast<char*>(region->data());
}

}  // namespace

void LayReserve() {
  Control* control = TheControl();
  const size_t bytes = control->reserve_bytes;
  if (bytes == 0) return;
  const size_t side_bytes = SlabPool::SideBytesFor(bytes);
  const AllocatorError error = g_reserve.Attach({.base = MapForever(bytes),
                                                 .bytes = bytes,
                                                 .side = MapForever(side_bytes),
                                                 .side_bytes = side_bytes,
                                                 .content = Content::kZero,
                                                 .side_content = Content::kZero,
                                                 .stats = &control->reserve});
  if (error != AllocatorError::kNone) FailSetup(Message(error));
}

Range Reserve() { return InReserve(nullptr, SIZE_MAX); }

char* TakePages(size_t bytes, Fill fill) {
  return static_cast<char*>(Pool().AllocatePages(bytes, fill));
}

char* TakeReservedPages(size_t bytes) {
  auto* const pages =
      static_cast<char*>(g_reserve.TryPages(bytes, Fill::kUninitialized));
  if (pages != nullptr) ClearOpened(pages, pages + bytes);
  return pages;
}

void OpenPages(const void* begin, size_t bytes) {
  const Range range = InReserve(begin, bytes);
  const size_t first = static_cast<size_t>(
      reinterpret_cast<uintptr_t>(range.begin) - g_reserve.base());
  for (size_t at = first / kChunk * kChunk; at < first + BytesOf(range);
       at += kChunk) {
    g_opened[at / kChunk].store(true, std::memory_order_relaxed);
  }
}

bool ClaimPages(void* begin, size_t bytes, OtherPages others) {
  const Range range = InReserve(begin, bytes);
  if (bytes != 0 && BytesOf(range) == bytes) {
    return g_reserve.ClaimPages(range.begin, range.end, others,
                                Fill::kUninitialized);
  }
  return Pool().ClaimPages(begin, bytes, others, Fill::kUninitialized);
}

void FreePages(void* begin, size_t bytes) {
  Pool().FreePages(begin, bytes);
  const Range range = InReserve(begin, bytes);
  if (range.begin != range.end) g_reserve.FreePages(range.begin, range.end);
}

bool ArePages(const void* begin, size_t bytes) {
  const Range range = InReserve(begin, bytes);
  if (bytes != 0 && BytesOf(range) == bytes) {
    return g_reserve.ArePages(range.begin, range.end);
  }
  return Pool().ArePages(begin, bytes);
}

size_t BytesOfPages(const void* begin, size_t bytes) {
  return BytesOf(Pool().Clip(begin, bytes)) + BytesOf(InReserve(begin, bytes));
}

}  // namespace cellblock
