// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/hardened_heap.h"

#include <string.h>

#include <algorithm>

#include "allocator/report.h"

namespace cellblock {
namespace {

uint64_t ReadWord(const char* at) {
  uint64_t word;
  memcpy(&word, at, sizeof(word));
  return word;
}

void WriteWord(char* at, uint64_t word) { memcpy(at, &word, sizeof(word)); }

// Bytes of one of its blocks.
size_t BlockBytes(const Slab& slab) {
  return slab.size_class < kClasses ? ClassBytes(slab.size_class)
                                    : slab.reciprocal * kPageBytes;
}

// kClasses if no class has such blocks.
uint32_t ClassFor(size_t bytes, size_t alignment) {
  if (bytes > kMaxClassBytes || alignment > kPageBytes) return kClasses;
  return alignment <= kBlockAlignment ? ClassOf(bytes)
                                      : AlignedClassOf(bytes, alignment);
}

// Whole granules of a block.
void Clear(char* at, size_t bytes) {
  if (bytes <= kPageBytes) {
    memset(at, 0, bytes);
  } else {
    ClearTouched(at, bytes);
  }
}

}  // namespace

void HardenedHeap::Open(ThreadHeap* heap, SlabPool* pool,
                        const Hardening* hardening, uint64_t seed) {
  first_ = pool->base() / kGranule;
  live_ = reinterpret_cast<uintptr_t>(hardening->live) - first_;
  map_ = reinterpret_cast<uintptr_t>(pool->root().map) -
         pool->base() / kPageBytes * sizeof(Slab*);
  key_ = pool->root().key;
  secret_ = hardening->secret | 1;
  token_ = heap->token_;
  quarantine_.Open(pool->bytes(), seed);
  pool->Harden();
  heap->Harden(&quarantine_);
  // Last, for a signal handler: what is open is whole.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  heap_ = heap;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  granules_ = pool->bytes() / kGranule;
}

void HardenedHeap::Close() {
  granules_ = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  heap_ = nullptr;
}

// 0 iff no live block starts there.
uint8_t HardenedHeap::GapOf(const void* block) const {
  const uintptr_t granule = GranuleOf(block);
  return IsInPool(granule) ? LiveAt(granule).load(std::memory_order_relaxed)
                           : 0;
}

// The block is not live any more; of two frees at once, one gets 0.
uint8_t HardenedHeap::TakeGap(const void* block) {
  const uintptr_t granule = GranuleOf(block);
  return IsInPool(granule)
             ? Exchange(LiveAt(granule), uint8_t{0}, std::memory_order_relaxed)
             : 0;
}

void* HardenedHeap::DieOfLink(char* block) { ReportCorruptedLink(block); }

void* HardenedHeap::DieOfWrite(char* block) { ReportWriteAfterFree(block); }

// Ends what is being worked on.
void HardenedHeap::PushSlowly(void* block) {
  if (!Quarantine::IsUntouched(block)) ReportWriteAfterFree(block);
  SetBusy(heap_, false);
  heap_->Free(block, SlabAt(block));
}

// Who links a live block into a list is told when it is to be handed out again.
void HardenedHeap::SetLive(char* block, size_t gap) {
  if (Exchange(LiveOf(block), static_cast<uint8_t>(gap),
               std::memory_order_relaxed) != 0) {
    ReportCorruptedLink(block);
  }
}

// The first block of the slab that serves the class, or null.
inline char* HardenedHeap::TakeServed(uint32_t size_class) {
  Slab* const slab = heap_->serving_[size_class];
  return slab->free == nullptr
             ? nullptr
             : static_cast<char*>(ThreadHeap::TakeFirst(slab, key_));
}

// A block of the class, or at the end of the pool of a larger one.
char* HardenedHeap::Take(uint32_t size_class, size_t bytes, size_t alignment) {
  if (!heap_->busy_) {
    SetBusy(heap_, true);
    char* const block = TakeServed(size_class);
    SetBusy(heap_, false);
    if (block != nullptr) return block;
  }
  return static_cast<char*>(heap_->AllocateAnew(size_class, bytes, alignment));
}

char* HardenedHeap::AllocateBlock(uint32_t size_class, size_t bytes,
                                  size_t alignment, Fill fill) {
  return Prepare(Take(size_class, Sealed(bytes), alignment), bytes, fill);
}

// Looks at a block of a slab, if there is one, and makes it live.
char* HardenedHeap::Prepare(char* block, size_t bytes, Fill fill) {
  if (block == nullptr) return nullptr;
  const size_t capacity = BlockBytes(*SlabAt(block));
  if (!IsClear(block, LookedAt(capacity))) ReportWriteAfterFree(block);
  if (fill == Fill::kZeroed && LookedAt(capacity) != capacity) {
    ClearTouched(block, capacity);
  }
  Seal(block, capacity, bytes);
  return block;
}

char* HardenedHeap::AllocateSpan(size_t bytes, size_t alignment, Fill fill) {
  Slab* span = nullptr;
  auto* const block =
      static_cast<char*>(heap_->AllocateSpan(Sealed(bytes), alignment, &span));
  if (block == nullptr) return nullptr;
  if (fill == Fill::kZeroed) {
    ClearTouched(block, size_t{span->credit} * kPageBytes);
  }
  Seal(block, BlockBytes(*span), bytes);
  return block;
}

inline void* HardenedHeap::Allocate(size_t bytes, size_t alignment, Fill fill) {
  if (heap_ == nullptr) return nullptr;
  const uint32_t size_class = ClassFor(Sealed(bytes), alignment);
  return size_class < kClasses
             ? AllocateBlock(size_class, bytes, alignment, fill)
             : AllocateSpan(bytes, alignment, fill);
}

void* HardenedHeap::Allocate(size_t bytes, size_t alignment) {
  return Allocate(bytes, alignment, Fill::kUninitialized);
}

void* HardenedHeap::AllocateZeroed(size_t bytes, size_t alignment) {
  return Allocate(bytes, alignment, Fill::kZeroed);
}

// Makes a block live, with its canaries and its size.
void HardenedHeap::Seal(char* block, size_t capacity, size_t bytes) {
  const size_t gap = capacity - bytes;
  char* const last = block + capacity - kGranule;
  char* const end = block + Granule(bytes);
  const __m128i canary = CanaryOf(block);
  if (end != last) StoreGranule(last, canary);
  if (gap >= kFar) WriteWord(last, CanaryWord(block) ^ bytes);
  const __m128i mask = MaskFrom(bytes % kGranule);
  StoreGranule(end, _mm_or_si128(_mm_andnot_si128(mask, LoadGranule(end)),
                                 _mm_and_si128(mask, canary)));
  SetLive(block, std::min(gap, kFar));
}

// What was asked for.
size_t HardenedHeap::CheckSeal(const char* block, size_t capacity,
                               size_t gap) const {
  const __m128i canary = CanaryOf(block);
  const char* const last = block + capacity - kGranule;
  size_t bytes = capacity - gap;
  size_t from = 0;
  if (gap == kFar) {
    bytes = ReadWord(last) ^ CanaryWord(block);
    from = sizeof(bytes);
    if (bytes > capacity - kFar) ReportOverflow(block);
  }
  const char* const end = block + Granule(bytes);
  if (!IsIntact(end, canary, bytes % kGranule) ||
      (end != last && !IsIntact(last, canary, from))) {
    ReportOverflow(block);
  }
  return bytes;
}

void HardenedHeap::ReportNotLive(void* block) {
  Slab* const slab = heap_->pool_->Locate(block);
  if (slab->size_class < kClasses &&
      IsBlock(*slab, static_cast<char*>(block))) {
    ReportDoubleFree(block);
  }
  heap_->Free(block, slab);  // says what else it is
  ReportDoubleFree(block);
}

void HardenedHeap::Free(void* block) {
  if (heap_ == nullptr || heap_->busy_) return;
  const size_t gap = TakeGap(block);
  if (gap == 0) ReportNotLive(block);
  Slab* const slab = SlabAt(block);
  const size_t capacity = BlockBytes(*slab);
  char* const begin = static_cast<char*>(block);
  const size_t used = Granule(CheckSeal(begin, capacity, gap)) + kGranule;
  Clear(begin, used);
  StoreGranule(begin + capacity - kGranule, _mm_setzero_si128());
  if (slab->size_class >= kClasses || !quarantine_.Keeps(capacity)) {
    return heap_->Free(block, slab);
  }
  SetBusy(heap_, true);
  void* const out = quarantine_.Exchange(block, capacity);
  if (out == nullptr || TryPush(out)) return SetBusy(heap_, false);
  PushSlowly(out);
}

// Where it fits and leaves less than half of the block unused; or, if it must,
// wherever it fits.
bool HardenedHeap::ResizeInPlace(char* block, Slab* slab, size_t before,
                                 size_t bytes, bool must) {
  const size_t capacity = BlockBytes(*slab);
  const size_t sealed = Sealed(bytes);
  const bool is_span = slab->size_class == kSpanClass;
  if (!must && (is_span ? sealed <= kMaxClassBytes : bytes < capacity / 2)) {
    return false;
  }
  const bool fits = sealed <= capacity;
  if (!fits && (!is_span || !heap_->ResizeSpan(slab, sealed))) return false;
  // What is given back is clear, and so is what the block gains.
  char* const kept = block + std::min(before, bytes);
  char* const granule = block + Granule(std::min(before, bytes) + kGranule - 1);
  char* const end = block + Granule(before) + kGranule;
  memset(kept, 0, static_cast<size_t>(granule - kept));
  if (granule != end) Clear(granule, static_cast<size_t>(end - granule));
  char* const last = block + capacity - kGranule;
  if (last >= granule) StoreGranule(last, _mm_setzero_si128());
  (void)TakeGap(block);
  if (fits && is_span) (void)heap_->ResizeSpan(slab, sealed);  // or all stays
  Seal(block, BlockBytes(*slab), bytes);
  return true;
}

// A smaller block for what is to be of that size and does not stay where it is:
// of some class. Null is no refusal.
void* HardenedHeap::Shrunk(size_t bytes) {
  void* const block = heap_->TryAllocateFromClass(ClassOf(Sealed(bytes)));
  return Prepare(static_cast<char*>(block), bytes, Fill::kUninitialized);
}

void* HardenedHeap::Reallocate(void* memory, size_t bytes) {
  if (heap_ == nullptr) return nullptr;
  const size_t gap = GapOf(memory);
  if (gap == 0) ReportNotLive(memory);
  char* const block = static_cast<char*>(memory);
  Slab* const slab = SlabAt(block);
  const size_t before = CheckSeal(block, BlockBytes(*slab), gap);
  if (ResizeInPlace(block, slab, before, bytes, false)) return block;
  const bool fits = bytes <= before;
  void* const moved = fits ? Shrunk(bytes) : Allocate(bytes, kBlockAlignment);
  if (moved == nullptr) {
    return fits && ResizeInPlace(block, slab, before, bytes, true) ? block
                                                                   : nullptr;
  }
  memcpy(moved, block, std::min(before, bytes));
  Free(block);
  return moved;
}

size_t HardenedHeap::UsableSize(const void* block) const {
  const size_t gap = GapOf(block);
  if (gap == 0) return 0;
  return CheckSeal(static_cast<const char*>(block), BlockBytes(*SlabAt(block)),
                   gap);
}

}  // namespace cellblock
