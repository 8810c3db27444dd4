// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CELL_CACHE_H_
#define CELLBLOCK_ALLOCATOR_CELL_CACHE_H_

#include <concepts>
#include <cstddef>
#include <cstring>
#include <utility>

#include "allocator/cell.h"
#include "allocator/cell_allocator.h"
#include "allocator/fill.h"

namespace cellblock {

// Keeps the largest cell that was freed and hands it out again, as a prefix
// view if fewer elements are asked for: for code that frees a buffer in order
// to take one of about the same size.
//
//   CellCache<HeapPrealloc, int> cache(pool);
//   Cell<int> cell = cache.AllocCell(1000);
//   cache.FreeCell(std::move(cell));
//   cell = cache.AllocCell(600);  // the same block: block_size() is 1000
//
// What a block from the cache holds, kFill says, whatever the allocator
// underneath promises. kZeroed: the elements asked for are zero bytes; those
// that Narrow can show beyond them are as they were freed. kUninitialized: all
// are as they were freed. What is kept is in use and not scrubbed.
//
// Lifecycle: as the allocator, which outlives it and does not move meanwhile;
// what it keeps goes back in
//   the destructor. A cell that is dropped, not given to FreeCell, goes back to
//   the allocator and past the cache.
// Units: elements. AllocCell clears as many as are asked for.
// Errors: AllocCell returns an empty cell iff the allocator does. If that is
//   for lack of room, the block that was kept is given back first and the
//   allocator asked again, so it counts a refusal more. A cell of another
//   allocator is noticed when it is given to this one, which may be at the end.
// Ownership: owns the cell that it keeps; borrows the allocator.
// Threads: as the allocator.
// Syscalls: those of the allocator.
template <typename Allocator, typename T, Fill kFill = Fill::kZeroed>
requires CellAllocator<Allocator, T>
class CellCache {
  static_assert(kFill != Fill::kFunction, "a cache has no fill function");

 public:
  explicit CellCache(Allocator& allocator) : allocator_(allocator) {}
  CellCache(const CellCache&) = delete;
  CellCache& operator=(const CellCache&) = delete;
  ~CellCache() { Clear(); }

  template <std::same_as<T> U = T>
  [[nodiscard]] Cell<T> AllocCell(size_t count) {
    if (count != 0 && count <= kept_.block_size()) {
      Cell<T> cell = Take();
      cell.Narrow(count);
      if constexpr (kFill == Fill::kZeroed) {
        std::memset(static_cast<void*>(cell.data()), 0, count * sizeof(T));
      }
      return cell;
    }
    Cell<T> cell = allocator_.template AllocCell<T>(count);
    if (count == 0 || cell || !kept_) return cell;
    Clear();
    return allocator_.template AllocCell<T>(count);
  }

  // Takes a cell of the allocator back: FreeCell(std::move(cell)). Keeps it if
  // it is larger than the one kept, and gives the other to the allocator.
  void FreeCell(CellMemory memory) {
    Cell<T> cell = Cell<T>::Adopt(memory);
    if (cell.block_size() > kept_.block_size()) {
      cell = std::exchange(kept_, std::move(cell));
    }
    allocator_.FreeCell(std::move(cell));
  }
  // A cache is for one type.
  template <typename U>
  requires(!std::same_as<U, T>) void FreeCell(Cell<U>&& cell) = delete;

  // Gives what is kept back to the allocator.
  void Clear() { allocator_.FreeCell(Take()); }

  // The elements of the block that is kept; 0 if none is.
  size_t kept() const { return kept_.block_size(); }

 private:
  // Leaves an empty cell, not a consumed one.
  Cell<T> Take() { return std::exchange(kept_, Cell<T>()); }

  Allocator& allocator_;
  Cell<T> kept_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_CELL_CACHE_H_
