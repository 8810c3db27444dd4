// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/slab_pool.h"

#include <string.h>

#include <algorithm>
#include <new>

#include "allocator/malloc/slab_blocks.h"
#include "allocator/report.h"

namespace cellblock {

constinit Slab kNoSlab = {.size_class = kNoClass};

namespace {

size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) & ~(unit - 1);
}

size_t PagesOf(size_t bytes) { return bytes >> kPageShift; }

// Of so many pages at an offset, how many lie below `touched`.
uint32_t DirtyPages(size_t offset, size_t pages, size_t touched) {
  if (offset >= touched) return 0;
  return static_cast<uint32_t>(std::min(PagesOf(touched - offset), pages));
}

// Where the parts of the side region start.
struct Layout {
  size_t records;
  size_t tags;
  size_t end;
};

Layout LayoutFor(size_t pages) {
  Layout layout;
  layout.records = RoundUp(pages * sizeof(std::atomic<Slab*>), kLineBytes);
  layout.tags = layout.records + (pages + 1) * sizeof(Slab);
  layout.end =
      layout.tags + Heap::TableBytesFor(pages * kPageBytes, kPageBytes);
  return layout;
}

// Murmur3's finaliser (Appleby).
uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCDu;
  value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53u;
  return value ^ (value >> 33);
}

}  // namespace

size_t SlabPool::SideBytesFor(size_t pool_bytes) {
  const size_t pages = PagesOf(pool_bytes);
  if (pages == 0 || pages > Freelist::kMaxUnits) return 0;
  return LayoutFor(pages).end;
}

AllocatorError SlabPool::Attach(const SlabPoolMemory& memory) {
  const auto begin = reinterpret_cast<uintptr_t>(memory.base);
  const size_t lead = -begin & (kPageBytes - 1);
  if (memory.bytes == 0) return AllocatorError::kZeroBytes;
  if (begin == 0 || memory.side == nullptr) return AllocatorError::kNullBuffer;
  if (memory.bytes < lead + kPageBytes) return AllocatorError::kTooSmall;
  const size_t pages = PagesOf(memory.bytes - lead);
  const size_t needed = SideBytesFor(pages * kPageBytes);
  if (needed == 0) return AllocatorError::kTooLarge;
  if (memory.side_bytes < needed) return AllocatorError::kTooSmall;
  const auto side = reinterpret_cast<uintptr_t>(memory.side);
  if (side % kLineBytes != 0) return AllocatorError::kBadAlignment;

  const Layout layout = LayoutFor(pages);
  const AllocatorError error =
      heap_.Attach({.base = reinterpret_cast<void*>(begin + lead),
                    .bytes = pages * kPageBytes,
                    .table = reinterpret_cast<void*>(side + layout.tags),
                    .table_bytes = layout.end - layout.tags,
                    .unit = kPageBytes,
                    .content = memory.content,
                    .table_content = memory.side_content});
  if (error != AllocatorError::kNone) return error;
  root_.base = begin + lead;
  root_.map = reinterpret_cast<std::atomic<Slab*>*>(side);
  root_.key = LinkKey(Mix(memory.seed));
  records_ = reinterpret_cast<Slab*>(side + layout.records);
  bytes_ = pages * kPageBytes;
  free_pages_.store(pages, std::memory_order_relaxed);
  share_pages_ = pages / 64;
  was_zero_ = memory.content == Content::kZero;
  copy_ = memory.stats;
  if (copy_ != nullptr) PublishLocked();
  return AllocatorError::kNone;
}

std::array<SlabPool::Area, 4> SlabPool::Areas() const {
  if (bytes_ == 0) return {};
  const size_t pages = PagesOf(bytes_);
  const Layout layout = LayoutFor(pages);
  const auto side = reinterpret_cast<uintptr_t>(root_.map);
  const size_t mapped = mapped_pages_.load(std::memory_order_relaxed);
  const uint64_t high_water = heap_.stats().high_water_bytes;
  // Last in their table are the tags, one for each page (Freelist).
  constexpr size_t kTagBytes = 8;
  const size_t tags = layout.end - layout.tags;
  const size_t unused_tags = (pages - PagesOf(high_water)) * kTagBytes;
  return {{{root_.base, bytes_, high_water},
           {side, layout.records, mapped * sizeof(std::atomic<Slab*>)},
           {side + layout.records, layout.tags - layout.records,
            used_records_ * sizeof(Slab)},
           {side + layout.tags, tags, tags - unused_tags}}};
}

