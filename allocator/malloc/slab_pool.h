// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_SLAB_POOL_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_SLAB_POOL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/error.h"
#include "allocator/fill.h"
#include "allocator/heap.h"
#include "allocator/heap_stats.h"
#include "allocator/malloc/heap_lock.h"
#include "allocator/malloc/quarantine.h"
#include "allocator/malloc/slab.h"
#include "allocator/malloc/span_cache.h"

namespace cellblock {

// What a SlabPool works in.
struct SlabPoolMemory {
  void* base = nullptr;  // of the pool; whole pages inside it are used
  size_t bytes = 0;
  void* side = nullptr;   // for everything that is not a block; aligned to 64
  size_t side_bytes = 0;  // at least SlabPool::SideBytesFor(bytes)
  Content content = Content::kUnknown;       // of the pool
  Content side_content = Content::kUnknown;  // of the side region
  uint64_t seed = 0;  // of the key; differs from process to process
  // Where a copy of the figures is kept, or null. May be shared with another
  // process: it is written and never read.
  HeapStats* stats = nullptr;
};

// What becomes of a claim to pages of which some are mapped already.
enum class OtherPages : uint8_t { kRefuse, kKeep };

// What fast paths read of a pool; never changes once it is attached.
struct PoolRoot {
  uintptr_t base = 0;
  std::atomic<Slab*>* map = nullptr;  // by page: its slab, or &kNoSlab
  uint64_t key = 0;                   // of links
};

// What all threads of a process share: the pages of the pool, the records, and
// the slabs that no thread owns for the moment. Everything it knows lies in
// the side region; the pool holds blocks only.
//
//   side region: [ page map ][ records ][ tags of the pages ]
//
// Lifecycle: attach once; there is nothing to undo.
// Units: bytes, unless it says pages. Figures count whole pages that are in a
//   slab, a span or a mapping, but for allocations and frees, which are blocks.
// Errors: null iff the pages are exhausted or the caller is a signal handler
//   that interrupted this very pool.
// Ownership: borrows its memory.
// Threads: any; one lock, which signal handlers cannot deadlock on.
// Syscalls: futex(2) under contention, nothing else.
class SlabPool {
 public:
  constexpr SlabPool() = default;  // no pool: everything is refused
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;

  // 0 iff no such pool is possible.
  static size_t SideBytesFor(size_t pool_bytes);

  // Errors: as Heap::Attach, for the whole pages of the pool; kTooSmall also
  // iff it has no whole page or the side region is too short.
  [[nodiscard]] AllocatorError Attach(const SlabPoolMemory& memory);

  // Fast paths. Pages below mapped_pages have an entry in the map.
  const PoolRoot& root() const { return root_; }
  const std::atomic<size_t>& mapped_pages() const { return mapped_pages_; }
  // The slab or span whose page it is, as far as that can be told; &kNoSlab
  // where there is none. Pages of a span but the first ones have none.
  Slab* Locate(const void* address) const {
    const uintptr_t offset = reinterpret_cast<uintptr_t>(address) - root_.base;
    const size_t page = offset >> kPageShift;
    return page < mapped_pages_.load(std::memory_order_relaxed)
               ? root_.map[page].load(std::memory_order_relaxed)
               : &kNoSlab;
  }
  Slab* records() const { return records_; }

  // Of a block, or of a page of a mapping; 0 iff none starts there that is
  // live, or it holds what a free block would: at a glance, since also what is
  // left of a link in memory that a program never wrote to looks like one.
  size_t UsableSize(const void* block);

  // From now on whoever frees a block clears it, and no link is left in a span.
  void Harden() { is_hardened_.store(true, std::memory_order_relaxed); }

  // An empty slab becomes an unused span.
  void Unuse(Slab* slab) const;

  // An unused span of so many pages, aligned to `alignment`, or null; a refusal
  // is not counted. Its `credit` says how many of its pages, from the first,
  // may hold anything but zero; kFresh in `pages`, that none does.
  [[nodiscard]] Slab* NewSpan(size_t pages, size_t alignment);
  void ReleaseSpan(Slab* span);
  void ReleaseAll(SpanCache* cache);
  void ReleaseList(uint32_t first);  // linked by `next`

