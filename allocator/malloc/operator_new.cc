// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Every form of operator new and delete, over the process heap. The throwing
// ones need libstdc++ only when the pool is exhausted, and look it up in the
// program then: what contains this file does not depend on it.

#include <dlfcn.h>
#include <stdlib.h>

#include <cstddef>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/process_heap.h"

// <new> would declare what is defined here with other attributes.
namespace std {
enum class align_val_t : size_t;
struct nothrow_t;  // passed on by address, as a reference is
}  // namespace std

#define CELLBLOCK_EXPORT __attribute__((visibility("default")))

namespace {

using cellblock::ProcessHeap;

void* TryNew(size_t size, size_t alignment) {
  return alignment <= ProcessHeap::kAlignment
             ? cellblock::process::AllocateSlowly(size)
             : ProcessHeap::Get().Allocate(size, alignment);
}

template <typename Function>
Function* InProgram(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

using NewHandler = void (*)();

// The program's, or null.
NewHandler GetNewHandler() {
  auto* get = InProgram<NewHandler()>("_ZSt15get_new_handlerv");
  return get != nullptr ? get() : nullptr;
}

[[noreturn]] void ThrowBadAlloc() {
  if (auto* raise = InProgram<void()>("_ZSt17__throw_bad_allocv")) raise();
  abort();
}

// [new.delete.single]: the new-handler is called until it gives up.
[[gnu::noinline]] void* NewSlowly(size_t size, size_t alignment) {
  for (;;) {
    if (void* block = TryNew(size, alignment)) return block;
    const NewHandler handler = GetNewHandler();
    if (handler == nullptr) ThrowBadAlloc();
    handler();
  }
}

void* New(size_t size) {
  void* const block = cellblock::process::TryAllocate(size);
  return block != nullptr ? block : NewSlowly(size, ProcessHeap::kAlignment);
}

void* New(size_t size, size_t alignment) { return NewSlowly(size, alignment); }

// A new-handler may throw, and catching that takes libstdc++: its own form of
// the same operator does it, around the throwing form above.
template <typename... Arguments>
void* AskLibrary(const char* name, Arguments... arguments) {
  if (GetNewHandler() == nullptr) return nullptr;
  using Function = void*(Arguments...);
  auto* theirs = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  return theirs != nullptr ? theirs(arguments...) : nullptr;
}

void* NothrowNew(size_t size, const std::nothrow_t* tag) {
  if (void* block = TryNew(size, 0)) return block;
  return AskLibrary("_ZnwmRKSt9nothrow_t", size, tag);
}

size_t Bytes(std::align_val_t alignment) {
  return static_cast<size_t>(alignment);
}

void* NothrowNew(size_t size, std::align_val_t alignment,
                 const std::nothrow_t* tag) {
  if (void* block = TryNew(size, Bytes(alignment))) return block;
  return AskLibrary("_ZnwmSt11align_val_tRKSt9nothrow_t", size, alignment, tag);
}

}  // namespace

using std::align_val_t;
using std::nothrow_t;

CELLBLOCK_EXPORT void* operator new(size_t size) { return New(size); }
CELLBLOCK_EXPORT void* operator new[](size_t size) { return New(size); }
CELLBLOCK_EXPORT void* operator new(size_t size, align_val_t alignment) {
  return New(size, Bytes(alignment));
}
CELLBLOCK_EXPORT void* operator new[](size_t size, align_val_t alignment) {
  return New(size, Bytes(alignment));
}
CELLBLOCK_EXPORT void* operator new(size_t size,
                                    const nothrow_t& tag) noexcept {
  return NothrowNew(size, &tag);
}
CELLBLOCK_EXPORT void* operator new[](size_t size,
                                      const nothrow_t& tag) noexcept {
  return NothrowNew(size, &tag);
}
CELLBLOCK_EXPORT void* operator new(size_t size, align_val_t alignment,
                                    const nothrow_t& tag) noexcept {
  return NothrowNew(size, alignment, &tag);
}
CELLBLOCK_EXPORT void* operator new[](size_t size, align_val_t alignment,
                                      const nothrow_t& tag) noexcept {
  return NothrowNew(size, alignment, &tag);
}

CELLBLOCK_EXPORT void operator delete(void* block) noexcept { free(block); }
CELLBLOCK_EXPORT void operator delete[](void* block) noexcept { free(block); }
CELLBLOCK_EXPORT void operator delete(void* block, size_t) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete[](void* block, size_t) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, align_val_t) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete[](void* block, align_val_t) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, size_t,
                                      align_val_t) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete[](void* block, size_t,
                                        align_val_t) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, const nothrow_t&) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete[](void* block,
                                        const nothrow_t&) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete(void* block, align_val_t,
                                      const nothrow_t&) noexcept {
  free(block);
}
CELLBLOCK_EXPORT void operator delete[](void* block, align_val_t,
                                        const nothrow_t&) noexcept {
  free(block);
}
