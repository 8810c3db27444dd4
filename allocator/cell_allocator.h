// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CELL_ALLOCATOR_H_
#define CELLBLOCK_ALLOCATOR_CELL_ALLOCATOR_H_

#include <concepts>
#include <cstddef>
#include <utility>

#include "allocator/cell.h"

namespace cellblock {

// Whoever hands out cells of T and takes them back, so that code can be written
// once and run over any of them: HeapPrealloc, PlainHeap, DefaultValueHeap,
// CellCache, or a class of the user's own. That one derives from CellOwner,
// makes its cells with Cell::Adopt and takes them back as a CellMemory.
//
//   template <typename Allocator>
//     requires CellAllocator<Allocator, Pixel>
//   bool Decode(Allocator& allocator);
//
// What the compiler cannot check: AllocCell returns a cell of `count` elements
// or more, or an empty one iff count is 0 or there is no room; what they hold,
// the allocator says. FreeCell of an empty cell is nothing. A cell that is
// dropped has gone back as well.
template <typename A, typename T = std::byte>
concept CellAllocator = requires(A& allocator, size_t count, Cell<T> cell) {
  { allocator.template AllocCell<T>(count) } -> std::same_as<Cell<T>>;
  { allocator.FreeCell(std::move(cell)) } -> std::same_as<void>;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_CELL_ALLOCATOR_H_
