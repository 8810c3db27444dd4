// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Every form of operator new and delete, over the process heap. Of libstdc++
// they need what libstdcxx.h says.

#include <cstddef>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/libstdcxx.h"
#include "allocator/malloc/process_heap.h"

// <new> would declare what is defined here with other attributes.
namespace std {
enum class align_val_t : size_t;
struct nothrow_t;
}  // namespace std

#define CELLBLOCK_EXPORT __attribute__((visibility("default"), noinline))

namespace {

using cellblock::ProcessHeap;
namespace libstdcxx = cellblock::libstdcxx;
using libstdcxx::Form;

void* TryNew(size_t size, size_t alignment) {
  return alignment <= ProcessHeap::kAlignment
             ? cellblock::process::AllocateSlowly(size)
             : ProcessHeap::Get().Allocate(size, alignment);
}

// [new.delete.single]: the new-handler is called until it gives up.
[[gnu::noinline]] void* NewSlowly(size_t size, size_t alignment) {
  for (;;) {
    if (void* const block = TryNew(size, alignment)) return block;
    const libstdcxx::NewHandler handler = libstdcxx::GetNewHandler();
    if (handler == nullptr) libstdcxx::ThrowBadAlloc();
    handler();
  }
}

size_t Bytes(std::align_val_t alignment) {
  return static_cast<size_t>(alignment);
}

using New = void*(size_t);
using AlignedNew = void*(size_t, std::align_val_t);

// The forms of this file, whatever the program has instead.
#define CELLBLOCK_ALIAS(name) \
  __attribute__((alias(name), visibility("hidden"), malloc, alloc_size(1)))
extern "C" CELLBLOCK_ALIAS("_Znwm") New cellblock_new;
extern "C" CELLBLOCK_ALIAS("_Znam") New cellblock_new_array;
extern "C" CELLBLOCK_ALIAS("_ZnwmSt11align_val_t")
    AlignedNew cellblock_new_aligned;
extern "C" CELLBLOCK_ALIAS("_ZnamSt11align_val_t")
    AlignedNew cellblock_new_array_aligned;

// Whether a form is not that of the program. A compiler thinks that it knows.
template <typename Function>
bool IsOurs(Function* used, Function* ours) {
  asm("" : "+r"(used));
  return used == ours;
}

// As the throwing form that the program has, but for what that throws. Ours
// throws only where there is no memory and no new-handler frees any.
void* NothrowNew(size_t size) {
  if (IsOurs<New>(&operator new, &cellblock_new)) {
    if (void* const block = TryNew(size, 0)) return block;
    if (libstdcxx::GetNewHandler() == nullptr) return nullptr;
  }
  return libstdcxx::NewOrNull(Form::kSingle, size, 0);
}

void* NothrowNew(size_t size, std::align_val_t alignment) {
  if (IsOurs<AlignedNew>(&operator new, &cellblock_new_aligned)) {
    if (void* const block = TryNew(size, Bytes(alignment))) return block;
    if (libstdcxx::GetNewHandler() == nullptr) return nullptr;
  }
  return libstdcxx::NewOrNull(Form::kSingle, size, Bytes(alignment));
}

}  // namespace

using std::align_val_t;
using std::nothrow_t;

// A program may define some of these itself, and the others then mean those:
// they call them by name, and are not inlined.
CELLBLOCK_EXPORT void* operator new(size_t size) {
  void* const block = cellblock::process::TryAllocate(size);
  return block != nullptr ? block : NewSlowly(size, ProcessHeap::kAlignment);
}
CELLBLOCK_EXPORT void* operator new(size_t size, align_val_t alignment) {
  void* const block =
      cellblock::process::TryAllocateAligned(size, Bytes(alignment));
  return block != nullptr ? block : NewSlowly(size, Bytes(alignment));
}
CELLBLOCK_EXPORT void* operator new(size_t size, const nothrow_t&) noexcept {
  return NothrowNew(size);
}
CELLBLOCK_EXPORT void* operator new(size_t size, align_val_t alignment,
                                    const nothrow_t&) noexcept {
  return NothrowNew(size, alignment);
}

CELLBLOCK_EXPORT void* operator new[](size_t size) {
  return operator new(size);
}
CELLBLOCK_EXPORT void* operator new[](size_t size, align_val_t alignment) {
  return operator new(size, alignment);
}
CELLBLOCK_EXPORT void* operator new[](size_t size, const nothrow_t&) noexcept {
  return IsOurs<New>(&operator new[], &cellblock_new_array)
             ? NothrowNew(size)
             : libstdcxx::NewOrNull(Form::kArray, size, 0);
}
CELLBLOCK_EXPORT void* operator new[](size_t size, align_val_t alignment,
                                      const nothrow_t&) noexcept {
  return IsOurs<AlignedNew>(&operator new[], &cellblock_new_array_aligned)
             ? NothrowNew(size, alignment)
             : libstdcxx::NewOrNull(Form::kArray, size, Bytes(alignment));
}

CELLBLOCK_EXPORT void operator delete(void* block) noexcept {
  cellblock::process::Free(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, size_t) noexcept {
  operator delete(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, const nothrow_t&) noexcept {
  operator delete(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, align_val_t) noexcept {
  cellblock::process::Free(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, size_t,
                                      align_val_t alignment) noexcept {
  operator delete(block, alignment);
}
CELLBLOCK_EXPORT void operator delete(void* block, align_val_t alignment,
                                      const nothrow_t&) noexcept {
  operator delete(block, alignment);
}

CELLBLOCK_EXPORT void operator delete[](void* block) noexcept {
  operator delete(block);
}
CELLBLOCK_EXPORT void operator delete[](void* block, size_t) noexcept {
  operator delete[](block);
}
CELLBLOCK_EXPORT void operator delete[](void* block,
                                        const nothrow_t&) noexcept {
  operator delete[](block);
}
CELLBLOCK_EXPORT void operator delete[](void* block,
                                        align_val_t alignment) noexcept {
  operator delete(block, alignment);
}
CELLBLOCK_EXPORT void operator delete[](void* block, size_t,
                                        align_val_t alignment) noexcept {
  operator delete[](block, alignment);
}
CELLBLOCK_EXPORT void operator delete[](void* block, align_val_t alignment,
                                        const nothrow_t&) noexcept {
  operator delete[](block, alignment);
}
