// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CELL_H_
#define CELLBLOCK_ALLOCATOR_CELL_H_

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "allocator/consumed.h"
#include "allocator/heap.h"
#include "allocator/report.h"

namespace cellblock {

// The memory of a cell on its way back to its pool: what a Cell turns into when
// it is given to HeapPrealloc::FreeCell. Nothing happens if it is dropped.
struct CellMemory {
  void* data;
  Heap* heap;
};

// A handle on an array of T in a pool; dropping it gives the memory back.
//
// T is trivially copyable. Such types begin their life by being given memory
// and end it without a destructor, so elements are neither constructed nor
// destroyed: they hold zero bytes, or in an uninitialised pool what the memory
// held.
//
// Lifecycle: made by HeapPrealloc::Allocate; default-made, moved from and
//   freed cells are empty, with size 0 and no memory.
// Units: elements.
// Errors: operator[] reports and aborts iff the index is not below size(), in
//   every build. With Clang's -Wconsumed, use after a move or a free within
//   one function does not compile warning-free (see consumed.h).
// Ownership: owns the memory, move-only. The pool must outlive the cell.
// Threads: as the pool, which dropping the cell changes.
// Syscalls: none.
template <typename T>
class CELLBLOCK_CONSUMABLE Cell {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T> &&
                    !std::is_volatile_v<T>,
                "the elements of a cell are trivially copyable");

 public:
  using value_type = T;

  constexpr Cell() = default;
  Cell(Cell&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        heap_(std::exchange(other.heap_, nullptr)) {}
  Cell& operator=(Cell&& other) noexcept {
    if (this != &other) {
      Drop();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      heap_ = std::exchange(other.heap_, nullptr);
    }
    return *this;
  }
  ~Cell() { Drop(); }

  T& operator[](size_t index) CELLBLOCK_USE {
    if (index >= size_) ReportIndexOutOfRange(index, size_);
    return data_[index];
  }
  const T& operator[](size_t index) const CELLBLOCK_USE {
    if (index >= size_) ReportIndexOutOfRange(index, size_);
    return data_[index];
  }

  T* begin() CELLBLOCK_USE { return data_; }
  T* end() CELLBLOCK_USE { return data_ + size_; }
  const T* begin() const CELLBLOCK_USE { return data_; }
  const T* end() const CELLBLOCK_USE { return data_ + size_; }

  T* data() CELLBLOCK_USE { return data_; }
  const T* data() const CELLBLOCK_USE { return data_; }

  std::span<T> span() CELLBLOCK_USE { return {data_, size_}; }
  std::span<const T> span() const CELLBLOCK_USE { return {data_, size_}; }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Whether it has memory: false when the allocation was refused, and for a
  // cell of no elements, which takes none.
  explicit operator bool() const CELLBLOCK_TESTS { return data_ != nullptr; }

  // For FreeCell(std::move(cell)): the caller of this answers for the memory.
  operator CellMemory() && CELLBLOCK_USE CELLBLOCK_CONSUMES {
    size_ = 0;
    return {std::exchange(data_, nullptr), std::exchange(heap_, nullptr)};
  }

 private:
  friend class HeapPrealloc;

  Cell(T* data, size_t size, Heap* heap)
      : data_(data), size_(size), heap_(heap) {}

  void Drop() {
    if (data_ == nullptr) return;
    const AllocatorError error = heap_->Free(data_);
    if (error != AllocatorError::kNone) ReportBadFree(error, data_);
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  Heap* heap_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_CELL_H_