// The records are zero, or have been in use.
Slab* SlabPool::TakeRecord() {
  if (free_records_ == 0) return new (&records_[used_records_++]) Slab();
  Slab* const slab = &records_[free_records_];
  free_records_ = slab->next;
  return slab;
}

void SlabPool::MapNewPages() {
  const size_t high_water = PagesOf(heap_.stats().high_water_bytes);
  size_t page = mapped_pages_.load(std::memory_order_relaxed);
  if (page >= high_water) return;
  for (; page < high_water; ++page) {
    root_.map[page].store(&kNoSlab, std::memory_order_relaxed);
  }
  mapped_pages_.store(high_water, std::memory_order_release);
}

void SlabPool::Unuse(Slab* slab) const {
  const bool is_hardened = is_hardened_.load(std::memory_order_relaxed);
  const uint8_t fresh = is_hardened ? slab->pages & kFresh : 0;
  if (is_hardened) {
    const size_t block = ClassBytes(slab->size_class);
    for (uint32_t i = 0; i < slab->carved; ++i) {
      WriteLink(reinterpret_cast<char*>(slab->start) + i * block, 0);
    }
  }
  cellblock::Unuse(slab);
  slab->pages |= fresh;
}

Slab* SlabPool::NewSpan(size_t pages, size_t alignment) {
  const Guard guard(this);
  if (!guard) return nullptr;
  GatherIfHigh(pages);
  const size_t touched = TouchedBytes();
  void* const memory =
      heap_.Try(pages * kPageBytes, alignment, Fill::kUninitialized);
  if (memory == nullptr) return nullptr;
  MapNewPages();
  Slab* const slab = TakeRecord();
  slab->start = reinterpret_cast<uintptr_t>(memory);
  const size_t offset = slab->start - root_.base;
  const uint32_t dirty = DirtyPages(offset, pages, touched);
  slab->owner.store(0, std::memory_order_relaxed);
  slab->remote.store(kOwnedBit, std::memory_order_relaxed);
  slab->free = nullptr;
  slab->size_class = kNoClass;
  slab->reciprocal = pages;
  slab->credit = dirty;
  slab->pages = dirty == 0 ? kFresh : 0;
  root_.map[PagesOf(offset)].store(slab, std::memory_order_relaxed);
  return slab;
}

size_t SlabPool::LargestFreePages() {
  const Guard guard(this);
  return guard ? PagesOf(heap_.LargestFree()) : 0;
}

void SlabPool::ReleaseSpan(Slab* span) {
  const Guard guard(this);
  if (guard) ReleaseSpanLocked(span);
}

void SlabPool::ReleaseSpanLocked(Slab* span) {
  Unmap(span, 0);
  void* const memory = reinterpret_cast<void*>(span->start);
  if (heap_.Free(memory) != AllocatorError::kNone) {
    ReportCorruptedLink(memory);
  }
  span->start = 0;
  SetNext(span, free_records_);
  free_records_ = IndexOf(span);
}

size_t SlabPool::UsableSize(const void* block) {
  const Slab& slab = *Locate(block);
  const auto* const address = static_cast<const char*>(block);
  if (slab.size_class < kClasses) {
    return IsBlock(slab, address) && !HoldsLink(slab, address, root_.key)
               ? ClassBytes(slab.size_class)
               : 0;
  }
  if (slab.size_class == kSpanClass) {
    return reinterpret_cast<uintptr_t>(block) == slab.start
               ? slab.reciprocal * kPageBytes
               : 0;
  }
  const Guard guard(this);
  return guard && heap_.IsPiece(block) ? kPageBytes : 0;
}

bool SlabPool::ResizeSpan(Slab* span, size_t pages) {
  const Guard guard(this);
  if (!guard) return false;
  const size_t touched = TouchedBytes();
  if (!heap_.ResizeInPlace(reinterpret_cast<void*>(span->start),
                           pages * kPageBytes)) {
    return false;
  }
  MapNewPages();
  // It may have been a slab once.
  Unmap(span, pages);
  span->reciprocal = pages;
  span->credit = DirtyPages(span->start - root_.base, pages, touched);
  return true;
}

