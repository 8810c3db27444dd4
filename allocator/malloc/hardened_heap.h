// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_HARDENED_HEAP_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_HARDENED_HEAP_H_

#include <emmintrin.h>
#include <sys/single_threaded.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/fill.h"
#include "allocator/malloc/clear.h"
#include "allocator/malloc/quarantine.h"
#include "allocator/malloc/slab_pool.h"
#include "allocator/malloc/thread_heap.h"
#include "allocator/report.h"

namespace cellblock {

// What all hardened heaps of a pool share; never changes.
struct Hardening {
  // A byte for every 16 of the pool: 0, or a live block starts there, and the
  // byte says how much longer it is than what was asked for.
  std::atomic<uint8_t>* live = nullptr;
  uint64_t secret = 0;  // of canaries

  static size_t LiveBytesFor(size_t pool_bytes) {
    return pool_bytes / kBlockAlignment;
  }
};

// A thread heap for programs that are expected to misuse it.
//
//   block: [ what was asked for ][ canary to the end of its granule ][ ... ]
//          [ ... ][ last granule: canary, if it is another one ]
//
//   - A map, apart from the blocks, says where live ones start and how long
//     they are: every free of anything else is told, from whichever thread,
//     however late.
//   - Behind what was asked for stands a canary of 1 to 16 bytes, and another
//     one in the last 16 bytes of the block. Both depend on the address and a
//     secret; no byte of them is zero, or text. They are checked when the block
//     is freed or resized: an overflow by one byte is told.
//   - No size can be forged: it is in the map, or, of a block that is longer by
//     kFar and more, in its last canary, combined with that.
//   - A block is cleared when it is freed: nothing of it stays readable. Spans
//     and blocks above a page are cleared only where they are not zero, so what
//     was never touched is not.
//   - It then passes a quarantine, which lets blocks out in random order; the
//     blocks that are cut off a slab are shuffled too. Blocks above 16 KiB do
//     not pass it, nor do those of more than 2 KiB and a 512th of the pool.
//   - A block is looked at when it is handed out: one that is not zero was
//     written to after it was freed. Of blocks above kMostLookedAt the first 64
//     bytes are looked at, of spans nothing; calloc clears what was not. Links
//     are looked at before they are followed, and none is in what is handed
//     out.
//
// Lifecycle: Open with an open ThreadHeap, and close with it.
// Units: bytes. The usable size is exactly what was asked for.
// Errors: as ThreadHeap. Null iff a signal handler interrupted this very heap,
//   too; what such a handler frees is lost.
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
  // `bytes` is not 0. A block that is to be smaller always fits where it is.
  [[nodiscard]] void* Reallocate(void* block, size_t bytes);

  // What was asked for; 0 iff no live block starts there.
  size_t UsableSize(const void* block) const;

  // Fast paths, for blocks up to 2 KiB where nothing is out of the ordinary; of
  // a heap that need not be open. All else goes to `slowly`, as if nothing had
  // happened. kIsSmall: up to 256 bytes, with fewer instructions.
  template <typename Slowly>
  [[nodiscard]] void* AllocateFast(size_t bytes, Slowly slowly);
  template <bool kIsSmall, typename Slowly>
  void FreeFast(void* memory, Slowly slowly);

  static constexpr size_t kMostLookedAt = 256;

 private:
  // Fast paths serve requests below that.
  static constexpr size_t kMostFast = Quarantine::kMostBytes;
  static constexpr uint32_t kFastClasses = ClassOf(kMostFast) + 1;
  // Their blocks are a granule longer than those of the class before.
  static constexpr uint32_t kSmallClasses = 16;
  static constexpr size_t kFar = 255;  // in the map: that many bytes, or more

  // By granules asked for, and by class.
  struct FastTables {
    constexpr FastTables() {
      for (size_t i = 0; i < kMostFast / kGranule; ++i) {
        const uint32_t size_class = ClassOf((i + 1) * kGranule);
        class_of[i] = static_cast<uint8_t>(size_class);
        bytes_of[size_class] = static_cast<uint32_t>(ClassBytes(size_class));
      }
    }
    uint8_t class_of[kMostFast / kGranule];
    uint32_t bytes_of[kFastClasses];
  };
  static const FastTables kTables;

  // Of a block's bytes, how many are looked at when it is handed out.
  static size_t LookedAt(size_t capacity) {
    return capacity <= kMostLookedAt ? capacity : 64;
  }
  static size_t Sealed(size_t bytes) {
    return bytes == SIZE_MAX ? SIZE_MAX : bytes + 1;
  }
  // The granule that a byte is in.
  static size_t Granule(size_t offset) { return offset & ~(kGranule - 1); }

