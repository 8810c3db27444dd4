// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/memory_snapshot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "allocator/region.h"
#include "jail/call/maps_reader.h"

namespace cellblock {
namespace {

// Restore gets the one for the other.
static_assert(sizeof(MemorySnapshot) == sizeof(SnapshotState));

constexpr size_t kRseqBytes = 32;  // of the first version, aligned to as much

struct Extent {
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

absl::Status MapsError(int error) {
  return absl::InternalError(std::string("the snapshot of the memory: reading "
                                         "/proc/self/maps: ") +
                             strerror(error));
}

// The main stack, grown to its limit, so that all that may ever be used of it
// can be looked at.
absl::StatusOr<Extent> GrowStack() {
  rlimit limit = {};
  (void)getrlimit(RLIMIT_STACK, &limit);
  if (limit.rlim_cur > MemorySnapshot::kMostStackBytes) {
    return absl::FailedPreconditionError(
        "the snapshot of the memory: the stack is to be zeroed down to "
        "RLIMIT_STACK, which is above 1 GiB; set it, for example to 8 MiB");
  }
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  Extent stack;
  MapsReader maps;
  for (Mapping mapping; maps.Next(&mapping);) {
    if (mapping.is_stack && here >= mapping.begin && here < mapping.end) {
      stack = {mapping.begin, mapping.end};
    }
  }
  if (maps.error() != 0) return MapsError(maps.error());
  if (stack.end == 0) {
    return absl::FailedPreconditionError(
        "the snapshot of the memory: it is not taken on the main thread's "
        "stack; take it there");
  }
  stack.begin =
      std::min(stack.begin, stack.end - (limit.rlim_cur & -kSnapshotPage));
  // The kernel reads a name there, and finds none, or no memory.
  const auto* const lowest = reinterpret_cast<const char*>(stack.begin);
  const int saved = errno;
  const bool is_out_of_reach = access(lowest, F_OK) != 0 && errno == EFAULT;
  errno = saved;  // which is part of the snapshot
  if (is_out_of_reach) {
    return absl::FailedPreconditionError(
        "the snapshot of the memory: the stack cannot grow to its limit; lower "
        "RLIMIT_STACK, or raise RLIMIT_AS");
  }
  return stack;
}

// What is not put back, or in another way.
class Exclusions {
 public:
  void Add(uintptr_t begin, uintptr_t end) {
    if (begin < end) extents_[count_++] = {begin, end};
  }

  // The first of them that has something of [begin, end); else {end, end}.
  Extent FirstIn(uintptr_t begin, uintptr_t end) const {
    Extent first = {end, end};
    for (size_t i = 0; i < count_; ++i) {
      const Extent& extent = extents_[i];
      if (extent.end > begin && extent.begin < first.begin) first = extent;
    }
    return first;
  }

 private:
  std::array<Extent, HeapAccess::kMostAreas + 3> extents_;
  size_t count_ = 0;
};

Exclusions WhatIsExcluded(const Extent& stack, const HeapArea* heap,
                          size_t heap_area_count) {
  Exclusions excluded;
  excluded.Add(stack.begin, stack.end);
  for (size_t i = 0; i < heap_area_count; ++i) {
    excluded.Add(heap[i].base, TouchedEnd(heap[i], heap[i].bytes));
  }
  if (__rseq_size != 0) {
    const uintptr_t rseq =
        reinterpret_cast<uintptr_t>(__builtin_thread_pointer()) +
        static_cast<uintptr_t>(__rseq_offset);
    excluded.Add(rseq, rseq + kRseqBytes);
  }
  return excluded;
}

// Everything to be put back: visit(begin, end). Errors: an errno, or 0.
template <typename F>
int ForEachRange(const Exclusions& excluded, const HeapArea* heap,
                 size_t heap_area_count, F visit) {
  for (size_t i = 0; i < heap_area_count; ++i) {
    visit(heap[i].base, TouchedEnd(heap[i], heap[i].touched));
  }
  MapsReader maps;
  for (Mapping mapping; maps.Next(&mapping);) {
    if (!mapping.is_private || !mapping.is_writable) continue;
    for (uintptr_t at = mapping.begin; at < mapping.end;) {
      const Extent next = excluded.FirstIn(at, mapping.end);
      if (at < next.begin) visit(at, std::min(next.begin, mapping.end));
      at = next.end;
    }
  }
  return maps.error();
}

size_t PagesOf(uintptr_t begin, uintptr_t end) {
  return (end + kSnapshotPage - 1) / kSnapshotPage - begin / kSnapshotPage;
}

size_t PageUp(size_t bytes) {
  return (bytes + kSnapshotPage - 1) & -kSnapshotPage;
}

// Where the parts of the storage are.
struct Layout {
  explicit Layout(size_t pages)
      : slots(ranges + MemorySnapshot::kMostRanges * sizeof(SnapshotRange)),
        copies(PageUp(slots + pages * sizeof(uint32_t))),
        end(copies + pages * kSnapshotPage) {}

