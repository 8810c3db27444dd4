// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/plain_heap.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#include "allocator/report.h"

namespace cellblock {
namespace {

constexpr size_t kLeastAlignment = 16;
static_assert(kLeastAlignment >= sizeof(size_t), "the alignment is kept there");

// [ pad | alignment ][ data ... ]: operator delete must be told what operator
// new was, and the owner of a cell hears its bytes only.
void* Keep(void* block, size_t alignment) {
  std::byte* const data = static_cast<std::byte*>(block) + alignment;
  std::memcpy(data - sizeof(alignment), &alignment, sizeof(alignment));
  return data;
}

size_t KeptAlignment(const void* data) {
  size_t alignment;
  std::memcpy(&alignment,
              static_cast<const std::byte*>(data) - sizeof(alignment),
              sizeof(alignment));
  return alignment;
}

void DeleteBlock(void* data) {
  const size_t alignment = KeptAlignment(data);
  operator delete (static_cast<std::byte*>(data) - alignment,
                   std::align_val_t{alignment});
}

}  // namespace

PlainHeap::PlainHeap(Fill fill) : CellOwner(&Delete), fill_(fill) {}

void PlainHeap::FreeCell(CellMemory cell) {
  if (cell.data == nullptr) return;
  if (cell.owner != this) ReportForeignFree(cell.data);
  DeleteBlock(cell.data);
}

AllocatorError PlainHeap::Delete(CellOwner&, void* data, size_t) {
  DeleteBlock(data);
  return AllocatorError::kNone;
}

void* PlainHeap::AllocateArray(size_t count, size_t element_bytes,
                               size_t element_alignment) {
  last_error_ = AllocatorError::kNone;
  if (count == 0) return nullptr;
  if (fill_ == Fill::kFunction) {
    last_error_ = AllocatorError::kNoFillFunction;
    return nullptr;
  }
  last_error_ = AllocatorError::kExhausted;
  const size_t alignment = std::max(element_alignment, kLeastAlignment);
  size_t bytes;
  size_t room;
  if (__builtin_mul_overflow(count, element_bytes, &bytes) ||
      __builtin_add_overflow(bytes, alignment, &room) || room > PTRDIFF_MAX) {
    return nullptr;
  }
  void* const block = operator new (room, std::align_val_t{alignment},
                                    std::nothrow);
  if (block == nullptr) return nullptr;
  last_error_ = AllocatorError::kNone;
  void* const data = Keep(block, alignment);
  if (fill_ == Fill::kZeroed) std::memset(data, 0, bytes);
  return data;
}

}  // namespace cellblock