  // Of the whole address space. A misaligned address has one that is in no
  // pool.
  static uintptr_t GranuleOf(const void* block) {
    return std::rotr(reinterpret_cast<uintptr_t>(block),
                     std::countr_zero(kGranule));
  }
  bool IsInPool(uintptr_t granule) const {
    return granule - first_ < granules_;
  }
  std::atomic<uint8_t>& LiveOf(const void* block) const {
    return LiveAt(reinterpret_cast<uintptr_t>(block) / kGranule);
  }
  // Of granules in the pool.
  std::atomic<uint8_t>& LiveAt(uintptr_t granule) const {
    return *reinterpret_cast<std::atomic<uint8_t>*>(live_ + granule);
  }
  // Of addresses in the pool, where there is a block.
  Slab* SlabAt(const void* block) const {
    const uintptr_t page = reinterpret_cast<uintptr_t>(block) >> kPageShift;
    return reinterpret_cast<std::atomic<Slab*>*>(map_)[page].load(
        std::memory_order_relaxed);
  }
  uint8_t GapOf(const void* block) const;
  uint8_t TakeGap(const void* block);
  void SetLive(char* block, size_t gap);

  uint64_t CanaryWord(const char* block) const;
  __m128i CanaryOf(const char* block) const;
  static __m128i MaskFrom(size_t offset);
  static bool IsIntact(const char* granule, __m128i canary, size_t from);

  static void SetBusy(ThreadHeap* heap, bool is_busy);
  char* TakeServed(uint32_t size_class);
  char* Take(uint32_t size_class, size_t bytes, size_t alignment);
  bool TryPush(void* memory);
  void PushSlowly(void* block);
  // Do not return; if a compiler knew that, it would not leave by a jump.
  static void* DieOfLink(char* block);
  static void* DieOfWrite(char* block);
  static bool IsClear(const char* block, size_t bytes);
  template <bool kIsSmall>
  bool IsSealed(const char* block, size_t capacity, size_t gap) const;

  char* AllocateBlock(uint32_t size_class, size_t bytes, size_t alignment,
                      Fill fill);
  char* Prepare(char* block, size_t bytes, Fill fill);
  void* Shrunk(size_t bytes);
  char* AllocateSpan(size_t bytes, size_t alignment, Fill fill);
  void* Allocate(size_t bytes, size_t alignment, Fill fill);
  void Seal(char* block, size_t capacity, size_t bytes);
  size_t CheckSeal(const char* block, size_t capacity, size_t gap) const;
  bool ResizeInPlace(char* block, Slab* slab, size_t before, size_t bytes,
                     bool must);
  [[noreturn]] void ReportNotLive(void* block);

  ThreadHeap* heap_ = nullptr;
  uintptr_t first_ = 0;     // granule of the pool
  uintptr_t granules_ = 0;  // of the pool; 0 while it is closed
  // The maps, by granules and pages of the whole address space.
  uintptr_t live_ = 0;
  uintptr_t map_ = 0;
  uint64_t key_ = 0;     // of links
  uint64_t secret_ = 0;  // odd
  uintptr_t token_ = 0;  // of the thread heap
  Quarantine quarantine_;
};

inline constexpr HardenedHeap::FastTables HardenedHeap::kTables;

// Marks the heap as being worked on, as ThreadHeap's slow paths do.
inline void HardenedHeap::SetBusy(ThreadHeap* heap, bool is_busy) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  heap->busy_ = is_busy;
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// Folded multiplication (wyhash, Wang Yi), so that every byte depends on the
// whole address and the secret.
inline uint64_t HardenedHeap::CanaryWord(const char* block) const {
  // g++ spills registers for a product of 128 bits.
  uint64_t low = reinterpret_cast<uintptr_t>(block);
  uint64_t high;
  asm("mulq %2" : "+a"(low), "=d"(high) : "rm"(secret_) : "cc");
  return low ^ high;
}

// No byte is below 0x80.
inline __m128i HardenedHeap::CanaryOf(const char* block) const {
  return _mm_or_si128(_mm_set1_epi64x(static_cast<int64_t>(CanaryWord(block))),
                      _mm_set1_epi8(static_cast<char>(0x80)));
}

// The bytes of a granule from `offset` on.
inline __m128i HardenedHeap::MaskFrom(size_t offset) {
  alignas(16) static constexpr uint8_t kMasks[2 * kGranule] = {
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
      0,    0,    0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  return _mm_loadu_si128(
      reinterpret_cast<const __m128i*>(&kMasks[kGranule] - offset));
}

inline bool HardenedHeap::IsIntact(const char* granule, __m128i canary,
                                   size_t from) {
  const auto same = static_cast<unsigned>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(LoadGranule(granule), canary)));
  return (same ^ 0xFFFFu) >> from == 0;
}

