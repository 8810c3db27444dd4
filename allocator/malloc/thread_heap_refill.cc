// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Where a ThreadHeap has the next slab of a class from, up to the ladder's end.

#include <algorithm>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/slab_blocks.h"
#include "allocator/malloc/thread_heap.h"

namespace cellblock {
namespace {

constexpr uint32_t kSmallClass = ClassOf(1024);

}  // namespace

// A slab of the class with a free block, which serves from now on; or null.
Slab* ThreadHeap::Refill(uint32_t size_class) {
  if (was_alone_ && pool_->is_shared()) ShareAll();
  Slab* slab = serving_[size_class];
  if (slab != &kNoSlab) {
    Fold(slab);
    TakeRemote(slab, key());
    const bool has_uncut = slab->carved < CapacityOf(*slab);
    const bool can_wait = quarantine_ == nullptr && slab->free == nullptr &&
                          has_uncut && size_class <= kSmallClass &&
                          HasManyFree(Candidate(size_class));
    if (!can_wait && Replenish(slab)) return slab;
    SetServing(size_class, &kNoSlab);
    slab->credit = slab->used;
    if (can_wait) {
      Enqueue(slab);
    } else if (!Disown(slab)) {
      Serve(slab);
      return slab;
    }
  }
  slab = IsSwitchingOften(size_class) ? nullptr : FromQueue(size_class);
  if (slab == nullptr) slab = FromList(size_class);
  const bool is_first = grown_[size_class] == 0;
  if (slab == nullptr) slab = GrownSlab(size_class);
  if (slab == nullptr) slab = FromQueue(size_class);
  if (slab == nullptr) return nullptr;
  (void)Replenish(slab);
  // One with a single block has nothing to serve from then on.
  if (is_first || CapacityOf(*slab) > 1) Serve(slab);
  return slab;
}

// Whether slabs of the class run empty so often that a further one is worth it:
// few blocks are free in what there is.
bool ThreadHeap::IsSwitchingOften(uint32_t size_class) {
  constexpr uint8_t kOften = 32;
  constexpr uint32_t kFew = 4;  // one in so many
  if (++switches_[size_class] < kOften) return false;
  switches_[size_class] = 0;
  const Slab* const best = Candidate(size_class);
  return best != nullptr &&
         (best->carved - best->credit) * kFew < best->carved &&
         grown_[size_class] < MostPages(size_class);
}

// Whether the free blocks of a slab, if there is one, are worth being used
// before further ones are cut off the slab that serves, which may not be
// resident yet.
bool ThreadHeap::HasManyFree(const Slab* slab) {
  constexpr uint32_t kMany = 5;  // one in so many
  constexpr uint32_t kLeast = 16;
  if (slab == nullptr) return false;
  const uint32_t free = slab->carved - slab->credit;
  return free >= kLeast && free * kMany >= slab->carved;
}

Slab* ThreadHeap::FromQueue(uint32_t size_class) {
  while (Slab* const slab = Candidate(size_class)) {
    Unqueue(slab);
    TakeRemote(slab, key());
    if (IsEmptyAndWasteful(*slab)) {
      Retire(slab);
      continue;
    }
    if (Replenish(slab) || !Disown(slab)) return slab;
  }
  return nullptr;
}

// One that no thread owned.
Slab* ThreadHeap::FromList(uint32_t size_class) {
  for (;;) {
    Slab* const slab = pool_->TakeListed(size_class, token_);
    if (slab == nullptr || !IsEmptyAndWasteful(*slab)) return slab;
    Retire(slab);
  }
}

// What was cut out of the last of a pool need not stay so.
bool ThreadHeap::IsEmptyAndWasteful(const Slab& slab) {
  return slab.credit == 0 &&
         (slab.pages & ~kFresh) < kSlabPages.of[slab.size_class].tight;
}

// Of as many pages as the class has already, but no more than the pool can
// spare and this thread may keep; where the pool is what limits it, at least so
// many that little is wasted. Slabs of small blocks are large from the start:
// pages that no block was cut off are not resident, and the fewer records there
// are, the more of them are in the processor's cache. Null iff there is none,
// or few are left: then the ladder cuts them up.
Slab* ThreadHeap::GrownSlab(uint32_t size_class) {
  constexpr size_t kShare = 4;  // so that the first classes do not take all
  const uint32_t spared = MostPages(size_class);
  const size_t most = pool_->most_serving_pages();
  const size_t left = (most - std::min(most, serving_pages_)) / kShare;
  const size_t start = size_class <= kSmallClass ? pool_->MostFirstPages() : 0;
  const size_t grown = std::max<size_t>(grown_[size_class], start);
  const uint32_t tight = kSlabPages.of[size_class].tight;
  uint32_t pages = GoodSlabPages(
      size_class,
      static_cast<uint32_t>(std::min({grown, left, size_t{spared}})));
  if (pages < tight && spared < tight && grown_[size_class] != 0) {
    if (!CanSpareTight(size_class)) return nullptr;
    pages = tight;
  }
  Slab* const slab = NewSlab(size_class, pages);
  if (slab == nullptr) return nullptr;
  was_alone_ = !pool_->is_shared();
  grown_[size_class] =
      static_cast<uint8_t>(std::min(grown_[size_class] + pages, kMaxSlabPages));
  return slab;
}

// What the pool can spare for a slab of the class.
uint32_t ThreadHeap::MostPages(uint32_t size_class) const {
  return size_class <= kSmallClass ? pool_->MostSmallSlabPages()
                                   : pool_->MostSlabPages();
}

// Whether a slab that wastes little leaves enough to others.
bool ThreadHeap::CanSpareTight(uint32_t size_class) const {
  constexpr size_t kOthers = 4;
  return pool_->free_pages() / kOthers >= kSlabPages.of[size_class].tight;
}

// Of the slabs that are longest in the queue, the one with most free blocks:
// so it is a while until the next one is looked for, and slabs that are nearly
// empty, which take part in this only at the end, become empty.
Slab* ThreadHeap::Candidate(uint32_t size_class) const {
  constexpr int kLook = 4;
  Slab* best = nullptr;
  uint32_t most = 0;
  uint32_t index = queues_[size_class].first;
  for (int i = 0; i < kLook && index != 0; ++i) {
    Slab* const slab = At(index);
    const uint32_t free = slab->carved - slab->credit;
    if (best == nullptr || free > most) {
      best = slab;
      most = free;
    }
    index = slab->next;
  }
  return best;
}

void* ThreadHeap::TryAllocateFromClass(uint32_t size_class) {
  const Busy busy(this);
  if (busy.nested()) return nullptr;
  Slab* slab = serving_[size_class];
  if (slab->free == nullptr) slab = Refill(size_class);
  if (slab == nullptr) {
    slab = GatheredSlab(size_class);
    if (slab == nullptr) return nullptr;
    (void)Replenish(slab);
    Serve(slab);
  }
  return TakeFrom(slab);
}

// The exhaustion ladder.
Slab* ThreadHeap::RefillAtLast(uint32_t size_class, size_t alignment) {
  for (const bool last : {false, true}) {
    if (last) GiveUp();
    Slab* slab = GatheredSlab(size_class);
    // A larger block, of at most twice the size, serves as well.
    for (uint32_t larger = size_class + 1;
         last && slab == nullptr && larger <= size_class + 8 &&
         larger < kClasses;
         ++larger) {
      if (ClassBytes(larger) % alignment != 0) continue;
      slab = pool_->TakeListed(larger, token_);
    }
    if (slab == nullptr) continue;
    (void)Replenish(slab);
    Serve(slab);
    return slab;
  }
  return nullptr;
}

// Of what all threads can do without.
Slab* ThreadHeap::GatheredSlab(uint32_t size_class) {
  const SlabPages& pages = kSlabPages.of[size_class];
  pool_->Reclaim();
  Slab* slab = FromList(size_class);
  if (slab == nullptr) {
    slab = NewSlab(size_class,
                   CanSpareTight(size_class) ? pages.tight : pages.first);
  }
  return slab != nullptr ? slab : SlabOfAHole(size_class);
}

// Of all that lies together, where that is less.
Slab* ThreadHeap::SlabOfAHole(uint32_t size_class) {
  const size_t hole = pool_->LargestFreePages();
  if (hole < kSlabPages.of[size_class].least) return nullptr;
  return NewSlab(size_class,
                 static_cast<uint32_t>(std::min<size_t>(hole, kMaxSlabPages)));
}

// More blocks for the list of an owned slab.
bool ThreadHeap::Replenish(Slab* slab) {
  TakeRemote(slab, key());
  if (slab->free != nullptr) return true;
  if (!Carve(slab, key(), quarantine_)) return false;
  // The link is cleared when the block is handed out.
  const bool alone =
      quarantine_ == nullptr && ClassBytes(slab->size_class) > kPageBytes / 2;
  untouched_ = alone && (slab->pages & kFresh) != 0 ? slab->free : nullptr;
  return true;
}

// Gives the larger spans of the cache back first: they are resident, and fresh
// memory is not.
Slab* ThreadHeap::FromPool(size_t pages, size_t alignment) {
  while (const uint32_t index = cache_.EvictLarge(pool_->records())) {
    pool_->ReleaseSpan(At(index));
  }
  Tell();
  return pool_->NewSpan(pages, alignment);
}

Slab* ThreadHeap::NewSlab(uint32_t size_class, uint32_t pages) {
  Slab* slab = cache_.Pop(pool_->records(), pages);
  if (slab == nullptr) slab = FromPool(pages, kPageBytes);
  if (slab == nullptr) return nullptr;
  slab->pages = static_cast<uint8_t>(pages | (slab->pages & kFresh));
  if (quarantine_ != nullptr && (slab->pages & kFresh) == 0) {
    ClearTouched(reinterpret_cast<char*>(slab->start), pages * kPageBytes);
    slab->pages |= kFresh;
  }
  slab->size_class = static_cast<uint8_t>(size_class);
  __atomic_store_n(&slab->reciprocal, kReciprocals.of[size_class],
                   __ATOMIC_RELAXED);
  slab->credit = 0;
  std::atomic<Slab*>* const map =
      &pool_->root().map[(slab->start - pool_->base()) >> kPageShift];
  // What was a slab of so many pages still has its entries, from the first on.
  if (map[pages - 1].load(std::memory_order_relaxed) != slab) {
    for (uint32_t i = 0; i < pages; ++i) {
      map[i].store(slab, std::memory_order_relaxed);
    }
  }
  slab->owner.store(token_, std::memory_order_relaxed);
  return slab;
}

}  // namespace cellblock
