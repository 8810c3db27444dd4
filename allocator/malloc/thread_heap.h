// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_THREAD_HEAP_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_THREAD_HEAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/malloc/quarantine.h"
#include "allocator/malloc/remote_batches.h"
#include "allocator/malloc/size_class.h"
#include "allocator/malloc/slab.h"
#include "allocator/malloc/slab_pool.h"
#include "allocator/malloc/span_cache.h"

namespace cellblock {

// What the fast path of malloc looks up, for one thread: the class of a size,
// by (size - 1) / 16, and the slab that serves a class; &kNoSlab where there is
// none, or the fast path must not be used. The first is the same in all
// threads, but this way one register leads to both.
struct FastTable {
  constexpr FastTable() {
    for (size_t i = 0; i < kMaxClassBytes / kBlockAlignment; ++i) {
      class_of[i] = static_cast<uint8_t>(ClassOf((i + 1) * kBlockAlignment));
    }
    for (Slab*& slab : serving) slab = &kNoSlab;
  }
  uint8_t class_of[kMaxClassBytes / kBlockAlignment];
  Slab* serving[kClasses];
};

// A request that was refused for want of space.
struct RefusedRequest {
  size_t bytes = 0;  // as the caller gave it
  size_t alignment = 0;
  uint64_t number = 0;  // of all refusals, from 1
};

// What one thread allocates from and frees into: for each size class the slab
// that serves it, and a queue of slabs that have free blocks again; and a cache
// of unused spans. fast_path.h has the fast paths over it.
//
// A request for which the slab that serves has no block is served, in this
// order, by: blocks that other threads gave back to it; a slab of the queue of
// which many blocks are free; further blocks cut off the one that serves; the
// slab that is longest in the queue; a slab that no thread owns; a span
// of the cache; a span of the pool. Where there is none, the exhaustion ladder:
// what lies in all threads' caches and what came back to slabs that nobody
// owns is gathered; a slab is cut out of the longest hole; this thread gives up
// all that it owns; a slab of larger blocks is tried. Only then the request is
// refused.
//
// What a thread that sleeps holds back from the others is thus the free blocks
// of: the slabs that serve, which together have a 128th of the pool's pages (of
// less than eight threads, a 16th is shared by all; never more than a 32nd of
// what is free), or each no more than its class needs to waste little
// (SlabPages::tight); and the slabs of its queues, a 64th (of three threads a
// 32nd, of two a 16th, while little of the pool is in use). What counts is how
// many there were, and how much was free, when it last allocated or freed. A
// thread that was alone may have an eighth of what was free then, and more in
// its queues, until it starts another one: then it keeps its share of the
// first, and a 64th. What it freed of other threads' slabs and
// has not given back yet (remote_batches.h) keeps up to four slabs from being
// empty, another 64th. Full slabs and cached spans are in reach of all, and a
// thread that met exhaustion holds nothing.
//
// Lifecycle: Open, use by one thread, Close, which leaves nothing behind.
// Units: bytes.
// Errors: null iff the pool is exhausted, or a signal handler interrupted the
//   slow path of this very heap. Mistakes are fatal (allocator/report.h).
// Ownership: borrows the pool.
// Threads: one, but for the cache.
// Syscalls: futex(2) under contention, nothing else.
class ThreadHeap {
 public:
  constexpr ThreadHeap() {
    for (Slab*& slab : serving_) slab = &kNoSlab;
  }
  ThreadHeap(const ThreadHeap&) = delete;
  ThreadHeap& operator=(const ThreadHeap&) = delete;

  // `token` is not 0, and no other open heap of the pool has it. `fast` is kept
  // up to date for fast paths; null: there are none.
  void Open(SlabPool* pool, uintptr_t token, FastTable* fast);
  void Close();
  // Shuffles blocks as they are cut off, and uses those in the quarantine again
  // when nothing else is left. All of them are of slabs.
  void Harden(Quarantine* quarantine) { quarantine_ = quarantine; }
  bool is_open() const { return pool_ != nullptr; }
  bool is_plain() const { return fast_ != nullptr; }  // open, with fast paths

