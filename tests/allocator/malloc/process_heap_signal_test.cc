// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A signal handler that uses the heap which its own thread is using: it is
// answered null and never waits for itself.

#include <gtest/gtest.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

constexpr size_t kPage = ProcessHeap::kPage;

// What the handlers work on.
ProcessHeap* g_heap;
char* g_block;  // live
int g_handled;
bool g_all_refused;

// Every call of the heap, while it is locked by this thread.
bool EveryCallIsRefused() {
  ProcessHeap& heap = *g_heap;
  bool refused = heap.Allocate(16) == nullptr &&
                 heap.Allocate(kPage, kPage) == nullptr &&
                 heap.AllocateZeroed(16) == nullptr &&
                 heap.AllocatePages(kPage, Fill::kZeroed) == nullptr;
  if (g_block != nullptr) {
    refused = refused && heap.Reallocate(g_block, 1000) == nullptr &&
              heap.UsableSize(g_block) == 0 &&
              heap.FreePages(g_block, kPage) == 0 &&
              !heap.ArePages(g_block, kPage);
    heap.Free(g_block);
  }
  heap.Free(&heap);
  heap.Free(nullptr);
  return refused;
}

class Handler {
 public:
  Handler(int signal, void (*handler)(int, siginfo_t*, void*))
      : signal_(signal) {
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(signal, &action, &before_);
  }
  ~Handler() { sigaction(signal_, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  int signal_;
  struct sigaction before_;
};

class ProcessHeapSignalTest : public testing::Test {
 protected:
  ProcessHeapSignalTest() {
    g_heap = &heap_;
    g_block = nullptr;
    g_handled = 0;
    g_all_refused = true;
  }
  ProcessHeap heap_;
};

void OnSignal(int, siginfo_t*, void*) {
  ++g_handled;
  g_all_refused = g_all_refused && EveryCallIsRefused();
}

TEST_F(ProcessHeapSignalTest, HandlerDuringTheMakingOfThePoolIsRefused) {
  const Handler handler(SIGUSR1, &OnSignal);
  const ProvidedPool pool({.hook = [] { raise(SIGUSR1); }});
  void* const block = heap_.Allocate(100);
  EXPECT_NE(block, nullptr);
  EXPECT_EQ(g_handled, 1);
  EXPECT_TRUE(g_all_refused);
  EXPECT_EQ(pool.calls(), 1);
  EXPECT_EQ(pool.stats().allocations, 1u);
  EXPECT_EQ(pool.stats().exhausted, 0u);
  EXPECT_EQ(heap_.ignored_frees(), 0u);
  // Afterwards the same handler is served.
  raise(SIGUSR1);
  EXPECT_EQ(g_handled, 2);
  EXPECT_FALSE(g_all_refused);
}

// The pool cannot be touched until the handler makes it accessible, so that
// clearing or copying a block faults while the heap is locked.
const ProvidedPool* g_closed_pool;

void OnFault(int, siginfo_t* info, void*) {
  const ProvidedPool& pool = *g_closed_pool;
  auto* const address = static_cast<char*>(info->si_addr);
  if (address < pool.begin() || address >= pool.end()) _exit(99);
  OnSignal(0, nullptr, nullptr);
  mprotect(pool.begin(), pool.size(), PROT_READ | PROT_WRITE);
}

class ClosedPool {
 public:
  explicit ClosedPool(const ProvidedPool& pool) : handler_(SIGSEGV, &OnFault) {
    g_closed_pool = &pool;
    mprotect(pool.begin(), pool.size(), PROT_NONE);
  }

 private:
  Handler handler_;
};

TEST_F(ProcessHeapSignalTest, HandlerDuringTheClearingOfABlockIsRefused) {
  const ProvidedPool pool;
  g_block = static_cast<char*>(heap_.Allocate(100));
  char* zeroed = nullptr;
  {
    const ClosedPool closed(pool);
    zeroed = static_cast<char*>(heap_.AllocateZeroed(1000));
  }
  ASSERT_NE(zeroed, nullptr);
  EXPECT_EQ(g_handled, 1);
  EXPECT_TRUE(g_all_refused);
  EXPECT_TRUE(std::all_of(zeroed, zeroed + 1000, [](char c) { return !c; }));
  // What the handler wanted to free is still there.
  EXPECT_EQ(heap_.UsableSize(g_block), 128u);
  EXPECT_EQ(pool.stats().allocations, 2u);
  EXPECT_EQ(pool.stats().frees, 0u);
  EXPECT_EQ(heap_.ignored_frees(), 0u);
}

TEST_F(ProcessHeapSignalTest, HandlerDuringTheMoveOfABlockIsRefused) {
  const ProvidedPool pool;
  g_block = static_cast<char*>(heap_.Allocate(100));
  auto* const block = static_cast<char*>(heap_.Allocate(100));
  ASSERT_NE(heap_.Allocate(100), nullptr);
  memset(block, 'b', 100);
  char* moved = nullptr;
  {
    const ClosedPool closed(pool);
    moved = static_cast<char*>(heap_.Reallocate(block, 5000));
  }
  ASSERT_NE(moved, nullptr);
  EXPECT_NE(moved, block);
  EXPECT_EQ(g_handled, 1);
  EXPECT_TRUE(g_all_refused);
  EXPECT_TRUE(std::all_of(moved, moved + 100, [](char c) { return c == 'b'; }));
  EXPECT_EQ(heap_.UsableSize(g_block), 128u);
  EXPECT_EQ(heap_.UsableSize(block), 0u);
}

// A handler at every single instruction of each call: the processor traps
// after each while the trap flag is set.

constexpr greg_t kTrapFlag = 0x100;

volatile bool g_stepping;
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
  void* const block = g_heap->Allocate(16);
  if (block != nullptr) {
    ++g_served;
    g_heap->Free(block);
  } else {
    ++g_refused;
  }
  errno = saved;
}

template <typename Call>
void Step(const char* name, Call call) {
  fprintf(stderr, "%s, ", name);
  g_served = 0;
  g_refused = 0;
  g_stepping = true;
  raise(SIGTRAP);
  call();
  g_stepping = false;
  raise(SIGTRAP);
  if (g_served == 0 || g_refused == 0) {
    fprintf(stderr, "served %d, refused %d\n", g_served, g_refused);
    _exit(1);
  }
}

void StepThroughEveryCall(ProcessHeap* heap, const ProvidedPool& pool) {
  const Handler handler(SIGTRAP, &OnStep);
  // Ends a handler that waits for the thread which it interrupted.
  alarm(3);
  void* block = nullptr;
  Step("Allocate", [&] { block = heap->Allocate(100); });
  Step("UsableSize", [&] { (void)heap->UsableSize(block); });
  Step("Reallocate in place", [&] { block = heap->Reallocate(block, 40); });
  void* const wall = heap->Allocate(100);
  Step("Reallocate elsewhere", [&] { block = heap->Reallocate(block, 500); });
  Step("Free", [&] { heap->Free(block); });
  Step("AllocateZeroed", [&] { block = heap->AllocateZeroed(100); });
  heap->Free(block);
  heap->Free(wall);
  Step("AllocatePages",
       [&] { block = heap->AllocatePages(2 * kPage, Fill::kUninitialized); });
  Step("ArePages", [&] { (void)heap->ArePages(block, 2 * kPage); });
  Step("FreePages", [&] { (void)heap->FreePages(block, 2 * kPage); });
  const HeapStats& stats = pool.stats();
  if (stats.in_use_bytes != 0 || stats.allocations != stats.frees) {
    fprintf(stderr, "not all was freed\n");
    _exit(1);
  }
  fprintf(stderr, "done\n");
  _exit(0);
}

TEST_F(ProcessHeapSignalTest, HandlerAtEveryInstructionNeverWaits) {
  const ProvidedPool pool;
  ASSERT_NE(heap_.Allocate(0), nullptr);
  heap_.Free(pool.begin());
  EXPECT_EXIT(StepThroughEveryCall(&heap_, pool), testing::ExitedWithCode(0),
              "done");
}

}  // namespace
}  // namespace cellblock
