// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// malloc(3) and its relatives over the process heap. Linking this file, or
// preloading what contains it, replaces libc's.
//
// Errors: null with ENOMEM iff the pool is exhausted or a size overflows, and
// as each call's standard says.
// Syscalls: futex(2) under contention.

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/process_heap.h"

#define CELLBLOCK_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using cellblock::ProcessHeap;

ProcessHeap& TheHeap() { return ProcessHeap::Get(); }

void* OrNoMemory(void* block) {
  if (block == nullptr) errno = ENOMEM;
  return block;
}

// Up to here calloc takes any block and clears it; above, it may be known to be
// zero.
constexpr size_t kCallocAtOnce = 1024;

bool IsPowerOfTwo(size_t n) { return n != 0 && (n & (n - 1)) == 0; }

[[gnu::noinline]] void* AlignedSlowly(size_t alignment, size_t size) {
  if (alignment < ProcessHeap::kAlignment) alignment = ProcessHeap::kAlignment;
  return OrNoMemory(TheHeap().Allocate(size, alignment));
}

void* Aligned(size_t alignment, size_t size) {
  void* const block = cellblock::process::TryAllocateAligned(size, alignment);
  return block != nullptr ? block : AlignedSlowly(alignment, size);
}

// Leaves errno alone.
[[gnu::noinline]] int PosixMemalignSlowly(void** result, size_t alignment,
                                          size_t size) {
  const int saved = errno;
  void* const block = AlignedSlowly(alignment, size);
  errno = saved;
  if (block == nullptr) return ENOMEM;
  *result = block;
  return 0;
}

// Not by the names of the family, which a program may have for itself.
void* Resize(void* block, size_t size) {
  if (block == nullptr) return cellblock::process::Allocate(size);
  if (size == 0) {  // as glibc does
    cellblock::process::Free(block);
    return nullptr;
  }
  return cellblock::process::Reallocate(block, size);
}

}  // namespace

CELLBLOCK_EXPORT void* malloc(size_t size) {
  return cellblock::process::Allocate(size);
}

// Leaves errno alone, as POSIX.1-2024 asks.
CELLBLOCK_EXPORT void free(void* block) { cellblock::process::Free(block); }

CELLBLOCK_EXPORT void free_sized(void* block, size_t) {
  cellblock::process::Free(block);
}

CELLBLOCK_EXPORT void free_aligned_sized(void* block, size_t, size_t) {
  cellblock::process::Free(block);
}

CELLBLOCK_EXPORT void* calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  cellblock::process::LookForThreads();
  void* const block =
      bytes <= kCallocAtOnce ? cellblock::process::TryAllocate(bytes) : nullptr;
  if (block == nullptr) return OrNoMemory(TheHeap().AllocateZeroed(bytes));
  size_t whole = cellblock::ClassBytes(cellblock::ClassOf(bytes));
  asm("" : "+r"(whole));  // or g++ makes slow string instructions of memset
  return memset(block, 0, whole);
}

CELLBLOCK_EXPORT void* realloc(void* block, size_t size) {
  return Resize(block, size);
}

CELLBLOCK_EXPORT void* reallocarray(void* block, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return Resize(block, bytes);
}

CELLBLOCK_EXPORT int posix_memalign(void** result, size_t alignment,
                                    size_t size) {
  if (!IsPowerOfTwo(alignment) || alignment % sizeof(void*) != 0) [[unlikely]]
    return EINVAL;
  void* const block = cellblock::process::TryAllocateAligned(size, alignment);
  if (block == nullptr) [[unlikely]]
    return PosixMemalignSlowly(result, alignment, size);
  *result = block;
  return 0;
}

CELLBLOCK_EXPORT void* aligned_alloc(size_t alignment, size_t size) {
  if (!IsPowerOfTwo(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return Aligned(alignment, size);
}

// Any alignment is rounded up to a power of two, as glibc does.
CELLBLOCK_EXPORT void* memalign(size_t alignment, size_t size) {
  constexpr size_t kLargest = size_t{1} << 63;
  if (alignment > kLargest) {
    errno = EINVAL;
    return nullptr;
  }
  size_t power = 1;
  while (power < alignment) power <<= 1;
  return Aligned(power, size);
}

CELLBLOCK_EXPORT void* valloc(size_t size) {
  return Aligned(ProcessHeap::kPage, size);
}

CELLBLOCK_EXPORT void* pvalloc(size_t size) {
  constexpr size_t kMask = ProcessHeap::kPage - 1;
  if (size > SIZE_MAX - kMask) {
    errno = ENOMEM;
    return nullptr;
  }
  return Aligned(ProcessHeap::kPage, (size + kMask) & ~kMask);
}

CELLBLOCK_EXPORT size_t malloc_usable_size(void* block) noexcept {
  const size_t usable = cellblock::process::TryUsableSize(block);
  return usable != 0 ? usable : TheHeap().UsableSize(block);
}

// The pool never shrinks: nothing is given back, and 0 says so.
CELLBLOCK_EXPORT int malloc_trim(size_t) noexcept { return 0; }

// As a parameter that there is not: nothing is tuned.
CELLBLOCK_EXPORT int mallopt(int, int) noexcept { return 0; }