  // Grows or shrinks a live span where it is. Its `credit` says then which of
  // its pages are zero, as NewSpan does.
  [[nodiscard]] bool ResizeSpan(Slab* span, size_t pages);

  // Slabs with room that no thread owns, first come, first served.
  [[nodiscard]] Slab* TakeListed(uint32_t size_class, uintptr_t token);
  void List(Slab* slab);

  // Gathers what lies about: the spans in all caches, and what came back to
  // listed slabs.
  void Reclaim();

  // Pages that are given back one by one, for mappings. Nothing of malloc's is
  // ever touched by them.
  [[nodiscard]] void* TryPages(size_t bytes, Fill fill);
  size_t FreePages(char* begin, char* end);
  // Makes whole pages of a range of the pool pages for mappings: those that are
  // free, and as `others` says those that are some already, which stay as they
  // are. False iff the range has any other, and then nothing is done.
  [[nodiscard]] bool ClaimPages(char* begin, char* end, OtherPages others,
                                Fill fill);
  bool ArePages(const char* begin, const char* end);

  // Records that a request was refused; `streak_ended` iff something was
  // served since the last refusal. Returns what Heap::CountRefusal does; 0 in a
  // signal handler that interrupted the pool.
  uint64_t CountRefusal(size_t bytes, size_t alignment, bool streak_ended);

  // Why `address` is not a live block. kNotOwned of a page of a mapping.
  AllocatorError WhyNotLive(const void* address);

  // True in a signal handler that interrupted the pool.
  bool IsInterrupted() const { return lock_.IsMine() && !is_at_rest_; }

  void Register(SpanCache* cache);
  void Unregister(SpanCache* cache);

  // Blocks handed out and taken back, as far as their threads have told.
  void AddAllocations(uint64_t blocks) {
    allocations_.fetch_add(blocks, std::memory_order_relaxed);
  }

  // Whether a block of the slab waits in a thread's batch.
  bool IsWaiting(const Slab& slab, const char* block);

  // What is handed out in blocks and live spans. Exact while no other thread
  // is at work, but for what was freed into other threads' slabs since they
  // last counted.
  struct Live {
    uint64_t blocks = 0;
    uint64_t bytes = 0;
  };
  Live CountLive();
  HeapStats Stats();
  // Brings the copy of the figures up to date, blocks included.
  void Publish();