  const size_t ranges = PageUp(sizeof(MemorySnapshot));
  const size_t slots;
  const size_t copies;
  const size_t end;
};

// By nothing that writes to what it copies.
void CopyRanges(SnapshotState* state, uint32_t* slots, char* copies) {
  uint32_t used = 0;
  for (size_t i = 0; i < state->range_count; ++i) {
    const SnapshotRange& range = state->ranges[i];
    state->covered_bytes += range.end - range.begin;
    uint32_t* slot = slots + range.first_slot;
    ForEachPage(range.begin, range.end, [&](uintptr_t begin, uintptr_t end) {
      if (!Equals(begin, end, nullptr)) {
        char* const copy = copies + used * kSnapshotPage;
        CopyBytes(reinterpret_cast<uintptr_t>(copy) + begin % kSnapshotPage,
                  reinterpret_cast<const void*>(begin), end - begin);
        *slot = ++used;
      }
      ++slot;
    });
  }
  state->copied_bytes = used * kSnapshotPage;
}

void NoteRegisters(SnapshotState* state) {
  // It masks all exceptions too.
  __asm__ volatile("fnstenv %0\n\tfldenv %0" : "+m"(state->x87));
  __asm__ volatile("stmxcsr %0" : "=m"(state->mxcsr));
  sigset_t mask;
  (void)sigprocmask(SIG_SETMASK, nullptr, &mask);
  memcpy(&state->signal_mask, &mask, sizeof(state->signal_mask));
}

}  // namespace

absl::StatusOr<const MemorySnapshot*> MemorySnapshot::Take() {
  // From here on the heap stays as it is, unless this fails.
  const HeapAccess* const access = FindHeapAccess();
  absl::StatusOr<Extent> stack = GrowStack();
  if (!stack.ok()) return stack.status();
  HeapArea heap[HeapAccess::kMostAreas];
  const size_t area_count = access != nullptr ? access->areas(heap) : 0;
  Exclusions excluded = WhatIsExcluded(*stack, heap, area_count);

  size_t pages = 0;
  int error = ForEachRange(
      excluded, heap, area_count,
      [&](uintptr_t begin, uintptr_t end) { pages += PagesOf(begin, end); });
  if (error != 0) return MapsError(error);
  // The storage may split a mapping.
  const Layout layout(pages + 2);
  Result<Region> storage = Region::Map({.bytes = layout.end});
  if (!storage.ok()) {
    return absl::ResourceExhaustedError(
        "the snapshot of the memory: there is no room for a copy of " +
        std::to_string(pages * kSnapshotPage) + " bytes");
  }
  char* const base = reinterpret_cast<char*>(storage->data());
  const auto begin_of_storage = reinterpret_cast<uintptr_t>(base);
  excluded.Add(begin_of_storage, begin_of_storage + storage->size());

  auto* const snapshot = new (base) MemorySnapshot();
  SnapshotState& state = snapshot->state_;
  state.stack_low = stack->begin;
  state.stack_end = stack->end;
  if (access != nullptr) state.heap_areas = access->areas;
  state.heap_area_count = area_count;
  std::copy(heap, heap + area_count, state.heap);
  auto* const ranges = reinterpret_cast<SnapshotRange*>(base + layout.ranges);
  auto* const slots = reinterpret_cast<uint32_t*>(base + layout.slots);
  state.ranges = ranges;
  state.slots = slots;
  state.copies = base + layout.copies;
  size_t used_pages = 0;
  size_t range_count = 0;
  error = ForEachRange(excluded, heap, area_count,
                       [&](uintptr_t begin, uintptr_t end) {
                         if (range_count < kMostRanges) {
                           ranges[range_count] = {begin, end, used_pages};
                         }
                         ++range_count;
                         used_pages += PagesOf(begin, end);
                       });
  if (error != 0) return MapsError(error);
  if (range_count > kMostRanges || used_pages > pages + 2) {
    return absl::ResourceExhaustedError(
        "the snapshot of the memory: it is in too many pieces");
  }
  state.range_count = range_count;
  NoteRegisters(&state);
  storage->Retain();
  CopyRanges(&state, slots, base + layout.copies);
  if (!Region::MakeReadOnly(base, storage->size())) {
    return absl::ResourceExhaustedError(
        "the snapshot of the memory: it cannot be made read-only");
  }
  // What it looks at is mapped from now on, here and in what is forked.
  snapshot->Restore();
  return snapshot;
}

}  // namespace cellblock