  // At least `bytes`, of undefined content. `alignment` is a power of two.
  [[nodiscard]] void* Allocate(size_t bytes, size_t alignment);
  [[nodiscard]] void* AllocateZeroed(size_t bytes, size_t alignment);

  // The next block of the class, which need not have a slab yet.
  [[nodiscard]] void* AllocateFromClass(uint32_t size_class, size_t bytes,
                                        size_t alignment) {
    Slab* const slab = serving_[size_class];
    if (slab->free != nullptr && !busy_ && !pool_->IsInterrupted()) {
      return TakeFirst(slab, key());
    }
    return AllocateAnew(size_class, bytes, alignment);
  }

  // A live block of the pool, or it is reported. `slab` is what the pool
  // locates there.
  void Free(void* block, Slab* slab);

  // Does so if it is an ordinary block of a slab of another thread, which has a
  // batch already. The heap is plain.
  [[nodiscard]] bool TryGiveBack(char* block, Slab* slab) {
    PrefetchForWrite(block);
    if (busy_) [[unlikely]] {
      return false;
    }
    // A handler that frees meanwhile takes the slow path, which knows.
    busy_ = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    RemoteBatches::Batch* const batch = batches_.PlaceOf(slab);
    const bool fits = batch->slab == slab && batch->room > 1 &&
                      slab->owner.load(std::memory_order_relaxed) != 0 &&
                      IsBlock(*slab, block) && !LooksFree(block);
    if (fits) [[likely]]
      RemoteBatches::Add(batch, block, key());
    std::atomic_signal_fence(std::memory_order_seq_cst);
    busy_ = false;
    return fits;
  }

  // Without the last steps of the ladder; null is no refusal.
  [[nodiscard]] void* TryAllocateFromClass(uint32_t size_class);

  // As realloc; `block` is live, or it is reported, and `bytes` is not 0. What
  // is to be smaller always fits where it is, and is never refused.
  [[nodiscard]] void* Reallocate(void* block, size_t bytes);

  // As SlabPool::UsableSize, but right for live blocks of any content.
  size_t UsableSize(const void* block) const;

  // Makes a live span as long as `bytes` need, where it is. False iff there is
  // no room behind it.
  [[nodiscard]] bool ResizeSpan(Slab* span, size_t bytes);

  // Every block of a slab of this thread that is not serving came back.
  void Emptied(Slab* slab);

  // Leaves to others what this thread took while it was alone, if that is more
  // than it may keep now that it is not.
  void Share();

  // Refusals since this thread was last served.
  size_t refusals_in_a_row() const { return refusals_in_a_row_; }

  // The request that this thread was refused last, if last_exhaustion came to
  // tell of it (allocator/heap_stats.h); its number is 0 if there is none, and
  // from the second call on.
  RefusedRequest TakeRefused() {
    const RefusedRequest refused = refused_;
    refused_.number = 0;
    return refused;
  }

  // That this thread got pages of the pool itself, or was refused them. Touches
  // nothing that the thread may be in the middle of.
  void NotePages(bool served) {
    refusals_in_a_row_ = served ? 0 : refusals_in_a_row_ + 1;
  }

  SpanCache* cache() { return &cache_; }

  // Counts the blocks that this thread took and those that came back to it, and
  // tells the pool.
  void Count();

  // The first block of a slab's list.
  static void* TakeFirst(Slab* slab, uint64_t key) {
    char* const block = slab->free;
    slab->free = Follow(*slab, block, key);
    WriteLink(block, 0);
    return block;
  }

 private:
  friend class HardenedHeap;  // has its own fast paths
  class Busy;

