// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a SlabPool knows of its threads, and of a fork(2) of one of them.

#include "allocator/malloc/slab_pool.h"

namespace cellblock {

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
