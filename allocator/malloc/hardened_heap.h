// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_HARDENED_HEAP_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_HARDENED_HEAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/malloc/quarantine.h"
#include "allocator/malloc/slab_pool.h"
#include "allocator/malloc/thread_heap.h"

namespace cellblock {

// What all hardened heaps of a pool share; never changes.
struct Hardening {
  // A bit for every 16 bytes of the pool: a live block starts there.
  std::atomic<uint64_t>* live = nullptr;
  uint64_t secret = 0;  // of canaries

  static size_t LiveBytesFor(size_t pool_bytes) {
    return (pool_bytes / kBlockAlignment + 63) / 64 * sizeof(uint64_t);
  }
};

// A thread heap for programs that are expected to misuse it.
//
//   block: [ what was asked for ][ canary bytes ][ ... ][ seal ]
//
//   - A bitmap, apart from the blocks, says where live ones start: every free
//     of anything else is told, from whichever thread, however late.
//   - The bytes behind what was asked for, up to 8, hold a canary, and the last
//     eight a seal, which is the size, the address and a secret combined. Both
//     are checked when the block is freed or resized: an overflow by one byte
//     is told, and no size can be forged.
//   - A block is cleared when it is freed: nothing of it stays readable.
//   - It then passes a quarantine, which lets blocks out in random order; the
//     blocks that are cut off a slab are shuffled too.
//
// Lifecycle: Open with an open ThreadHeap, and close with it.
// Units: bytes. The usable size is exactly what was asked for.
// Errors: as ThreadHeap.
// Ownership: borrows the thread heap, which keeps the quarantine's blocks in
//   mind: at exhaustion they are used again at once.
// Threads: as ThreadHeap.
// Syscalls: none but those of ThreadHeap.
class HardenedHeap {
 public:
  constexpr HardenedHeap() = default;
  HardenedHeap(const HardenedHeap&) = delete;
  HardenedHeap& operator=(const HardenedHeap&) = delete;

  // The heap has no fast paths, and all that is ever handed out of its pool
  // comes from hardened heaps.
  void Open(ThreadHeap* heap, SlabPool* pool, const Hardening* hardening,
            uint64_t seed);
  void Close();
  bool is_open() const { return heap_ != nullptr; }

  [[nodiscard]] void* Allocate(size_t bytes, size_t alignment);
  [[nodiscard]] void* AllocateZeroed(size_t bytes, size_t alignment);
  void Free(void* block);
  // `bytes` is not 0.
  [[nodiscard]] void* Reallocate(void* block, size_t bytes);

  // What was asked for; 0 iff no live block starts there.
  size_t UsableSize(const void* block) const;

 private:
  static constexpr size_t kSealBytes = sizeof(uint64_t);
  static constexpr size_t kCanaryBytes = 8;

  static size_t Sealed(size_t bytes) {
    return bytes > SIZE_MAX - kSealBytes ? SIZE_MAX : bytes + kSealBytes;
  }
  size_t BitOf(const void* block) const {
    return (reinterpret_cast<uintptr_t>(block) - pool_->base()) /
           kBlockAlignment;
  }
  bool ResizeInPlace(char* begin, Slab* slab, size_t bytes);
  void* HandOut(void* block, size_t capacity, size_t bytes);
  bool IsLive(const void* block) const;
  void SetLive(const void* block);
  bool ClearLive(const void* block);
  uint64_t SealOf(const void* block, size_t bytes) const;
  void Seal(char* block, size_t capacity, size_t bytes) const;
  size_t CheckSeal(const char* block, size_t capacity) const;
  static void Clear(char* begin, size_t capacity, size_t bytes);
  [[noreturn]] void ReportNotLive(void* block);

  ThreadHeap* heap_ = nullptr;
  SlabPool* pool_ = nullptr;
  const Hardening* hardening_ = nullptr;
  Quarantine quarantine_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_HARDENED_HEAP_H_
