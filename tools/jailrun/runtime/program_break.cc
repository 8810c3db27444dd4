// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/runtime/program_break.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/heap_lock.h"
#include "allocator/malloc/process_heap.h"
#include "tools/jailrun/runtime/pages.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

constinit HeapLock g_lock;
constinit std::atomic<char*> g_now = nullptr;  // null: nobody has asked yet

char* PageUp(char* address) {
  const auto value = reinterpret_cast<uintptr_t>(address);
  return address + (-value & (ProcessHeap::kPage - 1));
}

ProcessHeap::Range Pool() { return ProcessHeap::Get().Clip(nullptr, SIZE_MAX); }

char* Lowest() {
  const ProcessHeap::Range pool = Pool();
  const size_t pages =
      static_cast<size_t>(pool.end - pool.begin) / ProcessHeap::kPage;
  return pool.begin + pages / 2 * ProcessHeap::kPage;
}

// False iff there is no room.
bool Move(char* now, char* wanted) {
  char* const old_end = PageUp(now);
  char* const end = PageUp(wanted);
  if (end < old_end) {
    FreePages(end, static_cast<size_t>(old_end - end));
  } else if (end > old_end) {
    const auto bytes = static_cast<size_t>(end - old_end);
    if (!ClaimPages(old_end, bytes, OtherPages::kRefuse)) {
      Count(&TheControl()->counters.refused_mappings);
      return false;
    }
    ClearTouched(old_end, bytes);
  }
  return true;
}

}  // namespace

long PoolBrk(void* address) {
  const bool alone = g_lock.Acquire();
  char* now = g_now.load(std::memory_order_relaxed);
  if (alone) {
    if (now == nullptr) now = Lowest();
    auto* const wanted = static_cast<char*>(address);
    if (wanted >= Lowest() && wanted <= Pool().end && wanted != now &&
        Move(now, wanted)) {
      now = wanted;
    }
    g_now.store(now, std::memory_order_relaxed);
    g_lock.Release();
  }
  return reinterpret_cast<long>(now != nullptr ? now : Lowest());
}

}  // namespace cellblock

// As libc has them; it keeps the break in a word of its own, which after the
// lock says nothing.
CELLBLOCK_EXPORT int brk(void* address) noexcept {
  if (!cellblock::Locked() && !cellblock::Rehearsing()) {
    auto* const real = cellblock::Next(&brk, "brk");
    return real(address);
  }
  if (cellblock::PoolBrk(address) == reinterpret_cast<long>(address)) return 0;
  errno = ENOMEM;
  return -1;
}

CELLBLOCK_EXPORT void* sbrk(intptr_t increment) noexcept {
  if (!cellblock::Locked() && !cellblock::Rehearsing()) {
    auto* const real = cellblock::Next(&sbrk, "sbrk");
    return real(increment);
  }
  const long before = cellblock::PoolBrk(nullptr);
  if (increment == 0) return reinterpret_cast<void*>(before);
  long after = 0;
  if (!__builtin_add_overflow(before, increment, &after) &&
      cellblock::PoolBrk(reinterpret_cast<void*>(after)) == after) {
    return reinterpret_cast<void*>(before);
  }
  errno = ENOMEM;
  return reinterpret_cast<void*>(-1);
}
