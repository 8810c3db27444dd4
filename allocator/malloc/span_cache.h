// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_SPAN_CACHE_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_SPAN_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/malloc/remote_batches.h"
#include "allocator/malloc/slab.h"

namespace cellblock {

// Unused spans that one thread keeps for itself: a stack for each number of
// pages up to kMaxSlabPages, and a few larger spans. Any thread may empty it,
// so at exhaustion nothing in it is out of reach.
//
// A stack is Treiber's ("Systems Programming: Coping with Parallelism", 1986)
// with one pusher. Only the owner pushes and pops, others take it whole: so
// the head that the owner reads can vanish, but not come back, and its compare
// then fails.
//
// Lifecycle: zero bytes are an empty cache.
// Units: pages.
// Errors: Pop gives null, and Push false, where there is none and no room.
// Ownership: borrows the records; what is pushed belongs to the cache until it
//   is popped or taken.
// Threads: Push and Pop: the owner. TakeAny, TakeLarge: any.
// Syscalls: none.
class SpanCache {
 public:
  // `records` is the array that indices refer to. All that is held has no more
  // than `most_pages`, as far as the owner knows.
  [[nodiscard]] Slab* Pop(Slab* records, size_t pages) {
    Slab* const span = pages > kMaxSlabPages ? PopLarge(records, pages)
                                             : PopSmall(records, pages);
    if (span != nullptr) Forget(pages);
    return span;
  }

  // The shortest one of `pages`, or of up to an eighth more.
  [[nodiscard]] Slab* PopAbout(Slab* records, size_t pages) {
    if (pages > kMaxSlabPages) return Pop(records, pages);
    const size_t most =
        pages + pages / 8 < kMaxSlabPages ? pages + pages / 8 : kMaxSlabPages;
    uint64_t filled = filled_ >> (pages - 1);
    for (; filled != 0; filled &= filled - 1) {
      const size_t found = pages + static_cast<size_t>(__builtin_ctzll(filled));
      if (found > most) break;
      if (Slab* const span = Pop(records, found)) return span;
      filled_ &= ~Bit(found);
    }
    return nullptr;
  }

  [[nodiscard]] bool Push(Slab* records, Slab* span, size_t pages,
                          size_t most_pages) {
    if (was_taken_.load(std::memory_order_relaxed)) {
      was_taken_.store(false, std::memory_order_relaxed);
      held_ = 0;
    }
    if (held_ + pages > most_pages) return false;
    const auto index = static_cast<uint32_t>(span - records);
    if (pages <= kMaxSlabPages) {
      PushSmall(records, index, pages);
      filled_ |= Bit(pages);
    } else if (!PushLarge(records, index, pages)) {
      return false;
    }
    held_ += pages;
    return true;
  }

  // Spans of one size, linked by `next` of their records; 0 iff it is empty.
  [[nodiscard]] uint32_t TakeAny() {
    for (std::atomic<uint32_t>& slot : stacks_) {
      if (const uint32_t index = Take(slot)) return index;
    }
    return TakeLarge();
  }

  // One of the larger spans, or 0.
  [[nodiscard]] uint32_t TakeLarge() {
    for (std::atomic<uint32_t>& slot : large_) {
      if (const uint32_t index = Take(slot)) return index;
    }
    return 0;
  }

  // As TakeLarge, but by the owner.
  [[nodiscard]] uint32_t EvictLarge(const Slab* records) {
    for (std::atomic<uint32_t>& slot : large_) {
      if (slot.load(std::memory_order_relaxed) == 0) continue;
      const uint32_t index =
          Exchange(slot, uint32_t{0}, std::memory_order_acquire);
      if (index == 0) continue;
      Forget(records[index].reciprocal);
      return index;
    }
    return 0;
  }

  // The spans of one size, another one each time and not of so many pages; as
  // TakeAny, but by the owner.
  [[nodiscard]] uint32_t Evict(const Slab* records, size_t but_pages) {
    for (size_t i = 0; i <= kMaxSlabPages; ++i) {
      hand_ = hand_ < kMaxSlabPages ? hand_ + 1 : 0;
      std::atomic<uint32_t>& stack = stacks_[hand_];
      if (hand_ == but_pages || stack.load(std::memory_order_relaxed) == 0) {
        continue;
      }
      const uint32_t first =
          Exchange(stack, uint32_t{0}, std::memory_order_acquire);
      for (uint32_t index = first; index != 0; index = records[index].next) {
        Forget(hand_);
      }
      if (first != 0) return first;
    }
    return 0;
  }

  // Of all caches of a pool, under its lock.
  SpanCache* next_cache = nullptr;
  SpanCache* previous_cache = nullptr;
  bool is_registered = false;
  // What the same thread is to give back to others; may be null.
  const RemoteBatches* batches = nullptr;

 private:
  static constexpr size_t kLarge = 4;

  static uint64_t Bit(size_t pages) { return uint64_t{1} << (pages - 1); }
  void Forget(size_t pages) { held_ -= pages < held_ ? pages : held_; }

  uint32_t Take(std::atomic<uint32_t>& slot) {
    if (slot.load(std::memory_order_relaxed) == 0) return 0;
    was_taken_.store(true, std::memory_order_relaxed);
    return Exchange(slot, uint32_t{0}, std::memory_order_acquire);
  }

  Slab* PopSmall(Slab* records, size_t pages) {
    std::atomic<uint32_t>& stack = stacks_[pages];
    uint32_t head = stack.load(std::memory_order_relaxed);
    while (head != 0) {
      const uint32_t next =
          __atomic_load_n(&records[head].next, __ATOMIC_RELAXED);
      if (CompareExchange(stack, head, next, std::memory_order_relaxed)) {
        return &records[head];
      }
    }
    return nullptr;
  }

  void PushSmall(Slab* records, uint32_t index, size_t pages) {
    std::atomic<uint32_t>& stack = stacks_[pages];
    uint32_t head = stack.load(std::memory_order_relaxed);
    do {
      SetNext(&records[index], head);
    } while (!CompareExchange(stack, head, index, std::memory_order_release));
  }

  Slab* PopLarge(Slab* records, size_t pages) {
    std::atomic<uint32_t>& slot = large_[pages % kLarge];
    uint32_t index = slot.load(std::memory_order_relaxed);
    if (index == 0 || __atomic_load_n(&records[index].reciprocal,
                                      __ATOMIC_RELAXED) != pages) {
      return nullptr;
    }
    return CompareExchange(slot, index, uint32_t{0}, std::memory_order_relaxed)
               ? &records[index]
               : nullptr;
  }

  bool PushLarge(Slab* records, uint32_t index, size_t pages) {
    std::atomic<uint32_t>& slot = large_[pages % kLarge];
    uint32_t empty = 0;
    SetNext(&records[index], 0);
    return CompareExchange(slot, empty, index, std::memory_order_release);
  }

  std::atomic<uint32_t> stacks_[kMaxSlabPages + 1] = {};
  std::atomic<uint32_t> large_[kLarge] = {};  // by pages modulo kLarge
  // Pages, as far as the owner knows: of what others took it learns later.
  size_t held_ = 0;
  uint64_t filled_ = 0;  // bit n: spans of n + 1 pages were pushed
  size_t hand_ = 0;      // pages of what was evicted last
  std::atomic<bool> was_taken_{false};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_SPAN_CACHE_H_
