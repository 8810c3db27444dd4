// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/thread_heap.h"

#include <string.h>

#include <algorithm>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/slab_blocks.h"
#include "allocator/report.h"

namespace cellblock {
void ThreadHeap::Open(SlabPool* pool, uintptr_t token, FastTable* fast) {
  token_ = token;
  pool_ = pool;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  fast_ = fast;
  cache_.batches = &batches_;
  pool->Register(&cache_);
}

void ThreadHeap::Close() {
  // To the end: what a handler opened in a heap that is not registered any more
  // would be lost.
  const Busy busy(this);
  GiveUp();
  Count();
  pool_->Unregister(&cache_);
  // In this order for a signal handler: what is plain is open.
  fast_ = nullptr;
  quarantine_ = nullptr;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  pool_ = nullptr;
}

void* ThreadHeap::Allocate(size_t bytes, size_t alignment) {
  if (bytes <= kMaxClassBytes && alignment <= kPageBytes) {
    const uint32_t size_class = alignment <= kBlockAlignment
                                    ? ClassOf(bytes)
                                    : AlignedClassOf(bytes, alignment);
    return AllocateFromClass(size_class, bytes, alignment);
  }
  Slab* span = nullptr;
  return AllocateSpan(bytes, alignment, &span);
}

void* ThreadHeap::AllocateZeroed(size_t bytes, size_t alignment) {
  if (bytes <= kMaxClassBytes && alignment <= kBlockAlignment) {
    const uint32_t size_class = ClassOf(bytes);
    untouched_ = nullptr;
    void* const block = AllocateFromClass(size_class, bytes, alignment);
    if (block != nullptr && block != untouched_) {
      // At the end of the pool it may be of a larger class.
      memset(block, 0, ClassBytes(pool_->Locate(block)->size_class));
    }
    return block;
  }
  Slab* span = nullptr;
  void* const block = AllocateSpan(bytes, alignment, &span);
  if (block != nullptr) {
    // Of what may be dirty, most may never have been touched.
    ClearTouched(static_cast<char*>(block), size_t{span->credit} * kPageBytes);
  }
  return block;
}

// The slow path of a class: its slab has no free block.
void* ThreadHeap::AllocateAnew(uint32_t size_class, size_t bytes,
                               size_t alignment) {
  const Busy busy(this);
  if (busy.nested()) return nullptr;
  Slab* slab = Refill(size_class);
  if (slab == nullptr) slab = RefillAtLast(size_class, alignment);
  if (slab == nullptr) {
    Refuse(bytes, alignment);
    return nullptr;
  }
  return TakeFrom(slab);
}

// The first block of what Refill and the ladder give.
void* ThreadHeap::TakeFrom(Slab* slab) {
  void* const block = TakeFirst(slab, key());
  if (serving_[slab->size_class] != slab) LetGo(slab);
  return block;
}

// Of a slab that does not serve, the only block was handed out.
void ThreadHeap::LetGo(Slab* slab) {
  slab->credit = 1;
  ++allocations_;
  slab->owner.store(0, std::memory_order_relaxed);
  slab->remote.store(0, std::memory_order_release);  // nobody has it yet
}

// `span` is the record of what is returned.
void* ThreadHeap::AllocateSpan(size_t bytes, size_t alignment, Slab** span) {
  const Busy busy(this);
  if (busy.nested()) return nullptr;
  const size_t pages = PagesFor(bytes);
  Slab* slab = FromCache(pages);
  if (slab != nullptr && alignment > kPageBytes &&
      (slab->start & (alignment - 1)) != 0) {
    Keep(slab);  // to more than a page some are aligned, by chance
    slab = nullptr;
  }
  if (slab == nullptr) slab = NewSpanAtLast(bytes, alignment);
  if (slab == nullptr) return nullptr;
  *span = slab;
  return HandOut(slab, bytes);
}

// Of a few pages more, too, while nobody misses them.
Slab* ThreadHeap::FromCache(size_t pages) {
  return pool_->free_pages() > pool_->used_pages()
             ? cache_.PopAbout(pool_->records(), pages)
             : cache_.Pop(pool_->records(), pages);
}

void* ThreadHeap::HandOut(Slab* span, size_t bytes) {
  ++allocations_;
  span->size_class = kSpanClass;
  span->used = static_cast<uint32_t>(PagesFor(bytes));
  span->remote.store(0, std::memory_order_relaxed);
  return reinterpret_cast<void*>(span->start);
}

// What is not in the cache: with the exhaustion ladder.
[[gnu::noinline]] Slab* ThreadHeap::NewSpanAtLast(size_t bytes,
                                                  size_t alignment) {
  if (bytes <= pool_->bytes()) {
    const size_t pages = PagesFor(bytes);
    Slab* slab = FromPool(pages, alignment);
    for (const bool last : {false, true}) {
      if (slab != nullptr) return slab;
      if (last) GiveUp();
      pool_->Reclaim();
      slab = pool_->NewSpan(pages, alignment);
    }
    if (slab != nullptr) return slab;
  }
  GiveUp();
  Refuse(bytes, alignment);
  return nullptr;
}

// Records that a request was refused.
void ThreadHeap::Refuse(size_t bytes, size_t alignment) {
  Count();
  const bool ended = allocations_ != allocations_at_refusal_;
  allocations_at_refusal_ = allocations_;
  refusals_in_a_row_ = ended ? 1 : refusals_in_a_row_ + 1;
  refused_ = {.bytes = bytes,
              .alignment = alignment,
              .number = pool_->CountRefusal(bytes, alignment, ended)};
}

void ThreadHeap::Count() {
  const Busy busy(this);
  GiveBackAll();
  for (Slab* const slab : serving_) {
    if (slab == &kNoSlab) continue;
    TakeRemote(slab, key());
    Fold(slab);
  }
  for (const Queue& queue : queues_) {
    for (uint32_t index = queue.first; index != 0; index = At(index)->next) {
      TakeRemote(At(index), key());
    }
  }
  Tell();
}

// Tells the pool what was counted.
void ThreadHeap::Tell() {
  pool_->AddAllocations(allocations_ - allocations_told_);
  allocations_told_ = allocations_;
}

// Brings the counts of a slab that serves up to date. The fast path of malloc
// counts nothing: what it handed out follows from what was free and is free,
// and from how many blocks came back.
void ThreadHeap::Fold(Slab* slab) {
  uint32_t free = 0;
  HideServing(slab->size_class);
  for (const char* block = slab->free; block != nullptr;
       block = Follow(*slab, block, key())) {
    if (++free > slab->carved) ReportCorruptedLink(block);  // in a circle
  }
  ShowServing(slab->size_class);
  const uint32_t used = slab->carved - free;
  const uint32_t frees = slab->used + kServing - slab->credit;
  allocations_ += used + frees - slab->used;
  slab->used = used;
  slab->credit = used + kServing;
}

// A signal handler is not to take blocks out of a list that is walked.
void ThreadHeap::HideServing(uint32_t size_class) {
  if (fast_ != nullptr) fast_->serving[size_class] = &kNoSlab;
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

void ThreadHeap::ShowServing(uint32_t size_class) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (fast_ != nullptr) fast_->serving[size_class] = serving_[size_class];
}

void ThreadHeap::SetServing(uint32_t size_class, Slab* slab) {
  serving_pages_ -= serving_[size_class]->pages & ~kFresh;
  serving_pages_ += slab->pages & ~kFresh;
  serving_[size_class] = slab;
  ShowServing(size_class);
}

void ThreadHeap::Serve(Slab* slab) {
  slab->used = slab->credit;
  slab->credit += kServing;
  SetServing(slab->size_class, slab);
}

void ThreadHeap::StopServing(Slab* slab) {
  Fold(slab);
  // First, or a handler that frees in between would not be counted.
  SetServing(slab->size_class, &kNoSlab);
  slab->credit = slab->used;
}

// False iff a block came back meanwhile: then the slab is still owned, and has
// it in its list.
bool ThreadHeap::Disown(Slab* slab) {
  slab->owner.store(0, std::memory_order_relaxed);
  uint32_t expected = kOwnedBit;
  if (CompareExchange(slab->remote, expected, uint32_t{0},
                      std::memory_order_release)) {
    return true;
  }
  slab->owner.store(token_, std::memory_order_relaxed);
  TakeRemote(slab, key());
  return false;
}

void ThreadHeap::Share() {
  const Busy busy(this);
  if (!busy.nested()) ShareAll();
}

// Who starts a thread may wait for it next: so it queues as little as one of
// many does.
void ThreadHeap::ShareAll() {
  was_alone_ = false;
  ShareQueue(pool_->least_queued_pages());
  for (uint32_t size_class = 0; size_class < kClasses; ++size_class) {
    Slab* const slab = serving_[size_class];
    if (serving_pages_ > pool_->most_serving_pages() && slab != &kNoSlab) {
      StopServing(slab);
      GiveUpSlab(slab);
    }
  }
}

// Everything that this thread owns becomes anybody's.
void ThreadHeap::GiveUp() {
  if (quarantine_ != nullptr) {
    quarantine_->Empty([this](void* block) {
      FreeBlock(pool_->Locate(block), static_cast<char*>(block));
    });
  }
  GiveBackAll();
  for (uint32_t size_class = 0; size_class < kClasses; ++size_class) {
    Slab* const slab = serving_[size_class];
    if (slab != &kNoSlab) {
      StopServing(slab);
      GiveUpSlab(slab);
    }
    while (const uint32_t first = queues_[size_class].first) {
      Slab* const queued = At(first);
      Unqueue(queued);
      GiveUpSlab(queued);
    }
    grown_[size_class] =
        std::min(grown_[size_class], kSlabPages.of[size_class].first);
    switches_[size_class] = 0;
  }
  pool_->ReleaseAll(&cache_);
}

void ThreadHeap::GiveUpSlab(Slab* slab) {
  TakeRemote(slab, key());
  if (slab->credit == 0) {
    pool_->Unuse(slab);
    pool_->ReleaseSpan(slab);
  } else if (slab->free != nullptr || slab->carved < CapacityOf(*slab) ||
             !Disown(slab)) {
    pool_->List(slab);
  }
}

void ThreadHeap::Enqueue(Slab* slab) {
  Queue& queue = queues_[slab->size_class];
  SetNext(slab, 0);
  slab->prev = queue.last;
  if (queue.last != 0) {
    SetNext(At(queue.last), IndexOf(slab));
  } else {
    queue.first = IndexOf(slab);
  }
  queue.last = IndexOf(slab);
  queued_pages_ += slab->pages & ~kFresh;
}

void ThreadHeap::Unqueue(Slab* slab) {
  Queue& queue = queues_[slab->size_class];
  if (slab->prev != 0) {
    SetNext(At(slab->prev), slab->next);
  } else {
    queue.first = slab->next;
  }
  if (slab->next != 0) {
    At(slab->next)->prev = slab->prev;
  } else {
    queue.last = slab->prev;
  }
  queued_pages_ -= slab->pages & ~kFresh;
}

}  // namespace cellblock
