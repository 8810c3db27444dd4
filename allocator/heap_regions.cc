// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap_regions.h"

#include <stdlib.h>
#include <string.h>

#include <new>

namespace cellblock {
namespace {

void* AcquireByCalloc(size_t bytes, void* /*context*/) {
  return calloc(1, bytes);
}

void* AcquireByMalloc(size_t bytes, void* /*context*/) { return malloc(bytes); }

void* AcquireByNew(size_t bytes, void* /*context*/) {
  return operator new[](bytes, std::nothrow);
}

void* AcquireZeroedByNew(size_t bytes, void* context) {
  void* const block = AcquireByNew(bytes, context);
  return block == nullptr ? nullptr : memset(block, 0, bytes);
}

void ReleaseByFree(void* block, size_t /*bytes*/, void* /*context*/) {
  free(block);
}

void ReleaseByDelete(void* block, size_t /*bytes*/, void* /*context*/) {
  operator delete[](block);
}

Result<Region> FromHeap(RegionSource source, size_t bytes, Release release) {
  if (bytes > PTRDIFF_MAX) return AllocatorError::kTooLarge;
  if (release == Release::kNever) source.release = nullptr;
  return Region::From(source, bytes);
}

}  // namespace

Result<Region> CallocRegion(size_t bytes, Release release) {
  return FromHeap({.acquire = AcquireByCalloc,
                   .release = ReleaseByFree,
                   .content = Content::kZero},
                  bytes, release);
}

Result<Region> MallocRegion(size_t bytes, Release release) {
  return FromHeap({.acquire = AcquireByMalloc,
                   .release = ReleaseByFree,
                   .content = Content::kUnknown},
                  bytes, release);
}

Result<Region> NewRegion(size_t bytes, Fill fill, Release release) {
  switch (fill) {
    case Fill::kZeroed:
      return FromHeap({.acquire = AcquireZeroedByNew,
                       .release = ReleaseByDelete,
                       .content = Content::kZero},
                      bytes, release);
    case Fill::kUninitialized:
      return FromHeap({.acquire = AcquireByNew,
                       .release = ReleaseByDelete,
                       .content = Content::kUnknown},
                      bytes, release);
    case Fill::kFunction:
      break;
  }
  return AllocatorError::kNoFillFunction;
}

}  // namespace cellblock
