// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_POOL_OPTIONS_H_
#define CELLBLOCK_ALLOCATOR_POOL_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"

namespace cellblock {

// How free memory is found again: Freelist, in constant time and without loss;
// or FirstFit, the ancestor's slots.
enum class Discipline : uint8_t { kCoalescing, kFirstFit };

// Everything about a pool but where its bytes come from.
struct PoolOptions {
  static constexpr uint32_t kMaxOwners = 1 << 16;

  Fill fill = Fill::kZeroed;
  FillFunction fill_function = nullptr;  // for Fill::kFunction, and only then
  void* fill_context = nullptr;          // handed to it
  Scrub scrub = Scrub::kNever;
  Discipline discipline = Discipline::kCoalescing;
  // Bytes; a block is whole units. Coalescing: a power of two from 16 to 4096,
  // 0 for Heap::UnitFor. First fit: the size of an element, 0 for 1, which
  // serves only elements of alignment 1.
  size_t unit = 0;
  size_t slots = 4096;  // first fit: how many free blocks it remembers
  uint32_t owners = 0;  // coalescing: how many limits can be set
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_POOL_OPTIONS_H_
