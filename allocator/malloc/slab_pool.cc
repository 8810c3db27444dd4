// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/slab_pool.h"

#include <string.h>

#include <algorithm>
#include <new>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/remote_batches.h"
#include "allocator/report.h"

namespace cellblock {

constinit Slab kNoSlab = {.size_class = kNoClass};

namespace {

// How many blocks are cut off and shuffled at once.
constexpr uint32_t kLeastShuffled = 16;
constexpr uint32_t kMostShuffled = 64;

size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) & ~(unit - 1);
}

size_t PagesOf(size_t bytes) { return bytes >> kPageShift; }

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

uint32_t CapacityOf(const Slab& slab) {
  return SlabCapacity(slab.size_class, slab.pages & ~kFresh);
}

void TakeRemote(Slab* slab, uint64_t key) {
  if (slab->remote.load(std::memory_order_relaxed) == kOwnedBit) return;
  char* const first = RemoteFirst(
      *slab, Exchange(slab->remote, kOwnedBit, std::memory_order_acquire));
  char* last = first;
  uint32_t count = 1;
  uint32_t fetched = 0;  // before the next hint
  for (;;) {
    if (!IsBlock(*slab, last) || count > slab->carved) {
      ReportCorruptedLink(last);
    }
    if (fetched == 0) fetched = RemoteBatches::FetchHinted(*slab, last);
    --fetched;
    char* const next = Decode(ReadLink(last), key);
    if (next == nullptr) break;
    last = next;
    ++count;
  }
  WriteLink(last, Encode(slab->free, key));
  slab->free = first;
  slab->credit -= count;
}

namespace {

// Links the blocks from `first` on in the order that the generator draws, each
// as likely as any other (Fisher and Yates). Returns the first of the list.
char* LinkShuffled(char* first, size_t block, uint32_t count, uint64_t key,
                   Quarantine* generator) {
  uint8_t order[kMostShuffled];
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t place = generator->RandomBelow(i + 1);
    order[i] = order[place];
    order[place] = static_cast<uint8_t>(i);
  }
  char* list = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    char* const at = first + order[i] * block;
    WriteLink(at, Encode(list, key));
    list = at;
  }
  return list;
}

// In the order of their addresses.
char* LinkAscending(char* first, size_t block, uint32_t count, uint64_t key) {
  char* list = nullptr;
  for (char* at = first + count * block; at != first;) {
    at -= block;
    WriteLink(at, Encode(list, key));
    list = at;
  }
  return list;
}

}  // namespace

bool Carve(Slab* slab, uint64_t key, Quarantine* shuffle) {
  const uint32_t left = CapacityOf(*slab) - slab->carved;
  if (left == 0) return false;
  const size_t block = ClassBytes(slab->size_class);
  size_t count = std::max<size_t>(kPageBytes / block, 1);
  if (shuffle != nullptr) {
    count = std::clamp<size_t>(count, kLeastShuffled, kMostShuffled);
  }
  const auto cut = static_cast<uint32_t>(std::min<size_t>(count, left));
  char* const first =
      reinterpret_cast<char*>(slab->start) + slab->carved * block;
  char* const list = shuffle == nullptr
                         ? LinkAscending(first, block, cut, key)
                         : LinkShuffled(first, block, cut, key, shuffle);
  slab->carved = static_cast<uint16_t>(slab->carved + cut);
  __atomic_store_n(&slab->limit, BlockLimit(block, slab->carved),
                   __ATOMIC_RELAXED);
  slab->free = list;
  return true;
}

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
  const size_t touched = was_zero_ ? heap_.stats().high_water_bytes : bytes_;
  void* const memory =
      heap_.Try(pages * kPageBytes, alignment, Fill::kUninitialized);
  if (memory == nullptr) return nullptr;
  MapNewPages();
  Slab* const slab = TakeRecord();
  slab->start = reinterpret_cast<uintptr_t>(memory);
  const size_t offset = slab->start - root_.base;
  const size_t dirty =
      offset < touched ? std::min(PagesOf(touched - offset), pages) : 0;
  slab->owner.store(0, std::memory_order_relaxed);
  slab->remote.store(kOwnedBit, std::memory_order_relaxed);
  slab->free = nullptr;
  slab->size_class = kNoClass;
  slab->reciprocal = pages;
  slab->credit = static_cast<uint32_t>(dirty);
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
  if (!guard || !heap_.ResizeInPlace(reinterpret_cast<void*>(span->start),
                                     pages * kPageBytes)) {
    return false;
  }
  MapNewPages();
  // It may have been a slab once.
  Unmap(span, pages);
  span->reciprocal = pages;
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

Slab* SlabPool::TakeListed(uint32_t size_class, uintptr_t token) {
  std::atomic<uint32_t>& list = listed_[size_class];
  if (list.load(std::memory_order_relaxed) == 0) return nullptr;
  const Guard guard(this);
  const uint32_t index = guard ? list.load(std::memory_order_relaxed) : 0;
  if (index == 0) return nullptr;
  Slab* const slab = &records_[index];
  list.store(slab->next, std::memory_order_relaxed);
  slab->owner.store(token, std::memory_order_relaxed);
  TakeRemote(slab, root_.key);
  return slab;
}