  uintptr_t base() const { return root_.base; }
  size_t bytes() const { return bytes_; }
  size_t free_pages() const {
    return free_pages_.load(std::memory_order_relaxed);
  }
  size_t used_pages() const { return bytes_ / kPageBytes - free_pages(); }
  // What a block is to have that held `before` bytes, grows to `bytes` and has
  // to be moved for it: what grew by little goes on so, most likely, and is
  // moved less often if it has more than it needs now. What doubles is moved
  // seldom anyway. Nobody misses it while three fourths of the pool are free.
  size_t WithRoom(size_t bytes, size_t before) const {
    constexpr size_t kLeast = 1024;
    constexpr size_t kLarge = kMaxSlabPages * kPageBytes;
    const bool grows_on =
        bytes >= kLeast && bytes > before && bytes - before < before / 3;
    if (!grows_on || !CanSpareRoom()) return bytes;
    return bytes + bytes / (bytes > kLarge ? 4 : 8);
  }
  bool CanSpareRoom() const { return free_pages() / 3 > used_pages(); }
  // The longest hole, or a little less (Freelist::LargestFree).
  size_t LargestFreePages();
  // What a new slab may take: an eighth of what is in use, so that a process
  // that uses little has slabs that come back soon, while they are in the
  // processor's cache; and less and less as the pool fills up.
  uint32_t MostSlabPages() const {
    constexpr size_t kAnyway = 8;  // pages
    const size_t some = used_pages() / 8 > kAnyway ? used_pages() / 8 : kAnyway;
    const size_t share = free_pages() / 256 < some ? free_pages() / 256 : some;
    return static_cast<uint32_t>(share < kMaxSlabPages ? share : kMaxSlabPages);
  }
  // The same of small blocks, of which few are enough to keep a slab in use: of
  // more than two threads each has smaller ones.
  uint32_t MostSmallSlabPages() const {
    constexpr size_t kLeast = 16;
    const size_t share = kMaxSlabPages * 2 / sharers();
    const size_t most = share > kLeast ? share : kLeast;
    return most < MostSlabPages() ? static_cast<uint32_t>(most)
                                  : MostSlabPages();
  }
  // What a cache may keep: two sevenths of what is in use, or of more than four
  // threads less, since it is resident, no use to other sizes or threads, and
  // keeps its neighbours from merging. Of the pool, a sixteenth at the most, or
  // a 64th once half of it is in use. With a fourth of what is in use, slabs of
  // large blocks go back too soon (malloc_speed_bench window-64K). Of spans
  // that no slab would use, nothing once half of the pool is in use.
  size_t MostCachedPages(size_t span_pages) const {
    const size_t anyway = span_pages > kMaxSlabPages ? 256 : kMaxSlabPages;
    const size_t used = used_pages();
    const size_t threads = sharers();
    const size_t part = used * 8 / 7 / (threads < 4 ? 4 : threads);
    const size_t some = part > anyway ? part : anyway;
    const bool is_half_full = free_pages() < used;
    const size_t share = is_half_full ? share_pages_ : share_pages_ * 4;
    const size_t most = share < some ? share : some;
    return span_pages > kMaxSlabPages && is_half_full ? 0 : most;
  }
  // What a thread may keep in its queues: a 64th; of three threads each twice
  // as much, and of two, of which one often waits for the other, a 16th, but no
  // more than an eighth of what more is free than used: it is missed later.
  size_t most_queued_pages() const {
    const size_t threads = sharers();
    const size_t most = threads < 4 ? share_pages_ << (4 - threads) : 0;
    const size_t free = free_pages();
    const size_t spare = free > used_pages() ? (free - used_pages()) / 8 : 0;
    const size_t some = spare < most ? spare : most;
    return some < share_pages_ ? share_pages_ : some;
  }
  size_t least_queued_pages() const { return share_pages_; }
  // What a thread may keep of slabs that are others' (remote_batches.h).
  size_t most_waiting_pages() const { return share_pages_; }
  // What the slabs that serve a thread may have, but for small ones: nobody
  // misses what the only one has, and of few each may have more. The less there
  // is, the less, since what one class has is lost to the others.
  size_t most_serving_pages() const {
    if (!is_shared()) return free_pages() / 8;
    const size_t threads = sharers();
    const size_t share =
        threads < 8 ? share_pages_ * 4 / threads : share_pages_ / 2;
    return share < free_pages() / 32 ? share : free_pages() / 32;
  }
  // What the first slab of a small class may have: of all classes together a
  // small part of that, and of many threads nothing.
  size_t MostFirstPages() const {
    constexpr size_t kPart = 256;
    constexpr size_t kMost = 16;  // with more, more is resident
    const size_t part = most_serving_pages() / kPart;
    const size_t pages = part < kMost ? part : kMost;
    return is_shared() ? pages * 2 / sharers() : pages;
  }
  // By more than one thread, or there may be others by now.
  bool is_shared() const {
    return heaps_.load(std::memory_order_relaxed) > 1 ||
           __libc_single_threaded == 0;
  }

  // A piece of its memory that fills up from the start: from `touched` on
  // neither the pool nor who has its blocks has had a reason to write.
  struct Area {
    uintptr_t base = 0;
    size_t bytes = 0;
    size_t touched = 0;
  };
  // The pool, the page map, the records and the tags; together all of it. Takes
  // no lock: exact while no other thread is at work.
  std::array<Area, 4> Areas() const;

  // Checks the whole state while no thread is at work: the pages, that the map
  // and the records agree, every slab's lists and counts, the slabs that nobody
  // owns, and the list of the caches.
  [[nodiscard]] HeapCheck Validate();