// Takes what entries a span has from the page numbered `from` on out of the
// map.
void SlabPool::Unmap(const Slab* span, size_t from) {
  const size_t first = PagesOf(span->start - root_.base);
  const size_t end = std::min<size_t>(span->reciprocal, kMaxSlabPages);
  for (size_t i = from; i < end; ++i) {
    root_.map[first + i].store(&kNoSlab, std::memory_order_relaxed);
  }
}

// The one that was listed first: most came back to it since.
Slab* SlabPool::TakeListed(uint32_t size_class, uintptr_t token) {
  Listed& list = listed_[size_class];
  if (list.first.load(std::memory_order_relaxed) == 0) return nullptr;
  const Guard guard(this);
  const uint32_t index = guard ? list.first.load(std::memory_order_relaxed) : 0;
  if (index == 0) return nullptr;
  Slab* const slab = &records_[index];
  list.first.store(slab->next, std::memory_order_relaxed);
  slab->owner.store(token, std::memory_order_relaxed);
  TakeRemote(slab, root_.key);
  return slab;
}

void SlabPool::List(Slab* slab) {
  const Guard guard(this);
  if (!guard) return;
  slab->owner.store(0, std::memory_order_relaxed);
  Append(&listed_[slab->size_class], slab);
}

void SlabPool::Append(Listed* list, Slab* slab) {
  SetNext(slab, 0);
  if (list->first.load(std::memory_order_relaxed) != 0) {
    SetNext(&records_[list->last], IndexOf(slab));
  } else {
    list->first.store(IndexOf(slab), std::memory_order_relaxed);
  }
  list->last = IndexOf(slab);
}

void SlabPool::ReleaseAll(SpanCache* cache) {
  const Guard guard(this);
  if (guard) ReleaseAllLocked(cache);
}

void SlabPool::ReleaseAllLocked(SpanCache* cache) {
  while (const uint32_t first = cache->TakeAny()) ReleaseListLocked(first);
}

void SlabPool::ReleaseList(uint32_t first) {
  const Guard guard(this);
  if (guard) ReleaseListLocked(first);
}

void SlabPool::ReleaseListLocked(uint32_t first) {
  for (uint32_t index = first; index != 0;) {
    Slab* const span = &records_[index];
    index = span->next;
    ReleaseSpanLocked(span);
  }
}

void SlabPool::Reclaim() {
  const Guard guard(this);
  if (!guard) return;
  for (SpanCache* cache = caches_; cache != nullptr;
       cache = cache->next_cache) {
    ReleaseAllLocked(cache);
  }
  GatherListed();
}

// Who looks at a list meanwhile finds the old one.
void SlabPool::GatherListed() {
  for (Listed& list : listed_) {
    Listed kept;
    uint32_t index = list.first.load(std::memory_order_relaxed);
    while (index != 0) {
      Slab* const slab = &records_[index];
      index = slab->next;
      TakeRemote(slab, root_.key);
      if (slab->credit == 0) {
        Unuse(slab);
        ReleaseSpanLocked(slab);
      } else {
        Append(&kept, slab);
      }
    }
    list.last = kept.last;
    list.first.store(kept.first.load(std::memory_order_relaxed),
                     std::memory_order_relaxed);
  }
}

// Nobody is told that a listed slab became empty. So they are looked at when a
// fourth more is in use than there was after the last time: seldom, unless much
// was gathered then.
void SlabPool::GatherIfHigh(size_t pages) {
  if (used_pages() + pages < gather_at_) return;
  GatherListed();
  const size_t used = PagesOf(heap_.stats().in_use_bytes) + pages;
  gather_at_ = used + used / 4;
}

uint64_t SlabPool::CountRefusal(size_t bytes, size_t alignment,
                                bool streak_ended) {
  const Guard guard(this);
  if (!guard) return 0;
  if (streak_ended) heap_.EndStreak();
  return heap_.CountRefusal(bytes, alignment);
}

AllocatorError SlabPool::WhyNotLive(const void* address) {
  const auto value = reinterpret_cast<uintptr_t>(address);
  if (value - root_.base >= bytes_) return AllocatorError::kNotOwned;
  void* const page = reinterpret_cast<void*>(value & ~(kPageBytes - 1));
  const Guard guard(this);
  if (!guard || heap_.IsPiece(page)) return AllocatorError::kNotOwned;
  if (value % kBlockAlignment != 0) return AllocatorError::kMisaligned;
  if (heap_.UsableSize(page) != 0) return AllocatorError::kInteriorPointer;
  return heap_.Free(page);  // of nothing live: says what it is
}

}  // namespace cellblock
