// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_PLAIN_HEAP_H_
#define CELLBLOCK_ALLOCATOR_PLAIN_HEAP_H_

#include <concepts>
#include <cstddef>
#include <memory>

#include "allocator/cell.h"
#include "allocator/cell_owner.h"
#include "allocator/error.h"
#include "allocator/fill.h"

namespace cellblock {

// Cells of any types from the process's own heap, one `operator new` each: what
// code for a CellAllocator runs over where there is no pool.
//
// Lifecycle: outlives its cells; does not move. For the setup phase, or for a
//   process that is never locked.
// Units: elements. In front of each block is its alignment, in 16 bytes or in
//   as many as the alignment if that is larger.
// Errors: AllocCell returns an empty cell iff count is 0 or it refuses, with
//   the reason in last_error(): kExhausted iff the bytes overflow or `operator
//   new` has none, kNoFillFunction iff the fill is kFunction. FreeCell reports
//   a cell that is consumed or not of this heap, fatally.
// Ownership: the cells own their memory.
// Threads: none of its own; the caller locks, but may drop cells on any thread.
// Syscalls: those of operator new and delete.
class PlainHeap final : public CellOwner {
 public:
  explicit PlainHeap(Fill fill = Fill::kZeroed);

  template <typename T>
  [[nodiscard]] Cell<T> AllocCell(size_t count) {
    void* const block = AllocateArray(count, sizeof(T), alignof(T));
    if (block == nullptr) return Cell<T>();
    return Cell<T>::Adopt(block, count, this);
  }

  // Takes a cell back: FreeCell(std::move(cell)). An empty one is nothing.
  void FreeCell(CellMemory cell);

  // Why the last allocation was refused; kNone if it was not.
  AllocatorError last_error() const { return last_error_; }

 private:
  static AllocatorError Delete(CellOwner& self, void* data, size_t bytes);

  void* AllocateArray(size_t count, size_t element_bytes,
                      size_t element_alignment);

  Fill fill_;
  AllocatorError last_error_ = AllocatorError::kNone;
};

// A PlainHeap for cells of T, each of whose elements is a copy of one value.
//
// Lifecycle, Units, Errors, Ownership, Threads, Syscalls: as PlainHeap.
template <typename T>
class DefaultValueHeap {
 public:
  explicit DefaultValueHeap(const T& value = T()) : value_(value) {}

  template <std::same_as<T> U = T>
  [[nodiscard]] Cell<T> AllocCell(size_t count) {
    Cell<T> cell = heap_.AllocCell<T>(count);
    if (cell) std::uninitialized_fill(cell.begin(), cell.end(), value_);
    return cell;
  }

  void FreeCell(CellMemory cell) { heap_.FreeCell(cell); }

  AllocatorError last_error() const { return heap_.last_error(); }

 private:
  PlainHeap heap_{Fill::kUninitialized};
  T value_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_PLAIN_HEAP_H_
