// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a ThreadHeap does with blocks that come back.

#include "allocator/malloc/thread_heap.h"
#include "allocator/report.h"

namespace cellblock {
namespace {

bool IsAligned(const void* address, size_t alignment) {
  return reinterpret_cast<uintptr_t>(address) % alignment == 0;
}

// What is in a slab, and no block that was ever handed out.
[[noreturn]] void ReportNoBlock(const Slab& slab, char* address) {
  if (!IsAligned(address, kBlockAlignment)) ReportMisalignedFree(address);
  const uintptr_t offset = reinterpret_cast<uintptr_t>(address) - slab.start;
  if (IsBlock(slab, address - offset % ClassBytes(slab.size_class))) {
    ReportInteriorFree(address);
  }
  ReportDoubleFree(address);
}

}  // namespace

void ThreadHeap::Free(void* block, Slab* slab) {
  const Busy busy(this);
  if (busy.nested()) return;
  if (slab->size_class < kClasses) {
    FreeBlock(slab, static_cast<char*>(block));
  } else if (slab->size_class == kSpanClass) {
    FreeSpan(slab, static_cast<char*>(block));
  } else if (slab->size_class == kNoClass && slab != &kNoSlab) {
    if (!IsAligned(block, kBlockAlignment)) ReportMisalignedFree(block);
    ReportDoubleFree(block);
  } else {
    ReportBadFree(pool_->WhyNotLive(block), block);
  }
}

void ThreadHeap::FreeBlock(Slab* slab, char* block) {
  if (!IsBlock(*slab, block)) ReportNoBlock(*slab, block);
  if (IsFree(*slab, block)) ReportDoubleFree(block);
  if (slab->owner.load(std::memory_order_relaxed) == token_) {
    return Push(slab, block);
  }
  GiveBack(slab, block);
}

// To another thread, soon; at once where the slab is nobody's.
void ThreadHeap::GiveBack(Slab* slab, char* block) {
  RemoteBatches::Batch* const batch = batches_.PlaceOf(slab);
  if (batch->slab != slab) {
    if (TryClaim(slab)) return PushFirst(slab, block);
    if (batch->slab != nullptr) GiveBackBatch(batch);
    // What a quarantine lets out is in no order: a batch of it gains nothing.
    const size_t share =
        quarantine_ == nullptr ? pool_->most_waiting_pages() : 0;
    RemoteBatches::Start(batch, slab, share / RemoteBatches::kBatches);
  }
  RemoteBatches::Add(batch, block, key());
  if (batch->room == 0 || slab->owner.load(std::memory_order_relaxed) == 0) {
    GiveBackBatch(batch);
  }
}

// Full: who frees into it first owns it.
bool ThreadHeap::TryClaim(Slab* slab) {
  uint32_t full = 0;
  if (slab->remote.load(std::memory_order_relaxed) != full ||
      !CompareExchange(slab->remote, full, kOwnedBit,
                       std::memory_order_acquire)) {
    return false;
  }
  slab->owner.store(token_, std::memory_order_relaxed);
  return true;
}

// Of a slab that was claimed for it.
void ThreadHeap::PushFirst(Slab* slab, char* block) {
  if (slab->credit == 1) {
    slab->credit = 0;
    return Retire(slab);
  }
  Enqueue(slab);
  Push(slab, block);
  ShareQueue(pool_->most_queued_pages());
}

void ThreadHeap::GiveBackBatch(RemoteBatches::Batch* place) {
  const RemoteBatches::Batch batch = RemoteBatches::Take(place);
  Slab* const slab = batch.slab;
  // Of a slab that was listed, it may be this thread meanwhile.
  if (slab->owner.load(std::memory_order_relaxed) == token_) {
    return PushBatch(batch);
  }
  uint32_t seen = slab->remote.load(std::memory_order_relaxed);
  for (;;) {
    if (seen == 0) {
      if (!TryClaim(slab)) {
        seen = slab->remote.load(std::memory_order_relaxed);
        continue;
      }
      Enqueue(slab);
      PushBatch(batch);
      ShareQueue(pool_->most_queued_pages());
      return;
    }
    WriteLink(batch.last, Encode(RemoteFirst(*slab, seen), key()));
    if (batch.first != batch.last) RemoteBatches::WriteHint(batch);
    if (CompareExchange(slab->remote, seen, RemoteWord(*slab, batch.first),
                        std::memory_order_release)) {
      return;
    }
  }
}

void ThreadHeap::GiveBackAll() {
  for (RemoteBatches::Batch& batch : batches_) {
    if (batch.slab != nullptr) GiveBackBatch(&batch);
  }
}

// Of a slab that this thread owns by now; the last block may empty it.
void ThreadHeap::PushBatch(const RemoteBatches::Batch& batch) {
  char* block = batch.first;
  for (uint32_t i = batch.count; i != 0; --i) {
    char* const next = i == 1 ? nullptr : Follow(*batch.slab, block, key());
    if (i != 1 && next == nullptr) ReportCorruptedLink(block);
    Push(batch.slab, block);
    block = next;
  }
}

// Leaves slabs to the other threads, if there are any and this one queues more
// than it may: of one class after the other, or those that were used long ago
// would leave no room for the one that is.
void ThreadHeap::ShareQueue(size_t most_pages) {
  while (queued_pages_ > most_pages && pool_->is_shared()) {
    do {
      hand_ = (hand_ + 1) % kClasses;
    } while (queues_[hand_].first == 0);
    Slab* const slab = At(queues_[hand_].first);
    Unqueue(slab);
    GiveUpSlab(slab);
  }
}

// Into the list of an owned slab.
void ThreadHeap::Push(Slab* slab, char* block) {
  WriteLink(block, Encode(slab->free, key()));
  slab->free = block;
  if (--slab->credit != 0) return;
  if (serving_[slab->size_class] == slab) {
    Fold(slab);
    return;
  }
  Unqueue(slab);
  Retire(slab);
}

void ThreadHeap::Emptied(Slab* slab) {
  const Busy busy(this);
  if (serving_[slab->size_class] ==
      slab) {  // so many frees, not as many blocks
    Fold(slab);
    return;
  }
  if (busy.nested()) {
    slab->credit = 0;
    return;
  }
  Unqueue(slab);
  Retire(slab);
}

void ThreadHeap::Retire(Slab* slab) {
  pool_->Unuse(slab);
  Keep(slab);
}

// An unused span. Where there is no room for it, those of another size make
// way: what was used just now is used next.
void ThreadHeap::Keep(Slab* span) {
  const size_t pages = span->reciprocal;
  const size_t most = pool_->MostCachedPages(pages);
  while (!cache_.Push(pool_->records(), span, pages, most)) {
    const uint32_t evicted =
        pages <= kMaxSlabPages ? cache_.Evict(pool_->records(), pages) : 0;
    if (evicted == 0) return pool_->ReleaseSpan(span);
    pool_->ReleaseList(evicted);
  }
}

void ThreadHeap::FreeSpan(Slab* span, char* block) {
  if (reinterpret_cast<uintptr_t>(block) != span->start) {
    if (!IsAligned(block, kBlockAlignment)) ReportMisalignedFree(block);
    ReportInteriorFree(block);
  }
  uint32_t live = 0;
  if (!CompareExchange(span->remote, live, kOwnedBit,
                       std::memory_order_acquire)) {
    ReportDoubleFree(block);
  }
  span->size_class = kNoClass;
  span->pages = 0;
  span->credit = static_cast<uint32_t>(span->reciprocal);
  Keep(span);
}

// Whether a block, which may look like one, is in a list of its slab. Lists of
// other threads' slabs are read while they change: a step may lead astray, but
// not out of the slab, and there are no more than it has blocks.
__attribute__((no_sanitize("thread"))) bool ThreadHeap::IsFree(
    const Slab& slab, const char* block) const {
  if (!HoldsLink(slab, block, key())) return false;
  const char* const remote =
      RemoteFirst(slab, slab.remote.load(std::memory_order_relaxed));
  for (const char* list : {static_cast<const char*>(slab.free), remote}) {
    uint32_t steps = 0;
    while (list != nullptr && IsBlock(slab, list) && steps++ <= slab.carved) {
      if (list == block) return true;
      list = Decode(*reinterpret_cast<const uintptr_t*>(list), key());
    }
  }
  return batches_.Holds(slab, block, key()) || pool_->IsWaiting(slab, block);
}

size_t ThreadHeap::UsableSize(const void* block) const {
  const Slab& slab = *pool_->Locate(block);
  const auto* const address = static_cast<const char*>(block);
  if (slab.size_class >= kClasses || !IsBlock(slab, address)) {
    return pool_->UsableSize(block);
  }
  return IsFree(slab, address) ? 0 : ClassBytes(slab.size_class);
}

}  // namespace cellblock
