// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CELL_OWNER_H_
#define CELLBLOCK_ALLOCATOR_CELL_OWNER_H_

#include <cstddef>

#include "allocator/error.h"

namespace cellblock {

// Whoever a cell's memory goes back to. A class that hands out cells derives
// from it and makes them with Cell::Adopt.
//
// Lifecycle: outlives every cell that names it; does not move.
// Errors: Release returns why the memory cannot be taken back; the cell then
//   reports it, fatally.
// Threads, Syscalls: as the derived class says.
class CellOwner {
 public:
  CellOwner(const CellOwner&) = delete;
  CellOwner& operator=(const CellOwner&) = delete;

  // `data` and `bytes` are those of Cell::Adopt.
  [[nodiscard]] AllocatorError Release(void* data, size_t bytes) {
    return release_(*this, data, bytes);
  }

 protected:
  // Not virtual: the core is built without RTTI, its users are not.
  using ReleaseFunction = AllocatorError (*)(CellOwner& self, void* data,
                                             size_t bytes);
  constexpr explicit CellOwner(ReleaseFunction release) : release_(release) {}
  ~CellOwner() = default;

 private:
  ReleaseFunction release_;
};

// The memory of a cell on its way back to its owner: what a Cell turns into
// when it is given to FreeCell. Nothing happens if it is dropped.
struct CellMemory {
  void* data;
  size_t bytes;
  CellOwner* owner;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_CELL_OWNER_H_
