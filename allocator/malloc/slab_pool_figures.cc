// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a SlabPool tells about itself: the figures, and whether all is well.

#include <algorithm>

#include "allocator/malloc/slab_blocks.h"
#include "allocator/malloc/slab_pool.h"

namespace cellblock {
namespace {

size_t PagesOf(size_t bytes) { return bytes >> kPageShift; }

// No slab has as many blocks.
bool IsServing(uint32_t credit) { return credit > kServing >> 10; }

}  // namespace

// The counts of other threads' slabs are read while they change.
__attribute__((no_sanitize("thread"))) SlabPool::Live
SlabPool::CountLiveLocked() {
  Live live;
  for (const Listed& list : listed_) {
    for (uint32_t i = list.first.load(std::memory_order_relaxed); i != 0;
         i = records_[i].next) {
      TakeRemote(&records_[i], root_.key);
    }
  }
  for (uint32_t i = 1; i < used_records_; ++i) {
    const Slab& slab = records_[i];
    const uint8_t size_class = slab.size_class;
    if (size_class < kClasses) {
      const uint32_t credit = slab.credit;
      const uint32_t blocks = IsServing(credit) ? slab.used : credit;
      live.blocks += blocks;
      live.bytes += blocks * ClassBytes(size_class);
    } else if (size_class == kSpanClass) {
      ++live.blocks;
      live.bytes += slab.reciprocal * kPageBytes;
    }
  }
  for (const SpanCache* cache = caches_; cache != nullptr;
       cache = cache->next_cache) {
    if (cache->batches == nullptr) continue;
    for (const RemoteBatches::Batch& batch : *cache->batches) {
      const Slab* const slab = batch.slab;
      if (slab == nullptr || slab->size_class >= kClasses) continue;
      const uint64_t count = std::min<uint64_t>(batch.count, live.blocks);
      const uint64_t bytes = count * ClassBytes(slab->size_class);
      live.blocks -= count;
      live.bytes -= std::min(bytes, live.bytes);
    }
  }
  return live;
}

SlabPool::Live SlabPool::CountLive() {
  const Guard guard(this);
  return guard ? CountLiveLocked() : Live();
}

HeapStats SlabPool::StatsLocked() {
  const uint64_t live = CountLiveLocked().blocks;
  HeapStats stats = heap_.stats();
  stats.allocations = allocations_.load(std::memory_order_relaxed);
  stats.frees = stats.allocations > live ? stats.allocations - live : 0;
  return stats;
}

HeapStats SlabPool::Stats() {
  const Guard guard(this);
  return guard ? StatsLocked() : HeapStats();
}

void SlabPool::Publish() {
  const Guard guard(this);
  if (guard) frees_ = StatsLocked().frees;
}

void SlabPool::PublishLocked() {
  HeapStats stats = heap_.stats();
  stats.allocations = allocations_.load(std::memory_order_relaxed);
  stats.frees = frees_;
  // Each figure is a word, and read as one.
  const auto* const from = reinterpret_cast<const uint64_t*>(&stats);
  auto* const to = reinterpret_cast<uint64_t*>(copy_);
  for (size_t i = 0; i < sizeof(stats) / sizeof(uint64_t); ++i) {
    __atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
  }
}

// Null, or what is wrong with a slab; how many of its blocks are handed out.
const char* SlabPool::CheckSlab(const Slab& slab, uint64_t* live) const {
  const uint32_t pages = slab.pages & ~kFresh;
  const uint32_t capacity = CapacityOf(slab);
  if (pages == 0 || pages > kMaxSlabPages || slab.carved > capacity) {
    return "a slab has more blocks than its pages hold";
  }
  for (uint32_t i = 0; i < pages; ++i) {
    if (root_.map[PagesOf(slab.start - root_.base) + i].load() != &slab) {
      return "a page of a slab is not mapped to it";
    }
  }
  uint32_t free = 0;
  const uint32_t remote = slab.remote.load();
  const char* const lists[] = {slab.free, RemoteFirst(slab, remote)};
  uint32_t listed_free = 0;
  for (const char* list : lists) {
    for (const char* block = list; block != nullptr;
         block = Decode(ReadLink(block), root_.key)) {
      if (!IsBlock(slab, block)) return "a free block is not in its slab";
      if (++free > slab.carved) return "a list of free blocks has a cycle";
    }
    if (list == slab.free) listed_free = free;
  }
  if (remote == 0 &&
      (free != 0 || slab.carved != capacity || slab.owner.load() != 0)) {
    return "a slab without an owner is not full";
  }
  if (IsServing(slab.credit) &&
      (slab.owner.load() == 0 || (remote & kOwnedBit) == 0)) {
    return "a slab that serves has no owner";
  }
  // Of a slab that serves no count would tell.
  for (const char* block = RemoteFirst(slab, remote); block != nullptr;
       block = Decode(ReadLink(block), root_.key)) {
    for (const char* listed = slab.free; listed != nullptr;
         listed = Decode(ReadLink(listed), root_.key)) {
      if (listed == block) return "a block is in both lists of its slab";
    }
  }
  const uint32_t used = slab.carved - listed_free;
  if (!IsServing(slab.credit) && slab.credit != used) {
    return "the blocks handed out and the free ones are not all of a slab";
  }
  *live += used - (free - listed_free);
  return nullptr;
}

const char* SlabPool::CheckCaches() const {
  size_t count = 0;
  const SpanCache* previous = nullptr;
  const size_t most = heaps_.load();
  for (const SpanCache* cache = caches_; cache != nullptr && count <= most;
       cache = cache->next_cache) {
    if (!cache->is_registered || cache->previous_cache != previous) {
      return "a thread's cache is listed that it does not have";
    }
    previous = cache;
    ++count;
  }
  return count == most ? nullptr : "the caches listed are not those counted";
}

// Null, or what is wrong with the lists of slabs that nobody owns.
const char* SlabPool::CheckListed() const {
  size_t count = 0;
  for (uint32_t size_class = 0; size_class < kClasses; ++size_class) {
    const Listed& list = listed_[size_class];
    uint32_t last = list.last;
    for (uint32_t i = list.first.load(); i != 0; i = records_[i].next) {
      const Slab& slab = records_[i];
      if (++count > used_records_) return "a list of slabs has a cycle";
      if (slab.size_class != size_class || slab.owner.load() != 0 ||
          (slab.remote.load() & kOwnedBit) == 0) {
        return "a slab is listed that is not nobody's and of the class";
      }
      last = i;
    }
    if (last != list.last) return "a list of slabs does not end with its last";
  }
  return nullptr;
}

// Null, or what is wrong with blocks that wait to be given back.
const char* SlabPool::CheckBatch(const RemoteBatches::Batch& batch) const {
  const char* block = batch.first;
  for (uint32_t i = 0; i < batch.count; ++i) {
    if (block == nullptr || !IsBlock(*batch.slab, block)) {
      return "a block that waits is not in its slab";
    }
    if (i + 1 == batch.count && block != batch.last) break;
    block = Decode(ReadLink(block), root_.key);
  }
  return block == nullptr ? nullptr : "a batch has other blocks than it counts";
}

HeapCheck SlabPool::Validate() {
  const Guard guard(this);
  HeapCheck check = heap_.Validate();
  if (!check.ok()) return check;
  check.live_blocks = 0;
  uint64_t live = 0;
  for (uint32_t i = 1; i < used_records_ && check.ok(); ++i) {
    const Slab& slab = records_[i];
    if (slab.start == 0) continue;  // unused
    check.offset = slab.start - root_.base;
    const size_t pages = slab.size_class < kClasses
                             ? size_t{slab.pages} & ~kFresh
                             : slab.reciprocal;
    if (heap_.UsableSize(reinterpret_cast<void*>(slab.start)) !=
        pages * kPageBytes) {
      check.broken = "a record is not of a live span of its pages";
    } else if (slab.size_class < kClasses) {
      check.broken = CheckSlab(slab, &live);
    } else if (root_.map[PagesOf(check.offset)].load() != &slab) {
      check.broken = "the first page of a span is not mapped to it";
    } else if (slab.size_class == kSpanClass && slab.remote.load() == 0) {
      ++live;
    }
  }
  if (check.ok()) check.broken = CheckCaches();
  if (check.ok()) check.broken = CheckListed();
  for (const SpanCache* cache = caches_; cache != nullptr && check.ok();
       cache = cache->next_cache) {
    if (cache->batches == nullptr) continue;
    for (const RemoteBatches::Batch& batch : *cache->batches) {
      if (batch.slab == nullptr || !check.ok()) continue;
      check.offset = batch.slab->start - root_.base;
      check.broken = CheckBatch(batch);
      live -= batch.count;
    }
  }
  check.live_blocks = live;
  return check;
}

}  // namespace cellblock
