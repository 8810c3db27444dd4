// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/heap_access.h"

#include <atomic>

#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/process_heap.h"

namespace cellblock {
namespace {

constinit std::atomic<HeapRefusalObserver*> g_observer{nullptr};

void OnRefusal(const RefusedRequest& request) {
  HeapRefusalObserver* const observer =
      g_observer.load(std::memory_order_acquire);
  if (observer == nullptr) return;
  observer(request.bytes, request.alignment, request.number);
}

void ObserveRefusals(HeapRefusalObserver* observer) {
  g_observer.store(observer, std::memory_order_release);
  ProcessHeap::Get().ObserveRefusals(observer == nullptr ? nullptr
                                                         : &OnRefusal);
}

void Pool(void** base, size_t* bytes) {
  *base = reinterpret_cast<void*>(process::g_pool.base());
  *bytes = process::g_pool.bytes();
}

bool Owns(const void* block) { return ProcessHeap::Get().Owns(block); }

void ReadStats(HeapStats* stats) { *stats = ProcessHeap::Get().Stats(); }

size_t Areas(HeapArea areas[HeapAccess::kMostAreas]) {
  size_t count = 0;
  for (const SlabPool::Area& area : process::g_pool.Areas()) {
    areas[count++] = {area.base, area.bytes, area.touched};
  }
  const Hardening& hardening = process::g_root.hardening;
  if (hardening.live == nullptr) return count;
  areas[count++] = {reinterpret_cast<uintptr_t>(hardening.live),
                    Hardening::LiveBytesFor(areas[0].bytes),
                    Hardening::LiveBytesFor(areas[0].touched)};
  return count;
}

const char* Validate() { return ProcessHeap::Get().Validate().broken; }

constexpr HeapAccess kAccess = {.version = HeapAccess::kVersion,
                                .stats_bytes = sizeof(HeapStats),
                                .pool = &Pool,
                                .owns = &Owns,
                                .read_stats = &ReadStats,
                                .observe_refusals = &ObserveRefusals,
                                .areas = &Areas,
                                .validate = &Validate};

}  // namespace
}  // namespace cellblock

const cellblock::HeapAccess* cellblock_heap_access() {
  return &cellblock::kAccess;
}
