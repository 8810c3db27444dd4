// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What --profile records inside the program. After the lock it makes no call
// but futex(2), where threads contend as they do for the heap itself.

#include "tools/jailrun/runtime/profile.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "allocator/malloc/initial_environment.h"
#include "tools/jailrun/profile/frame_walker.h"
#include "tools/jailrun/profile/recorder.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

constinit Recorder g_recorder;
constinit FrameWalker g_walker;

// Up to where the stack in use is known to be mapped: to the environment, which
// lies above the main stack; to the thread's own data, which lies above any
// other; to the end of the pool from a stack in that.
uintptr_t EndOfStack() {
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  const void* const address = reinterpret_cast<const void*>(here);
  ProcessHeap& heap = ProcessHeap::Get();
  if (heap.Owns(address)) {
    return reinterpret_cast<uintptr_t>(heap.Clip(address, SIZE_MAX).end);
  }
  constexpr uintptr_t kMostMain = uintptr_t{1} << 30;
  const auto main_end = reinterpret_cast<uintptr_t>(InitialEnvironment());
  if (main_end - here < kMostMain) return main_end;
  constexpr uintptr_t kMostOfLibc = uintptr_t{8} << 20;
  const uintptr_t most =
      std::max<uintptr_t>(TheControl()->thread_stack_bytes, kMostOfLibc);
  const auto own = reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
  if (own - here < most) return own;
  return (here | (kPageBytes - 1)) + 1;
}

uint32_t Walk(uint64_t* frames, uint32_t most) {
  return g_walker.Walk(EndOfStack(), frames, most);
}

void Look(PoolSample* sample) {
  sample->high_water = TheControl()->heap.high_water_bytes;
  sample->largest_free = ProcessHeap::Get().LargestFree();
}

constexpr HeapObserver kObserver = {
    .allocated =
        [](const void* begin, size_t asked, size_t bytes) {
          g_recorder.Allocated(begin, asked, bytes);
        },
    .freed = [](const void* begin,
                size_t bytes) { g_recorder.Freed(begin, bytes); },
    .freed_pages = [](const void* begin,
                      size_t bytes) { g_recorder.FreedPages(begin, bytes); },
    .restored = [](const void* begin,
                   size_t bytes) { g_recorder.Restored(begin, bytes); },
};

bool IsProfiled() {
  return TheControl() != nullptr && TheControl()->profile_offset != 0;
}

uint64_t Random() {
  uint64_t word = 1;
  if (const unsigned long bytes = getauxval(AT_RANDOM)) {
    memcpy(&word, reinterpret_cast<const void*>(bytes), sizeof(word));
  }
  return word;
}

// What constructors ask for has stacks too.
__attribute__((constructor)) void CollectEarly() { PrepareProfile(); }

}  // namespace

const HeapObserver* StartProfile(uintptr_t pool, size_t pool_bytes) {
  const Connection& connection = Connect();
  const uint64_t offset = connection.control->profile_offset;
  if (offset == 0) return nullptr;
  // By number: `mmap` is ours.
  const long address =
      syscall(SYS_mmap, nullptr, sizeof(ProfileArea), PROT_READ | PROT_WRITE,
              MAP_SHARED, connection.memfd, offset);
  if (address == -1) FailSetup("cannot map where --profile is recorded");
  g_recorder.Start(reinterpret_cast<ProfileArea*>(address),
                   {.pool = pool,
                    .pool_bytes = pool_bytes,
                    .random = Random() * 0xA24BAED4963EE407u,
                    .look = &Look,
                    .walk = &Walk});
  return &kObserver;
}

void PrepareProfile() {
  if (IsProfiled()) g_walker.Collect();
}

void BeginProfile() { g_recorder.Begin(); }

}  // namespace cellblock
