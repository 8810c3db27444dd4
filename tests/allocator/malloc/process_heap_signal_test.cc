// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Signal handlers that use the heap which their own thread is using: nothing
// ever waits for what it interrupted, and the heap is whole afterwards.

#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

constexpr size_t kPage = ProcessHeap::kPage;

ProcessHeap& TheHeap() { return ProcessHeap::Get(); }

// While the pool is made, every call is refused.
bool g_all_refused = false;

bool EveryCallIsRefused() {
  ProcessHeap& heap = TheHeap();
  int local = 0;
  const bool refused = heap.Allocate(16) == nullptr &&
                       heap.Allocate(kPage, kPage) == nullptr &&
                       heap.AllocateZeroed(16) == nullptr &&
                       heap.AllocatePages(kPage, Fill::kZeroed) == nullptr &&
                       heap.Reallocate(&local, 1000) == nullptr &&
                       heap.UsableSize(&local) == 0 &&
                       heap.FreePages(&local, kPage) == 0 &&
                       !heap.ArePages(&local, kPage);
  heap.Free(&local);
  heap.Free(nullptr);
  return refused;
}

__attribute__((constructor(101))) void UseFirst() {
  g_while_providing = [] {
    struct sigaction action = {};
    struct sigaction before = {};
    action.sa_handler = [](int) { g_all_refused = EveryCallIsRefused(); };
    sigaction(SIGUSR1, &action, &before);
    raise(SIGUSR1);
    sigaction(SIGUSR1, &before, nullptr);
  };
  TheHeap().Free(TheHeap().Allocate(1));
}

TEST(ProcessHeapSignalTest, HandlerDuringTheMakingOfThePoolIsRefused) {
  EXPECT_TRUE(g_all_refused);
  EXPECT_EQ(ProvidedCalls(), 1);
  EXPECT_EQ(TheHeap().ignored_frees(), 0u);
}

// A handler at every single instruction of each call: the processor traps
// after each while the trap flag is set.

constexpr greg_t kTrapFlag = 0x100;

volatile bool g_stepping;
bool (*g_handler)();  // false: it was refused
int g_served;
int g_refused;

void OnStep(int, siginfo_t*, void* context) {
  greg_t& flags = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL];
  if (!g_stepping) {
    flags &= ~kTrapFlag;
    return;
  }
  flags |= kTrapFlag;
  const int saved = errno;
  ++(g_handler() ? g_served : g_refused);
  errno = saved;
}

template <typename Call>
void Step(const char* name, Call call) {
  g_served = 0;
  g_refused = 0;
  g_stepping = true;
  raise(SIGTRAP);
  call();
  g_stepping = false;
  raise(SIGTRAP);
  fprintf(stderr, "%s: served %d, refused %d\n", name, g_served, g_refused);
  if (g_served == 0) _exit(1);
}

// Slow paths and fast ones, with pages and without.
void StepThroughEveryCall(bool (*handler)()) {
  ProcessHeap& heap = TheHeap();
  g_handler = handler;
  struct sigaction action = {};
  action.sa_sigaction = &OnStep;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, nullptr);
  // Ends a handler that waits for the thread which it interrupted.
  alarm(20);
  void* block = nullptr;
  void* blocks[40];
  for (const size_t bytes : {48, 3000, 70000}) {
    Step("Allocate, first", [&] { block = heap.Allocate(bytes); });
    Step("UsableSize", [&] { (void)heap.UsableSize(block); });
    Step("Reallocate", [&] { block = heap.Reallocate(block, bytes + 5000); });
    Step("Free, last", [&] { heap.Free(block); });
    Step("AllocateZeroed", [&] { block = heap.AllocateZeroed(bytes); });
    Step("Free", [&] { heap.Free(block); });
    const size_t count = bytes > 65536 ? 3 : 40;
    Step("Allocate many", [&] {
      for (size_t i = 0; i < count; ++i) blocks[i] = heap.Allocate(bytes);
    });
    Step("Free many", [&] {
      for (size_t i = 0; i < count; ++i) heap.Free(blocks[i]);
    });
  }
  Step("AllocatePages",
       [&] { block = heap.AllocatePages(2 * kPage, Fill::kUninitialized); });
  Step("ArePages", [&] { (void)heap.ArePages(block, 2 * kPage); });
  Step("FreePages", [&] { (void)heap.FreePages(block, 2 * kPage); });
  Step("exhaustion", [&] { (void)heap.Allocate(kProvidedBytes * 2); });
  heap.Stats();
  const HeapCheck check = heap.Validate();
  if (!check.ok()) fprintf(stderr, "%s\n", check.broken);
  const SlabPool::Live live = heap.CountLive();
  fprintf(stderr, "%zu blocks left\n", static_cast<size_t>(live.blocks));
  _exit(check.ok() && live.blocks == 0 ? 0 : 1);
}

// What answers a jailed program's memory calls.
bool MapAPage() {
  ProcessHeap& heap = TheHeap();
  void* const page = heap.AllocatePages(kPage, Fill::kUninitialized);
  if (page == nullptr) return false;
  if (!heap.ArePages(page, kPage)) _exit(2);
  if (heap.FreePages(page, kPage) != kPage) _exit(3);
  return true;
}

TEST(ProcessHeapSignalDeathTest, PagesAtEveryInstructionOfEveryCall) {
  EXPECT_EXIT(StepThroughEveryCall(&MapAPage), testing::ExitedWithCode(0),
              "exhaustion: served .*\n0 blocks left");
}

// Not asked of any malloc, but often done.
bool AllocateAndFree() {
  void* const block = TheHeap().Allocate(48);
  if (block == nullptr) return false;
  TheHeap().Free(block);
  return true;
}

TEST(ProcessHeapSignalDeathTest, BlocksAtEveryInstructionNeverWait) {
  EXPECT_EXIT(StepThroughEveryCall(&AllocateAndFree),
              testing::ExitedWithCode(0),
              "exhaustion: served .*\n0 blocks left");
}

}  // namespace
}  // namespace cellblock