void SlabPool::List(Slab* slab) {
  const Guard guard(this);
  if (!guard) return;
  std::atomic<uint32_t>& list = listed_[slab->size_class];
  slab->owner.store(0, std::memory_order_relaxed);
  SetNext(slab, list.load(std::memory_order_relaxed));
  list.store(IndexOf(slab), std::memory_order_relaxed);
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
  for (std::atomic<uint32_t>& list : listed_) {
    uint32_t kept = 0;
    for (uint32_t index = list.load(std::memory_order_relaxed); index != 0;) {
      Slab* const slab = &records_[index];
      const uint32_t next = slab->next;
      TakeRemote(slab, root_.key);
      if (slab->credit == 0) {
        Unuse(slab);
        ReleaseSpanLocked(slab);
      } else {
        SetNext(slab, kept);
        kept = index;
      }
      index = next;
    }
    list.store(kept, std::memory_order_relaxed);
  }
}

void* SlabPool::TryPages(size_t bytes, Fill fill) {
  const Guard guard(this);
  if (!guard) return nullptr;
  const size_t touched = was_zero_ ? heap_.stats().high_water_bytes : bytes_;
  auto* const pages = static_cast<char*>(
      heap_.TryDivided(bytes, kPageBytes, Fill::kUninitialized));
  if (pages == nullptr) return nullptr;
  MapNewPages();
  const size_t offset = reinterpret_cast<uintptr_t>(pages) - root_.base;
  if (fill == Fill::kZeroed && offset < touched) {
    const size_t whole = RoundUp(std::max<size_t>(bytes, 1), kPageBytes);
    ClearTouched(pages, std::min(touched - offset, whole));
  }
  return pages;
}

size_t SlabPool::FreePages(char* begin, char* end) {
  const Guard guard(this);
  if (!guard) return 0;
  size_t freed = 0;
  for (char* page = begin; page < end; page += kPageBytes) {
    if (heap_.IsPiece(page) && heap_.Free(page) == AllocatorError::kNone) {
      freed += kPageBytes;
    }
  }
  return freed;
}

char* SlabPool::EndOfClaim(char* page, char* end) const {
  while (page < end && !heap_.IsPiece(page)) page += kPageBytes;
  return page;
}

bool SlabPool::ClaimPages(char* begin, char* end, OtherPages others,
                          Fill fill) {
  const Guard guard(this);
  if (!guard) return false;
  // Looked at first, so that nothing is to be undone.
  for (char* page = begin; page < end; page += kPageBytes) {
    char* const run = EndOfClaim(page, end);
    if (run == page && others == OtherPages::kRefuse) return false;
    if (run == page) continue;
    if (!heap_.IsFree(page, static_cast<size_t>(run - page))) return false;
    page = run - kPageBytes;
  }
  for (char* page = begin; page < end; page += kPageBytes) {
    char* const run = EndOfClaim(page, end);
    if (run == page) continue;
    const auto bytes = static_cast<size_t>(run - page);
    if (!heap_.TryDividedAt(page, bytes, kPageBytes, fill)) __builtin_trap();
    page = run - kPageBytes;
  }
  MapNewPages();
  return true;
}

bool SlabPool::ArePages(const char* begin, const char* end) {
  const Guard guard(this);
  if (!guard) return false;
  for (const char* page = begin; page < end; page += kPageBytes) {
    if (!heap_.IsPiece(page)) return false;
  }
  return true;
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

void SlabPool::Register(SpanCache* cache) {
  const Guard guard(this);
  if (!guard || cache->is_registered) return;
  cache->is_registered = true;
  cache->previous_cache = nullptr;
  cache->next_cache = caches_;
  if (caches_ != nullptr) caches_->previous_cache = cache;
  caches_ = cache;
  heaps_.store(heaps_.load(std::memory_order_relaxed) + 1,
               std::memory_order_relaxed);
}

void SlabPool::Unregister(SpanCache* cache) {
  const Guard guard(this);
  if (!guard || !cache->is_registered) return;
  cache->is_registered = false;
  if (cache->next_cache != nullptr) {
    cache->next_cache->previous_cache = cache->previous_cache;
  }
  if (cache->previous_cache != nullptr) {
    cache->previous_cache->next_cache = cache->next_cache;
  } else {
    caches_ = cache->next_cache;
  }
  heaps_.store(heaps_.load(std::memory_order_relaxed) - 1,
               std::memory_order_relaxed);
}

bool SlabPool::IsWaiting(const Slab& slab, const char* block) {
  const Guard guard(this);
  if (!guard) return false;
  for (const SpanCache* cache = caches_; cache != nullptr;
       cache = cache->next_cache) {
    if (cache->batches != nullptr &&
        cache->batches->Holds(slab, block, root_.key)) {
      return true;
    }
  }
  return false;
}

void SlabPool::BeforeFork() {
  if (lock_.Acquire()) is_at_rest_ = true;
}

void SlabPool::AfterFork() {
  if (!is_at_rest_) return;
  is_at_rest_ = false;
  lock_.Release();
}

void SlabPool::KeepOnly(uintptr_t token, SpanCache* own) {
  if (!is_at_rest_) return;
  constexpr uintptr_t kGone = 2;  // no thread has that token
  for (uint32_t i = 1; i < used_records_; ++i) {
    std::atomic<uintptr_t>& owner = records_[i].owner;
    const uintptr_t seen = owner.load(std::memory_order_relaxed);
    if (seen != 0 && seen != token) {
      owner.store(kGone, std::memory_order_relaxed);
    }
  }
  for (SpanCache* cache = caches_; cache != nullptr;
       cache = cache->next_cache) {
    if (cache != own) ReleaseAllLocked(cache);
  }
  caches_ = own->is_registered ? own : nullptr;
  own->next_cache = nullptr;
  own->previous_cache = nullptr;
  heaps_.store(own->is_registered ? 1 : 0, std::memory_order_relaxed);
}

}  // namespace cellblock
