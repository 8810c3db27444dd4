// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap_prealloc.h"

#include <new>
#include <type_traits>
#include <utility>

namespace cellblock {
namespace {

static_assert(std::is_trivially_destructible_v<Heap>,
              "the heap is abandoned with its region");
static_assert(sizeof(Heap) % alignof(uint64_t) == 0,
              "the table follows the heap");

// A mapping starts at a page, and no page is smaller than this.
constexpr size_t kMaxUnitBytes = 4096;

// Served when there is no pool.
constexpr HeapStats kNoStats;

// What CreateOver makes of a buffer, in offsets from its start:
// [ pad ][ heap ][ table ][ pad ][ pool ]
struct Layout {
  size_t heap;
  size_t table;
  size_t table_bytes;
  size_t pool;
  size_t pool_bytes;  // 0: the buffer is too small
};

size_t PadTo(uintptr_t address, size_t alignment) {
  return -address & (alignment - 1);
}

Layout LayOut(uintptr_t base, size_t bytes, size_t unit) {
  Layout layout = {};
  layout.heap = PadTo(base, alignof(Heap));
  layout.table = layout.heap + sizeof(Heap);
  if (layout.table >= bytes) return layout;
  // The list heads and the padding are left out of the estimate, so that it
  // can only be too high, by what they take.
  const size_t left = bytes - layout.table;
  size_t units = left / (unit + 8);
  if (units > Freelist::kMaxUnits) units = Freelist::kMaxUnits;
  for (; units > 0; --units) {
    layout.table_bytes = Heap::TableBytesFor(units * unit, unit);
    if (layout.table_bytes > left) continue;
    const size_t end = layout.table + layout.table_bytes;
    layout.pool = end + PadTo(base + end, unit);
    if (layout.pool <= bytes && units * unit <= bytes - layout.pool) {
      layout.pool_bytes = units * unit;
      return layout;
    }
  }
  return layout;
}

}  // namespace

Result<HeapPrealloc> HeapPrealloc::Create(const HeapPreallocOptions& options) {
  Result<Region> pool =
      Region::Map({.bytes = options.bytes, .commit = options.commit});
  if (!pool.ok()) return {pool.error(), pool.os_error()};
  const size_t unit =
      options.unit != 0 ? options.unit : Heap::UnitFor(pool->size());
  if (unit > kMaxUnitBytes) return AllocatorError::kBadAlignment;
  const size_t table_bytes = Heap::TableBytesFor(pool->size(), unit);
  Result<Region> table = Region::Map(
      {.bytes = sizeof(Heap) + table_bytes, .commit = options.commit});
  if (!table.ok()) return {table.error(), table.os_error()};

  Heap* const heap = new (table->data()) Heap();
  const AllocatorError error =
      heap->Attach({.base = pool->data(),
                    .bytes = pool->size(),
                    .table = table->data() + sizeof(Heap),
                    .table_bytes = table_bytes,
                    .unit = unit,
                    .content = pool->content(),
                    .table_content = table->content(),
                    .stats = nullptr});
  if (error != AllocatorError::kNone) return error;
  return HeapPrealloc(std::move(*pool), std::move(*table), heap, options.fill);
}

Result<HeapPrealloc> HeapPrealloc::CreateOver(
    void* buffer, size_t bytes, const BorrowedPoolOptions& options) {
  Result<Region> pool = Region::Borrow(buffer, bytes, options.content);
  if (!pool.ok()) return {pool.error(), pool.os_error()};
  const size_t unit = options.unit != 0 ? options.unit : Heap::UnitFor(bytes);
  if (Heap::TableBytesFor(unit, unit) == 0) {
    return AllocatorError::kBadAlignment;
  }
  const Layout layout =
      LayOut(reinterpret_cast<uintptr_t>(buffer), bytes, unit);
  if (layout.pool_bytes == 0) return AllocatorError::kTooSmall;

  Heap* const heap = new (pool->data() + layout.heap) Heap();
  const AllocatorError error =
      heap->Attach({.base = pool->data() + layout.pool,
                    .bytes = layout.pool_bytes,
                    .table = pool->data() + layout.table,
                    .table_bytes = layout.table_bytes,
                    .unit = unit,
                    .content = pool->content(),
                    .table_content = pool->content(),
                    .stats = nullptr});
  if (error != AllocatorError::kNone) return error;
  return HeapPrealloc(std::move(*pool), Region(), heap, options.fill);
}

HeapPrealloc::HeapPrealloc(Region pool, Region table, Heap* heap, Fill fill)
    : pool_(std::move(pool)),
      table_(std::move(table)),
      heap_(heap),
      fill_(fill) {}

HeapPrealloc::HeapPrealloc(HeapPrealloc&& other) noexcept
    : pool_(std::move(other.pool_)),
      table_(std::move(other.table_)),
      heap_(std::exchange(other.heap_, nullptr)),
      fill_(other.fill_),
      last_error_(other.last_error_) {}

HeapPrealloc& HeapPrealloc::operator=(HeapPrealloc&& other) noexcept {
  if (this == &other) return *this;
  pool_ = std::move(other.pool_);
  table_ = std::move(other.table_);
  heap_ = std::exchange(other.heap_, nullptr);
  fill_ = other.fill_;
  last_error_ = other.last_error_;
  return *this;
}

void* HeapPrealloc::AllocateArray(size_t count, size_t element_bytes,
                                  size_t element_alignment,
                                  CellOptions options) {
  last_error_ = AllocatorError::kNone;
  const size_t alignment = options.alignment > element_alignment
                               ? options.alignment
                               : element_alignment;
  if (options.alignment == 0 || (alignment & (alignment - 1)) != 0) {
    last_error_ = AllocatorError::kBadAlignment;
    return nullptr;
  }
  if (count == 0) return nullptr;
  // A size that overflows is refused and recorded like any that is too large.
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, element_bytes, &bytes)) bytes = SIZE_MAX;
  void* const block =
      heap_ == nullptr ? nullptr : heap_->Allocate(bytes, alignment, fill_);
  if (block == nullptr) last_error_ = AllocatorError::kExhausted;
  return block;
}

void HeapPrealloc::FreeCell(CellMemory cell) {
  if (cell.data == nullptr) return;
  if (cell.heap != heap_) ReportForeignFree(cell.data);
  const AllocatorError error = heap_->Free(cell.data);
  if (error != AllocatorError::kNone) ReportBadFree(error, cell.data);
}

const HeapStats& HeapPrealloc::stats() const {
  return heap_ == nullptr ? kNoStats : heap_->stats();
}

size_t HeapPrealloc::LargestFree() const {
  return heap_ == nullptr ? 0 : heap_->LargestFree();
}

HeapCheck HeapPrealloc::Validate() const {
  return heap_ == nullptr ? HeapCheck() : heap_->Validate();
}

void HeapPrealloc::RetainMemory() {
  pool_.Retain();
  table_.Retain();
}

}  // namespace cellblock
