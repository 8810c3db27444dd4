// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CELL_H_
#define CELLBLOCK_ALLOCATOR_CELL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "allocator/cell_owner.h"
#include "allocator/consumed.h"
#include "allocator/report.h"

namespace cellblock {

// A handle on an array of T in a pool; dropping it gives the memory back.
//
// T is trivially copyable. Such types begin their life by being given memory
// and end it without a destructor, so elements are neither constructed nor
// destroyed: they hold zero bytes, or in an uninitialised pool what the memory
// held.
//
// Lifecycle: made by an allocator, such as HeapPrealloc::AllocCell. A
//   default-made cell and a refused one are empty: size 0, no memory. One that
//   was moved from or freed is consumed: empty, and its memory is not to be
//   asked for. Assignment brings it back.
// Units: elements.
// Errors: operator[] reports and aborts iff the index is not below size();
//   operator[], data(), begin(), end(), span() and Narrow() do iff the cell is
//   consumed, and so does freeing it again: in every build. With Clang's
//   -Werror=consumed these do not compile within one function (see consumed.h).
// Ownership: owns the memory, move-only. Its owner must outlive it.
// Threads: as the owner, which dropping the cell changes.
// Syscalls: those of the owner's Release; for a pool none.
template <typename T>
class CELLBLOCK_CONSUMABLE Cell {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T> &&
                    !std::is_volatile_v<T>,
                "the elements of a cell are trivially copyable");

 public:
  using value_type = T;

  CELLBLOCK_MADE_EMPTY constexpr Cell() = default;
  Cell(Cell&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        block_bytes_(std::exchange(other.block_bytes_, kConsumed)),
        owner_(other.owner_) {}
  Cell& operator=(Cell&& other) noexcept {
    if (this != &other) {
      Drop();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      block_bytes_ = std::exchange(other.block_bytes_, kConsumed);
      owner_ = other.owner_;
    }
    return *this;
  }
  ~Cell() { Drop(); }

  // For those who write an allocator: a cell of `size` elements at `data`,
  // aligned to T, which `owner` takes back.
  static Cell Adopt(void* data, size_t size, CellOwner* owner) {
    return Adopt({data, size * sizeof(T), owner});
  }
  // The same of a block in bytes, all of which goes back with it; what is left
  // over from the last whole element is not shown.
  static Cell Adopt(const CellMemory& memory) { return Cell(memory); }

  T& operator[](size_t index) CELLBLOCK_USE { return data_[Checked(index)]; }
  const T& operator[](size_t index) const CELLBLOCK_USE {
    return data_[Checked(index)];
  }

  T* data() CELLBLOCK_USE { return CheckedData(); }
  const T* data() const CELLBLOCK_USE { return CheckedData(); }

  T* begin() CELLBLOCK_USE { return CheckedData(); }
  T* end() CELLBLOCK_USE { return CheckedData() + size_; }
  const T* begin() const CELLBLOCK_USE { return CheckedData(); }
  const T* end() const CELLBLOCK_USE { return CheckedData() + size_; }

  std::span<T> span() CELLBLOCK_USE { return {CheckedData(), size_}; }
  std::span<const T> span() const CELLBLOCK_USE {
    return {CheckedData(), size_};
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Shows the first `size` elements of the block, whatever was shown before:
  // a prefix view over a longer one. Reports and aborts iff it has fewer.
  void Narrow(size_t size) CELLBLOCK_USE {
    CheckedData();
    if (size > block_size()) ReportIndexOutOfRange(size, block_size());
    size_ = size;
  }

  // The elements of the whole block.
  size_t block_size() const {
    return IsConsumed() ? 0 : block_bytes_ / sizeof(T);
  }

  // Whether it has memory: false when the allocation was refused, for a cell of
  // no elements, which takes none, and for a consumed one.
  explicit operator bool() const { return data_ != nullptr; }

  // For FreeCell(std::move(cell)): the caller of this answers for the memory.
  operator CellMemory() && CELLBLOCK_USE CELLBLOCK_CONSUMES {
    if (IsConsumed()) ReportConsumedFree();
    size_ = 0;
    return {std::exchange(data_, nullptr),
            std::exchange(block_bytes_, kConsumed), owner_};
  }

 private:
  static constexpr size_t kConsumed = SIZE_MAX;  // as block_bytes_

  explicit Cell(const CellMemory& memory)
      : data_(static_cast<T*>(memory.data)),
        size_(memory.bytes / sizeof(T)),
        block_bytes_(memory.bytes),
        owner_(memory.owner) {}

  bool IsConsumed() const { return block_bytes_ == kConsumed; }

  size_t Checked(size_t index) const {
    if (index >= size_) {
      if (IsConsumed()) ReportConsumedUse();
      ReportIndexOutOfRange(index, size_);
    }
    return index;
  }

  T* CheckedData() const {
    if (IsConsumed()) ReportConsumedUse();
    return data_;
  }

  void Drop() {
    if (data_ == nullptr) return;
    const AllocatorError error = owner_->Release(data_, block_bytes_);
    if (error != AllocatorError::kNone) ReportBadFree(error, data_);
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t block_bytes_ = 0;
  CellOwner* owner_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_CELL_H_