  // For fork(2) in the setup phase: in between, no other thread has the lock,
  // and the one that forks is served as ever. In a signal handler that
  // interrupted the pool they do nothing.
  void BeforeFork();
  void AfterFork();
  // In the child, before AfterFork: all threads but the one with that token and
  // that cache are gone. Another one's token may come again, so nothing stays
  // in their names; what they owned is lost to the child, and what was in their
  // caches is not.
  void KeepOnly(uintptr_t token, SpanCache* cache);

 private:
  class Guard;

  // Of one class, linked by `next`. Written under the lock; `last` means
  // something while there is a first one.
  struct Listed {
    std::atomic<uint32_t> first{0};
    uint32_t last = 0;
  };

  // From there on the pool is zero.
  size_t TouchedBytes() const {
    return was_zero_ ? heap_.stats().high_water_bytes : bytes_;
  }
  // Of more than one: there may be threads that have allocated nothing yet.
  size_t sharers() const {
    const size_t heaps = heaps_.load(std::memory_order_relaxed);
    return heaps < 2 ? 2 : heaps;
  }
  Slab* TakeRecord();
  // Where the pages from `page` on that are no mapping's end.
  char* EndOfClaim(char* page, char* end) const;
  void MapNewPages();
  void Unmap(const Slab* span, size_t from);
  void ReleaseSpanLocked(Slab* span);
  void ReleaseAllLocked(SpanCache* cache);
  void ReleaseListLocked(uint32_t first);
  void Append(Listed* list, Slab* slab);
  void GatherListed();
  void GatherIfHigh(size_t pages);
  Live CountLiveLocked();
  HeapStats StatsLocked();
  void PublishLocked();
  const char* CheckSlab(const Slab& slab, uint64_t* live) const;
  const char* CheckCaches() const;
  const char* CheckListed() const;
  const char* CheckBatch(const RemoteBatches::Batch& batch) const;
  uint32_t IndexOf(const Slab* slab) const {
    return static_cast<uint32_t>(slab - records_);
  }

  PoolRoot root_;
  // Apart from what slow paths write, since every free() reads it.
  alignas(64) std::atomic<size_t> mapped_pages_{0};
  size_t bytes_ = 0;
  Slab* records_ = nullptr;
  uint32_t used_records_ = 1;  // index 0 stands for none
  uint32_t free_records_ = 0;  // a list
  std::atomic<size_t> free_pages_{0};
  size_t share_pages_ = 0;  // a 64th of the pool
  bool was_zero_ = false;
  std::atomic<bool> is_hardened_{false};
  alignas(64) HeapLock lock_;
  bool is_at_rest_ = false;  // held for fork(2), in the middle of nothing
  Heap heap_;
  Listed listed_[kClasses];
  size_t gather_at_ = 0;  // pages in use
  SpanCache* caches_ = nullptr;
  std::atomic<size_t> heaps_{0};  // registered
  std::atomic<uint64_t> allocations_{0};
  uint64_t frees_ = 0;  // at the last Publish
  HeapStats* copy_ = nullptr;
};

// The pool's lock; false iff this thread was interrupted while it held it.
class SlabPool::Guard {
 public:
  explicit Guard(SlabPool* pool) : pool_(pool), owns_(pool->lock_.Acquire()) {
    if (owns_ || !pool->is_at_rest_) return;
    pool->is_at_rest_ = false;
    is_inside_fork_ = true;
  }
  ~Guard() {
    if (!*this) return;
    pool_->free_pages_.store(
        (pool_->bytes_ - pool_->heap_.stats().in_use_bytes) >> kPageShift,
        std::memory_order_relaxed);
    if (pool_->copy_ != nullptr) pool_->PublishLocked();
    if (is_inside_fork_) {
      pool_->is_at_rest_ = true;
    } else {
      pool_->lock_.Release();
    }
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  explicit operator bool() const { return owns_ || is_inside_fork_; }

 private:
  SlabPool* const pool_;
  const bool owns_;
  bool is_inside_fork_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_SLAB_POOL_H_
