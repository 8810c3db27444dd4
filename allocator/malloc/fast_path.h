// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_FAST_PATH_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_FAST_PATH_H_

// malloc and free where nothing out of the ordinary happens, to be inlined into
// the functions of that name. Everything else leaves by a tail call.
//
// tests/allocator/malloc/fast_path_test.sh counts the instructions.

#include <sys/single_threaded.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/malloc/hardened_heap.h"
#include "allocator/malloc/slab.h"
#include "allocator/malloc/slab_pool.h"
#include "allocator/malloc/thread_heap.h"

namespace cellblock::process {

// A page of its own, so that it can be made read-only.
struct alignas(kPageBytes) RootPage {
  PoolRoot root;
  Hardening hardening;  // without a map if the heap is not hardened
};

// Hidden, so that they are reached without the global offset table.
#pragma GCC visibility push(hidden)
extern RootPage g_root;
extern SlabPool g_pool;
extern thread_local constinit FastTable t_fast;
extern constinit bool g_alone;  // no other thread was seen yet
#pragma GCC visibility pop

void* AllocateSlowly(size_t bytes);
void FreeSlowly(void* block);
void FreeRemotely(void* block, Slab* slab);
void* ReallocateAnyhow(void* block, size_t bytes);
void EmptiedSlowly(Slab* slab);
void ShareSlowly();

// value >= word, read once; compilers do not fold an atomic load into a
// comparison.
inline bool IsAtLeast(size_t value, const std::atomic<size_t>& word) {
  bool result;
  asm("cmpq %2, %1" : "=@ccae"(result) : "r"(value), "m"(word));
  return result;
}

// Whether the token, which is a thread pointer, is that of another thread.
inline bool IsForeign(uintptr_t token) {
  bool result;
  asm("cmpq %%fs:0, %1" : "=@ccne"(result) : "r"(token));
  return result;
}

// A block of the slab that serves such sizes, or null.
[[gnu::always_inline]] inline void* TryAllocate(size_t bytes) {
  // Of 0 bytes it wraps round, and is refused too.
  size_t index = (bytes - 1) / kBlockAlignment;
  asm("" : "+r"(index));  // or a compiler compares before it divides: a copy
  if (index >= kMaxClassBytes / kBlockAlignment) [[unlikely]]
    return nullptr;
  Slab* const slab = t_fast.serving[t_fast.class_of[index]];
  char* const block = slab->free;
  if (block == nullptr) [[unlikely]]
    return nullptr;
#if CELLBLOCK_MALLOC_CHECKS
  slab->free = Decode(ReadLink(block), g_root.root.key);
  WriteLink(block, 0);
#else
  slab->free = reinterpret_cast<char*>(ReadLink(block));
#endif
  return block;
}

// The same, aligned to a power of two; null for what is none.
[[gnu::always_inline]] inline void* TryAllocateAligned(size_t bytes,
                                                       size_t alignment) {
  size_t below = alignment - 1;
  asm("" : "+r"(below));  // or clang counts bits
  if (bytes > kMaxClassBytes || alignment > kPageBytes ||
      (alignment & below) != 0) [[unlikely]] {
    return nullptr;
  }
  return TryAllocate((bytes + below) & ~below);  // AlignedBytes, but for 0
}

[[gnu::always_inline]] inline void* Allocate(size_t bytes) {
  void* const block = TryAllocate(bytes);
  return block != nullptr ? block : AllocateSlowly(bytes);
}

[[gnu::always_inline]] inline void Free(void* memory) {
  char* const block = static_cast<char*>(memory);
  const PoolRoot& root = g_root.root;
  const size_t page =
      (reinterpret_cast<uintptr_t>(block) - root.base) >> kPageShift;
  if (IsAtLeast(page, g_pool.mapped_pages())) [[unlikely]] {
    return FreeSlowly(block);
  }
  Slab* const slab = root.map[page].load(std::memory_order_relaxed);
  if (IsForeign(slab->owner.load(std::memory_order_relaxed))) [[unlikely]] {
    return FreeRemotely(block, slab);
  }
#if CELLBLOCK_MALLOC_CHECKS
  const uintptr_t offset = reinterpret_cast<uintptr_t>(block) - slab->start;
  if (!IsBlockOffset(offset, slab->reciprocal, slab->limit)) [[unlikely]] {
    return FreeSlowly(block);
  }
  if (LooksFree(block)) [[unlikely]]
    return FreeSlowly(block);
  WriteLink(block, Encode(slab->free, root.key));
#else
  WriteLink(block, reinterpret_cast<uintptr_t>(slab->free));
#endif
  slab->free = block;
  if (--slab->credit == 0) [[unlikely]]
    return EmptiedSlowly(slab);
}

// Of calloc: so pthread_create does, before the new thread runs, and the one
// that makes it may then wait for it.
[[gnu::always_inline]] inline void LookForThreads() {
  if (g_alone && __libc_single_threaded == 0) [[unlikely]]
    ShareSlowly();
}

// Of an ordinary block that is live at a glance; else kClasses.
[[gnu::always_inline]] inline uint32_t ClassOfLive(const void* block) {
  const PoolRoot& root = g_root.root;
  const size_t page =
      (reinterpret_cast<uintptr_t>(block) - root.base) >> kPageShift;
  if (IsAtLeast(page, g_pool.mapped_pages())) [[unlikely]]
    return kClasses;
  const Slab& slab = *root.map[page].load(std::memory_order_relaxed);
  const uint32_t size_class = slab.size_class;
  const auto* const at = static_cast<const char*>(block);
  return size_class < kClasses && IsBlock(slab, at) && !LooksFree(at)
             ? size_class
             : kClasses;
}

// Of such a block, if the heap is not hardened; 0: not known.
inline size_t TryUsableSize(const void* block) {
  const uint32_t size_class = ClassOfLive(block);
  return size_class == kClasses || g_root.hardening.live != nullptr
             ? 0
             : ClassBytes(size_class);
}

// As realloc, with `block` not null and `bytes` not 0.
inline void* Reallocate(void* block, size_t bytes) {
  const uint32_t size_class = ClassOfLive(block);
  // A hardened heap has fast paths for nothing, and a zeroed one not for this.
  if (size_class == kClasses || t_fast.serving[size_class] == &kNoSlab) {
    return ReallocateAnyhow(block, bytes);
  }
  const size_t before = ClassBytes(size_class);
  if (StaysInPlace(bytes, before)) return block;
  void* const moved = TryAllocate(g_pool.WithRoom(bytes, before));
  if (moved == nullptr) return ReallocateAnyhow(block, bytes);
  memcpy(moved, block, bytes < before ? bytes : before);
  Free(block);
  return moved;
}

}  // namespace cellblock::process

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_FAST_PATH_H_