  void* AllocateAnew(uint32_t size_class, size_t bytes, size_t alignment);
  void* AllocateSpan(size_t bytes, size_t alignment, Slab** span);
  Slab* Refill(uint32_t size_class);
  Slab* RefillAtLast(uint32_t size_class, size_t alignment);
  Slab* GatheredSlab(uint32_t size_class);
  void* Shrunk(Slab* slab, size_t bytes);
  void* TakeFrom(Slab* slab);
  void* HandOut(Slab* span, size_t bytes);
  bool HasRoom(const Slab& span, size_t bytes) const;
  void* Grown(size_t bytes, size_t before);
  void* TryRoomySpan(size_t roomy, size_t bytes);
  Slab* FromCache(size_t pages);
  void Refuse(size_t bytes, size_t alignment);
  bool IsSwitchingOften(uint32_t size_class);
  static bool HasManyFree(const Slab* slab);
  Slab* FromQueue(uint32_t size_class);
  Slab* FromList(uint32_t size_class);
  static bool IsEmptyAndWasteful(const Slab& slab);
  Slab* GrownSlab(uint32_t size_class);
  uint32_t MostPages(uint32_t size_class) const;
  bool CanSpareTight(uint32_t size_class) const;
  Slab* SlabOfAHole(uint32_t size_class);
  Slab* NewSlab(uint32_t size_class, uint32_t pages);
  Slab* FromPool(size_t pages, size_t alignment);
  Slab* NewSpanAtLast(size_t bytes, size_t alignment);
  Slab* Candidate(uint32_t size_class) const;
  bool Replenish(Slab* slab);
  bool Disown(Slab* slab);
  void LetGo(Slab* slab);
  void HideServing(uint32_t size_class);
  void ShowServing(uint32_t size_class);
  void SetServing(uint32_t size_class, Slab* slab);
  void Serve(Slab* slab);
  void StopServing(Slab* slab);
  void ShareAll();
  void GiveUp();
  void GiveUpSlab(Slab* slab);
  void Fold(Slab* slab);
  void Tell();
  void FreeBlock(Slab* slab, char* block);
  void FreeSpan(Slab* span, char* block);
  void Push(Slab* slab, char* block);
  void GiveBack(Slab* slab, char* block);
  bool TryClaim(Slab* slab);
  void PushFirst(Slab* slab, char* block);
  void GiveBackBatch(RemoteBatches::Batch* batch);
  void GiveBackAll();
  void PushBatch(const RemoteBatches::Batch& batch);
  void ShareQueue(size_t most_pages);
  void Retire(Slab* slab);
  void Keep(Slab* span);
  bool IsFree(const Slab& slab, const char* block) const;
  void Enqueue(Slab* slab);
  void Unqueue(Slab* slab);
  uint64_t key() const { return pool_->root().key; }
  Slab* At(uint32_t index) const { return &pool_->records()[index]; }
  uint32_t IndexOf(const Slab* slab) const {
    return static_cast<uint32_t>(slab - pool_->records());
  }

  struct Queue {
    uint32_t first;
    uint32_t last;
  };

  SlabPool* pool_ = nullptr;
  uintptr_t token_ = 0;
  FastTable* fast_ = nullptr;
  Quarantine* quarantine_ = nullptr;
  Slab* serving_[kClasses];
  Queue queues_[kClasses] = {};
  size_t queued_pages_ = 0;
  size_t serving_pages_ = 0;
  uint8_t grown_[kClasses] = {};  // pages of the class's slabs, to some limit
  uint8_t switches_[kClasses] = {};  // of the slab that serves, modulo kOften
  uint32_t hand_ = 0;                // the class whose queue was shared last
  bool busy_ = false;                // in a slow path
  bool was_alone_ = false;           // when it last took a slab of the pool
  uint64_t allocations_ = 0;
  uint64_t allocations_told_ = 0;
  uint64_t allocations_at_refusal_ = 0;
  size_t refusals_in_a_row_ = 0;
  RefusedRequest refused_;
  const char* untouched_ = nullptr;  // the block cut off last, if it is zero
  SpanCache cache_;
  RemoteBatches batches_;
};

// Marks a slow path: a signal handler that interrupts it is refused.
class ThreadHeap::Busy {
 public:
  explicit Busy(ThreadHeap* heap)
      : heap_(heap),
        was_busy_(heap->busy_),
        nested_(was_busy_ || heap->pool_->IsInterrupted()) {
    heap->busy_ = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  ~Busy() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    heap_->busy_ = was_busy_;
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  bool nested() const { return nested_; }

 private:
  ThreadHeap* const heap_;
  const bool was_busy_;
  const bool nested_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_THREAD_HEAP_H_