// Of a block whose link is not there any more.
inline bool HardenedHeap::IsClear(const char* block, size_t bytes) {
  const __m128i any =
      _mm_loadl_epi64(reinterpret_cast<const __m128i*>(block + kGranule / 2));
  return IsZero(OrGranules(any, block + kGranule, block + bytes));
}

template <typename Slowly>
[[gnu::always_inline]] inline void* HardenedHeap::AllocateFast(size_t bytes,
                                                               Slowly slowly) {
  ThreadHeap* const heap = heap_;
  if (bytes >= kMostFast || heap == nullptr || heap->busy_) [[unlikely]]
    return slowly(bytes);
  SetBusy(heap, true);
  const uint32_t size_class = kTables.class_of[bytes / kGranule];
  Slab* const slab = heap->serving_[size_class];
  char* const block = slab->free;
  if (block == nullptr) [[unlikely]] {
    SetBusy(heap, false);
    return slowly(bytes);
  }
  char* next = Decode(ReadLink(block), key_);
  asm("" : "+r"(next));  // or a compiler keeps the link, to compare it
  if (!IsBlock(*slab, next) && next != nullptr) [[unlikely]]
    return DieOfLink(block);
  slab->free = next;
  WriteLink(block, 0);
  const size_t capacity = kTables.bytes_of[size_class];
  if (!IsClear(block, LookedAt(capacity))) [[unlikely]]
    return DieOfWrite(block);
  std::atomic<uint8_t>& live = LiveOf(block);
  if (live.load(std::memory_order_relaxed) != 0) [[unlikely]]
    return DieOfLink(block);
  live.store(static_cast<uint8_t>(capacity - bytes), std::memory_order_relaxed);
  const __m128i canary = CanaryOf(block);
  // Which may be the same granule.
  StoreGranule(block + capacity - kGranule, canary);
  StoreGranule(block + Granule(bytes),
               _mm_and_si128(canary, MaskFrom(bytes % kGranule)));
  SetBusy(heap, false);
  return block;
}

// Into the list of a slab of this thread, and not the last one that it waits
// for.
[[gnu::always_inline]] inline bool HardenedHeap::TryPush(void* memory) {
  char* const block = static_cast<char*>(memory);
  Slab* const slab = SlabAt(block);
  if (slab->owner.load(std::memory_order_relaxed) != token_ ||
      slab->credit == 1 || !Quarantine::IsUntouched(block)) [[unlikely]] {
    return false;
  }
  WriteLink(block, Encode(slab->free, key_));
  slab->free = block;
  --slab->credit;
  return true;
}

// Of a small block, what was asked for ends in the last granule.
template <bool kIsSmall>
[[gnu::always_inline]] inline bool HardenedHeap::IsSealed(const char* block,
                                                          size_t capacity,
                                                          size_t gap) const {
  const __m128i canary = CanaryOf(block);
  const char* const last = block + capacity - kGranule;
  if constexpr (kIsSmall) {
    return IsIntact(last, canary, kGranule - gap);
  } else {
    const size_t bytes = capacity - gap;
    return IsIntact(block + Granule(bytes), canary, bytes % kGranule) &&
           IsIntact(last, canary, gap < kGranule ? kGranule - gap : 0);
  }
}

template <bool kIsSmall, typename Slowly>
[[gnu::always_inline]] inline void HardenedHeap::FreeFast(void* memory,
                                                          Slowly slowly) {
  char* const block = static_cast<char*>(memory);
  ThreadHeap* const heap = heap_;
  if (!IsInPool(GranuleOf(block)) || heap->busy_) [[unlikely]]
    return slowly(block);
  std::atomic<uint8_t>& live = LiveOf(block);
  const size_t gap = live.load(std::memory_order_relaxed);
  if (gap - 1 >= (kIsSmall ? kGranule : kFar - 1)) [[unlikely]]
    return slowly(block);
  const size_t size_class = SlabAt(block)->size_class;
  if (size_class >= (kIsSmall ? kSmallClasses : kFastClasses)) [[unlikely]]
    return slowly(block);
  const size_t capacity =
      kIsSmall ? (size_class + 1) * kGranule : kTables.bytes_of[size_class];
  if (!IsSealed<kIsSmall>(block, capacity, gap)) [[unlikely]]
    return slowly(block);
  if (__libc_single_threaded != 0) {
    live.store(0, std::memory_order_relaxed);
  } else if (live.exchange(0, std::memory_order_relaxed) == 0) [[unlikely]] {
    return slowly(block);
  }
  if constexpr (kIsSmall) {
    ClearGranules(block, block + capacity);
  } else {
    memset(block, 0, capacity);
  }
  SetBusy(heap, true);
  void* const out = quarantine_.Exchange(block);
  if (out == nullptr || TryPush(out)) [[likely]]
    return SetBusy(heap, false);
  PushSlowly(out);
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_HARDENED_HEAP_H_
