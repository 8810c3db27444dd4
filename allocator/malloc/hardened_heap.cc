// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/hardened_heap.h"

#include <string.h>

#include <algorithm>

#include "allocator/report.h"

namespace cellblock {
namespace {

// Not zero, and of no byte that text or small numbers have.
constexpr uint64_t kCanary = 0xCBCBCBCBCBCBCBCB;

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

}  // namespace

void HardenedHeap::Open(ThreadHeap* heap, SlabPool* pool,
                        const Hardening* hardening, uint64_t seed) {
  heap_ = heap;
  pool_ = pool;
  hardening_ = hardening;
  quarantine_.Seed(seed);
  heap->Harden(&quarantine_);
}

void HardenedHeap::Close() { heap_ = nullptr; }

inline bool HardenedHeap::IsLive(const void* block) const {
  if (reinterpret_cast<uintptr_t>(block) % kBlockAlignment != 0) return false;
  const size_t bit = BitOf(block);
  const uint64_t word =
      hardening_->live[bit / 64].load(std::memory_order_relaxed);
  return (word >> (bit % 64) & 1) != 0;
}

inline void HardenedHeap::SetLive(const void* block) {
  const size_t bit = BitOf(block);
  std::atomic<uint64_t>& word = hardening_->live[bit / 64];
  const uint64_t mask = uint64_t{1} << (bit % 64);
  if (__libc_single_threaded != 0) {
    word.store(word.load(std::memory_order_relaxed) | mask,
               std::memory_order_relaxed);
  } else {
    word.fetch_or(mask, std::memory_order_relaxed);
  }
}

// False iff it was not live. Of two frees at once, one sees that.
inline bool HardenedHeap::ClearLive(const void* block) {
  if (reinterpret_cast<uintptr_t>(block) % kBlockAlignment != 0) return false;
  const size_t bit = BitOf(block);
  std::atomic<uint64_t>& word = hardening_->live[bit / 64];
  const uint64_t mask = uint64_t{1} << (bit % 64);
  uint64_t was;
  if (__libc_single_threaded != 0) {
    was = word.load(std::memory_order_relaxed);
    word.store(was & ~mask, std::memory_order_relaxed);
  } else {
    was = word.fetch_and(~mask, std::memory_order_relaxed);
  }
  return (was & mask) != 0;
}

// Clears what may not be zero: the bytes asked for, their canary and the seal.
inline void HardenedHeap::Clear(char* begin, size_t capacity, size_t bytes) {
  if (capacity <= 256) {  // of whole steps of 16
    for (size_t i = 0; i < capacity; i += 16) memset(begin + i, 0, 16);
    return;
  }
  memset(begin, 0, bytes + kCanaryBytes);
  WriteWord(begin + capacity - kSealBytes, 0);
}

inline uint64_t HardenedHeap::SealOf(const void* block, size_t bytes) const {
  return (reinterpret_cast<uintptr_t>(block) * 0x9E3779B97F4A7C15u +
          hardening_->secret) ^
         bytes;
}

inline void HardenedHeap::Seal(char* block, size_t capacity,
                               size_t bytes) const {
  WriteWord(block + bytes, kCanary);  // the seal may overwrite some of it
  WriteWord(block + capacity - kSealBytes, SealOf(block, bytes));
}

// What was asked for.
inline size_t HardenedHeap::CheckSeal(const char* block,
                                      size_t capacity) const {
  const size_t end = capacity - kSealBytes;
  const uint64_t bytes = ReadWord(block + end) ^ SealOf(block, 0);
  if (bytes > end) ReportOverflow(block);
  const size_t gap = end - bytes;
  uint64_t wrong = ReadWord(block + bytes) ^ kCanary;
  // The bytes that the seal has overwritten are the upper ones.
  if (gap < kCanaryBytes) wrong &= (uint64_t{1} << (8 * gap)) - 1;
  if (wrong != 0) ReportOverflow(block);
  return bytes;
}

void* HardenedHeap::Allocate(size_t bytes, size_t alignment) {
  const size_t sealed = Sealed(bytes);
  if (sealed <= kMaxClassBytes && alignment <= kBlockAlignment) {
    const uint32_t size_class = ClassOf(sealed);
    if (char* const block = heap_->TakeServed(size_class)) {
      return HandOut(block, ClassBytes(size_class), bytes);
    }
  }
  void* const block = heap_->Allocate(sealed, alignment);
  if (block == nullptr) return nullptr;
  return HandOut(block, BlockBytes(*pool_->Locate(block).slab), bytes);
}

void* HardenedHeap::AllocateZeroed(size_t bytes, size_t alignment) {
  void* const block = heap_->AllocateZeroed(Sealed(bytes), alignment);
  if (block == nullptr) return nullptr;
  return HandOut(block, BlockBytes(*pool_->Locate(block).slab), bytes);
}

void* HardenedHeap::HandOut(void* block, size_t capacity, size_t bytes) {
  SetLive(block);
  Seal(static_cast<char*>(block), capacity, bytes);
  return block;
}

void HardenedHeap::ReportNotLive(void* block) {
  Slab* const slab = pool_->Locate(block).slab;
  if (slab->size_class < kClasses &&
      IsBlock(*slab, static_cast<char*>(block))) {
    ReportDoubleFree(block);
  }
  heap_->Free(block, slab);  // says what else it is
  ReportDoubleFree(block);
}

void HardenedHeap::Free(void* block) {
  if (!ClearLive(block)) ReportNotLive(block);
  Slab* const slab = pool_->Locate(block).slab;
  const size_t capacity = BlockBytes(*slab);
  char* const begin = static_cast<char*>(block);
  Clear(begin, capacity, CheckSeal(begin, capacity));
  if (capacity > Quarantine::kMostBytes) return heap_->Free(block, slab);
  if (void* const out = quarantine_.Exchange(block)) heap_->FreeChecked(out);
}

// In place where it fits and leaves less than half of the block unused.
bool HardenedHeap::ResizeInPlace(char* begin, Slab* slab, size_t bytes) {
  const size_t capacity = BlockBytes(*slab);
  const size_t before = CheckSeal(begin, capacity);
  const bool is_span = slab->size_class == kSpanClass;
  if (is_span ? Sealed(bytes) <= kMaxClassBytes
              : bytes < capacity / 2 || Sealed(bytes) > capacity) {
    return false;
  }
  // What is given back is clear, and so is what the block gains.
  if (!is_span || bytes < before) {
    const size_t kept = std::min(before, bytes);
    memset(begin + kept, 0, before - kept + kCanaryBytes);
    if (is_span) {
      WriteWord(begin + capacity - kSealBytes, 0);
      (void)heap_->ResizeSpan(slab, Sealed(bytes));  // or all of it stays
    }
  } else {
    if (!heap_->ResizeSpan(slab, Sealed(bytes))) return false;
    WriteWord(begin + before, 0);
    WriteWord(begin + capacity - kSealBytes, 0);
  }
  Seal(begin, BlockBytes(*slab), bytes);
  return true;
}

void* HardenedHeap::Reallocate(void* block, size_t bytes) {
  if (!IsLive(block)) ReportNotLive(block);
  char* const begin = static_cast<char*>(block);
  Slab* const slab = pool_->Locate(block).slab;
  if (ResizeInPlace(begin, slab, bytes)) return block;
  const size_t before = CheckSeal(begin, BlockBytes(*slab));
  void* const moved = Allocate(bytes, kBlockAlignment);
  if (moved == nullptr) return nullptr;
  memcpy(moved, block, std::min(before, bytes));
  Free(block);
  return moved;
}

size_t HardenedHeap::UsableSize(const void* block) const {
  if (!IsLive(block)) return 0;
  return CheckSeal(static_cast<const char*>(block),
                   BlockBytes(*pool_->Locate(block).slab));
}

}  // namespace cellblock
