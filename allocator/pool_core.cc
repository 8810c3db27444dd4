// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/pool_core.h"

#include <string.h>

#include <new>
#include <type_traits>

namespace cellblock {
namespace {

static_assert(std::is_trivially_destructible_v<Heap> &&
                  std::is_trivially_destructible_v<FirstFitHeap>,
              "a core is abandoned with its memory");

// A mapping starts at a page, and no page is smaller than this.
constexpr size_t kMaxUnitBytes = 4096;

constexpr bool IsPowerOfTwo(size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

// `needed` is what TableBytes or FurtherTableBytes says.
AllocatorError CheckTable(const PoolMemory& memory, size_t needed) {
  if (needed == SIZE_MAX) return AllocatorError::kTooLarge;
  return needed == 0 || memory.table_bytes < needed ? AllocatorError::kTooSmall
                                                    : AllocatorError::kNone;
}

// At the front of the table.
FirstFitPart* MakeFirstFitPart(const PoolMemory& memory) {
  FirstFitPart* const part = new (memory.table) FirstFitPart();
  part->base = memory.base;
  part->bytes = memory.bytes;
  part->content = memory.content;
  return part;
}

}  // namespace

PoolCore::PoolCore(const PoolOptions& options)
    : CellOwner(&ReleaseCell),
      options_(options),
      is_plain_(options.discipline == Discipline::kCoalescing &&
                options.fill != Fill::kFunction) {
  if (is_coalescing()) {
    new (&heap_) Heap();
  } else {
    new (&first_fit_) FirstFitHeap();
  }
}

AllocatorError PoolCore::CheckOptions(const PoolOptions& options) {
  if ((options.fill == Fill::kFunction) != (options.fill_function != nullptr)) {
    return AllocatorError::kNoFillFunction;
  }
  if (options.discipline == Discipline::kFirstFit) {
    if (options.slots == 0) return AllocatorError::kZeroSlots;
    if (options.owners != 0) return AllocatorError::kNeedsCoalescing;
    return AllocatorError::kNone;
  }
  if (options.owners > PoolOptions::kMaxOwners) {
    return AllocatorError::kTooLarge;
  }
  const bool good_unit = options.unit == 0 || (IsPowerOfTwo(options.unit) &&
                                               options.unit >= Heap::kMinUnit &&
                                               options.unit <= kMaxUnitBytes);
  return good_unit ? AllocatorError::kNone : AllocatorError::kBadAlignment;
}

size_t PoolCore::TableBytes(size_t bytes, const PoolOptions& options) {
  if (options.discipline == Discipline::kFirstFit) {
    const size_t table = FirstFit::TableBytes(options.slots);
    size_t total = 0;
    return table == 0 ||
                   __builtin_add_overflow(table, sizeof(FirstFitPart), &total)
               ? SIZE_MAX
               : total;
  }
  const size_t owners = size_t{options.owners} * sizeof(OwnerStats);
  if (bytes / options.unit > Freelist::kMaxUnits) return SIZE_MAX;
  const size_t tags = Heap::TableBytesFor(bytes, options.unit);
  return tags == 0 ? 0 : owners + tags;
}

size_t PoolCore::FurtherTableBytes(size_t bytes, const PoolOptions& options) {
  if (options.discipline == Discipline::kFirstFit) return sizeof(FirstFitPart);
  if (bytes / options.unit > Freelist::kMaxUnits) return SIZE_MAX;
  const size_t tags = Heap::TableBytesFor(bytes, options.unit);
  return tags == 0 ? 0 : sizeof(HeapPart) + tags;
}

AllocatorError PoolCore::Attach(const PoolMemory& memory) {
  const AllocatorError error =
      CheckTable(memory, TableBytes(memory.bytes, options_));
  if (error != AllocatorError::kNone) return error;
  std::byte* const table = static_cast<std::byte*>(memory.table);
  if (!is_coalescing()) {
    return first_fit_.Attach(
        {.slots = table + sizeof(FirstFitPart),
         .bytes = memory.table_bytes - sizeof(FirstFitPart),
         .count = options_.slots,
         .unit = options_.unit},
        MakeFirstFitPart(memory));
  }
  const size_t owners = size_t{options_.owners} * sizeof(OwnerStats);
  return heap_.Attach({.base = memory.base,
                       .bytes = memory.bytes,
                       .table = table + owners,
                       .table_bytes = memory.table_bytes - owners,
                       .unit = options_.unit,
                       .content = memory.content,
                       .table_content = memory.table_content,
                       .stats = nullptr,
                       .owners = new (table) OwnerStats[options_.owners],
                       .owner_count = options_.owners});
}

AllocatorError PoolCore::Grow(const PoolMemory& memory) {
  const AllocatorError error =
      CheckTable(memory, FurtherTableBytes(memory.bytes, options_));
  if (error != AllocatorError::kNone) return error;
  if (!is_coalescing()) return first_fit_.Grow(MakeFirstFitPart(memory));
  std::byte* const table = static_cast<std::byte*>(memory.table);
  return heap_.Grow(new (table) HeapPart(),
                    {.base = memory.base,
                     .bytes = memory.bytes,
                     .table = table + sizeof(HeapPart),
                     .table_bytes = memory.table_bytes - sizeof(HeapPart),
                     .content = memory.content,
                     .table_content = memory.table_content});
}

void PoolCore::Initialize(void* block, size_t bytes) const {
  if (options_.fill != Fill::kFunction || block == nullptr) return;
  options_.fill_function(block, bytes, options_.fill_context);
}

void* PoolCore::Reallocate(void* block, size_t before, size_t bytes,
                           size_t alignment) {
  last_error_ = AllocatorError::kNone;
  const bool aligned =
      (reinterpret_cast<uintptr_t>(block) & (alignment - 1)) == 0;
  const size_t kept = before < bytes ? before : bytes;
  std::byte* const old = static_cast<std::byte*>(block);
  if (IsPowerOfTwo(alignment) && aligned &&
      heap_.ResizeInPlace(block, bytes, options_.scrub, options_.fill)) {
    // What is not asked for now may be asked for later, and is the pool's fill
    // then too. The heap has cleared what is beyond the old end.
    const size_t usable = heap_.UsableSize(block);
    const size_t end = before < usable ? before : usable;
    if (options_.fill == Fill::kZeroed) memset(old + kept, 0, end - kept);
    Initialize(old + kept, usable - kept);
    last_error_ = AllocatorError::kNone;
    return block;
  }
  const OwnerId owner = heap_.OwnerOf(block);
  void* const moved = Allocate(bytes, alignment, owner).data;
  if (moved == nullptr) return nullptr;
  memcpy(moved, block, kept);
  // It was live a moment ago.
  if (heap_.Free(block, options_.scrub) != AllocatorError::kNone) {
    __builtin_trap();
  }
  return moved;
}

// What is not plain: nothing, the user's function, or first fit.
PoolBlock PoolCore::AllocateAny(size_t bytes, size_t alignment, OwnerId owner) {
  last_error_ = AllocatorError::kNone;
  if (bytes == 0) return {};
  if (is_coalescing()) {
    void* const block = heap_.Allocate(bytes, alignment, options_.fill, owner);
    if (block == nullptr) {
      last_error_ = heap_.refusal();
      return {};
    }
    Initialize(block, heap_.UsableSize(block));
    last_error_ = AllocatorError::kNone;  // the function may use the pool
    return {block, bytes};
  }
  if (owner != kNoOwner) {
    last_error_ = AllocatorError::kNoSuchOwner;
  } else if (!first_fit_.Aligns(alignment)) {
    last_error_ = AllocatorError::kBadAlignment;
  } else {
    const FirstFitBlock block =
        first_fit_.Allocate(bytes, alignment, options_.fill);
    Initialize(block.data, block.bytes);
    last_error_ = block.data == nullptr ? AllocatorError::kExhausted
                                        : AllocatorError::kNone;
    return {block.data, block.bytes};
  }
  return {};
}

AllocatorError PoolCore::Free(void* data, size_t bytes) {
  return is_coalescing() ? heap_.Free(data, options_.scrub)
                         : first_fit_.Free({data, bytes}, options_.scrub);
}

AllocatorError PoolCore::ReleaseCell(CellOwner& self, void* data,
                                     size_t bytes) {
  return static_cast<PoolCore&>(self).Free(data, bytes);
}

const HeapStats& PoolCore::stats() const {
  return is_coalescing() ? heap_.stats() : first_fit_.stats();
}

size_t PoolCore::LargestFree() const {
  return is_coalescing() ? heap_.LargestFree() : first_fit_.LargestFree();
}

HeapCheck PoolCore::Validate() const {
  return is_coalescing() ? heap_.Validate() : first_fit_.Validate();
}

}  // namespace cellblock
