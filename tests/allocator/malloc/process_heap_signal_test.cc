// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A signal handler that uses the heap which its own thread is using. It may use
// the functions for pages at any moment, and none waits for what it
// interrupted: they are refused where that has the pool. And if it frees what
// it allocates, it leaves the heap as it was. Each case in a process of its
// own, which dies of SIGALRM if a handler waits for its own thread.

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/fresh_process.h"
#include "tests/allocator/malloc/provided_pool.h"

namespace cellblock {
namespace {

constexpr size_t kPage = ProcessHeap::kPage;
constexpr size_t kMiB = size_t{1} << 20;

ProcessHeap& Heap() { return ProcessHeap::Get(); }

void Handle(int signal, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  sigaction(signal, &action, nullptr);
}

void CheckValid() {
  const HeapCheck check = Heap().Validate();
  if (!check.ok()) fprintf(stderr, "%s\n", check.broken);
  FRESH_CHECK(check.ok());
}

// What the handlers work on.
int g_handled;
bool g_all_refused = true;

// Every call, while the pool is being made or is held by this thread.
bool EveryCallIsRefused() {
  static char elsewhere;
  ProcessHeap& heap = Heap();
  const bool refused =
      heap.Allocate(16) == nullptr && heap.Allocate(kPage, kPage) == nullptr &&
      heap.AllocateZeroed(16) == nullptr && FastAllocate(16) == nullptr &&
      heap.Allocate(kMiB / 2) == nullptr &&
      heap.AllocatePages(kPage, Fill::kZeroed) == nullptr &&
      heap.FreePages(g_provided.begin, kPage) == 0 &&
      !heap.ArePages(g_provided.begin, kPage);
  if (g_provided.begin == nullptr) {
    heap.Free(&elsewhere);
    FastFree(&elsewhere);
  }
  heap.Free(nullptr);
  FastFree(nullptr);
  return refused;
}

void OnSignal(int, siginfo_t*, void*) {
  ++g_handled;
  g_all_refused = g_all_refused && EveryCallIsRefused();
}

FRESH_PROCESS(DuringTheMaking) {
  Handle(SIGUSR1, &OnSignal);
  g_provided.hook = [] { raise(SIGUSR1); };
  FRESH_CHECK(Heap().Allocate(100) != nullptr);
  FRESH_CHECK(g_handled == 1);
  FRESH_CHECK(g_all_refused);
  FRESH_CHECK(g_provided.calls == 1);
  FRESH_CHECK(Heap().Stats().allocations == 1);
  FRESH_CHECK(Heap().Stats().exhausted == 0);
  FRESH_CHECK(Heap().ignored_frees() == 0);
  // Afterwards the same handler is served.
  raise(SIGUSR1);
  FRESH_CHECK(g_handled == 2);
  FRESH_CHECK(!g_all_refused);
}
TEST(ProcessHeapSignalTest, HandlerDuringTheMakingOfThePoolIsRefused) {
  ExpectFresh("DuringTheMaking");
}

// The pool cannot be touched until the handler makes it accessible, so that
// whoever touches it first is interrupted there.
void (*g_on_fault)();

void OnFault(int, siginfo_t* info, void*) {
  auto* const address = static_cast<char*>(info->si_addr);
  if (address < g_provided.begin || address >= g_provided.end) _exit(99);
  mprotect(g_provided.begin, g_provided.bytes, PROT_READ | PROT_WRITE);
  ++g_handled;
  g_on_fault();
}

void ClosePool(void (*on_fault)()) {
  g_on_fault = on_fault;
  g_handled = 0;
  Handle(SIGSEGV, &OnFault);
  mprotect(g_provided.begin, g_provided.bytes, PROT_NONE);
}

// Pages are cleared while the pool is held.
FRESH_PROCESS(DuringTheClearingOfPages) {
  char* const block = static_cast<char*>(Heap().Allocate(100));
  void* const dirty = Heap().AllocatePages(kPage, Fill::kUninitialized);
  FRESH_CHECK(Heap().FreePages(dirty, kPage) == kPage);
  const HeapStats before = Heap().Stats();
  // No slab has a block of these sizes, so no fast path serves them.
  ClosePool([] {
    g_all_refused = Heap().Allocate(5000) == nullptr &&
                    FastAllocate(kMiB / 2) == nullptr &&
                    Heap().AllocatePages(kPage, Fill::kZeroed) == nullptr &&
                    Heap().FreePages(g_provided.begin, kMiB) == 0 &&
                    !Heap().ArePages(g_provided.begin, kPage) &&
                    FastAllocate(SIZE_MAX) == nullptr;
  });
  char* const pages =
      static_cast<char*>(Heap().AllocatePages(kPage, Fill::kZeroed));
  FRESH_CHECK(g_handled == 1);
  FRESH_CHECK(g_all_refused);
  FRESH_CHECK(pages == dirty);
  FRESH_CHECK(std::all_of(pages, pages + kPage, [](char c) { return !c; }));
  FRESH_CHECK(Heap().Stats().exhausted == before.exhausted);
  CheckValid();
  // It was refused then, and not for ever.
  FRESH_CHECK(Heap().Allocate(5000) != nullptr);
  FRESH_CHECK(FastAllocate(kMiB / 2) != nullptr);
  Heap().Free(block);
  FRESH_CHECK(Heap().UsableSize(block) == 0);
}
TEST(ProcessHeapSignalTest, HandlerDuringTheClearingOfPagesIsRefused) {
  ExpectFresh("DuringTheClearingOfPages");
}

// Blocks are cut off in a slow path, which does not hold the pool.
FRESH_PROCESS(DuringTheCuttingOff) {
  char* const block = static_cast<char*>(Heap().Allocate(100));
  Heap().Free(Heap().Allocate(kMiB / 2));
  ClosePool([] {
    g_all_refused = Heap().Allocate(5000) == nullptr &&
                    Heap().AllocateZeroed(70'000) == nullptr &&
                    FastAllocate(3000) == nullptr;
    // The functions for pages are not: nothing holds the pool.
    char* const pages =
        static_cast<char*>(Heap().AllocatePages(2 * kPage, Fill::kZeroed));
    FRESH_CHECK(pages != nullptr);
    FRESH_CHECK(Heap().ArePages(pages, 2 * kPage));
    FRESH_CHECK(Heap().FreePages(pages, 2 * kPage) == 2 * kPage);
  });
  char* const cut = static_cast<char*>(Heap().Allocate(1000));
  FRESH_CHECK(cut != nullptr);
  FRESH_CHECK(g_handled == 1);
  FRESH_CHECK(g_all_refused);
  CheckValid();
  FRESH_CHECK(Heap().Allocate(5000) != nullptr);
  FRESH_CHECK(Heap().UsableSize(block) == 112);
}
TEST(ProcessHeapSignalTest, HandlerDuringASlowPathIsRefusedBlocksAndHasPages) {
  ExpectFresh("DuringTheCuttingOff");
}

// What is copied or cleared outside of any slow path interrupts nothing.
FRESH_PROCESS(DuringTheMove) {
  char* const block = static_cast<char*>(Heap().Allocate(100));
  memset(block, 'b', 100);
  Heap().Free(Heap().Allocate(70'000));
  Heap().Free(Heap().Allocate(500));
  static void* served;
  ClosePool([] { served = Heap().Allocate(70'000); });
  char* const moved = static_cast<char*>(Heap().Reallocate(block, 500));
  FRESH_CHECK(moved != nullptr && moved != block);
  FRESH_CHECK(g_handled == 1);
  FRESH_CHECK(served != nullptr);
  FRESH_CHECK(std::all_of(moved, moved + 100, [](char c) { return c == 'b'; }));
  FRESH_CHECK(Heap().UsableSize(block) == 0);
  CheckValid();
}
TEST(ProcessHeapSignalTest, HandlerDuringTheMoveOfABlockIsServed) {
  ExpectFresh("DuringTheMove");
}

// A handler at every single instruction of each call: the processor traps
// after each while the trap flag is set.

constexpr greg_t kTrapFlag = 0x100;

struct Counts {
  int served = 0;
  int refused = 0;
};

volatile bool g_stepping;
Counts g_counts;
void (*g_at_every_step)();

void Count(bool served) { ++(served ? g_counts.served : g_counts.refused); }

void OnStep(int, siginfo_t*, void* context) {
  greg_t& flags = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL];
  if (!g_stepping) {
    flags &= ~kTrapFlag;
    return;
  }
  flags |= kTrapFlag;
  const int saved = errno;
  g_at_every_step();
  errno = saved;
}

void StartStepping() {
  Handle(SIGTRAP, &OnStep);
  g_counts = Counts();
  g_stepping = true;
  raise(SIGTRAP);
}
void StopStepping() {
  g_stepping = false;
  raise(SIGTRAP);
}

// What a handler does, that leaves everything as it was.

void BlockOfASlabThatServes() {
  void* const block = FastAllocate(16);
  Count(block != nullptr);
  if (block != nullptr) FastFree(block);
}

// A block is freed as it was allocated, if it was: no slow path is interrupted
// then.
void SpanOfItsOwn() {
  void* const block = FastAllocate(70'000);
  Count(block != nullptr);
  if (block != nullptr) FastFree(block);
}

void PagesOfAMapping() {
  void* const pages = Heap().AllocatePages(2 * kPage, Fill::kZeroed);
  Count(pages != nullptr);
  if (pages == nullptr) return;
  FRESH_CHECK(Heap().ArePages(pages, 2 * kPage));
  FRESH_CHECK(Heap().FreePages(pages, 2 * kPage) == 2 * kPage);
}

void PagesThatThereAreNot() {
  Count(Heap().AllocatePages(g_provided.bytes + 1, Fill::kZeroed) != nullptr);
}

struct HandlerKind {
  const char* name;
  void (*run)();
  bool is_served;
};

// Steps through `call`, and looks at the whole heap then.
template <typename Call>
void Step(const char* name, const HandlerKind& handler, Call call) {
  fprintf(stderr, "%s, ", name);
  // As many blocks as its slab needs to serve the handler all along.
  void* blocks[64];
  for (void*& block : blocks) block = FastAllocate(16);
  for (void* const block : blocks) FastFree(block);
  g_at_every_step = handler.run;
  StartStepping();
  call();
  StopStepping();
  FRESH_CHECK(g_counts.served + g_counts.refused > 0);
  FRESH_CHECK(g_counts.served == 0 || handler.is_served);
  CheckValid();
  // Nobody is refused any more.
  g_counts = Counts();
  handler.run();
  FRESH_CHECK((g_counts.served == 1) == handler.is_served);
  void* const span = Heap().Allocate(66'000);
  FRESH_CHECK(span != nullptr);
  Heap().Free(span);
  FRESH_CHECK(Heap().UsableSize(span) == 0);
}

void StepThroughEveryCall(const HandlerKind& handler) {
  g_provided.bytes = 8 * kMiB;  // so that a span goes through the cache
  alarm(30);
  void* block = nullptr;
  void* other = nullptr;
  std::vector<void*> blocks;
  blocks.reserve(100'000);
  FRESH_CHECK(!Heap().ArePages(&block, kPage));  // the pool is made
  const auto step = [&](const char* name, auto call) {
    Step(name, handler, call);
  };
  // The first call of this thread opens its heap.
  g_at_every_step = handler.run;
  StartStepping();
  void* const first = FastAllocate(100);
  StopStepping();
  FRESH_CHECK(first != nullptr);
  CheckValid();

  step("Allocate", [&] { other = FastAllocate(100); });
  step("Free", [&] { FastFree(other); });
  step("Allocate from a new slab", [&] { other = Heap().Allocate(1000); });
  step("UsableSize", [&] { (void)Heap().UsableSize(other); });
  step("Reallocate in place", [&] { other = Heap().Reallocate(other, 900); });
  step("Reallocate elsewhere", [&] { other = FastReallocate(other, 3000); });
  FastFree(other);
  step("AllocateZeroed", [&] { block = Heap().AllocateZeroed(2000); });
  step("Free by the heap", [&] { Heap().Free(block); });
  step("AllocateAligned", [&] { block = Heap().Allocate(100, 512); });
  step("Free of an aligned block", [&] { FastFree(block); });
  step("Allocate a span", [&] { block = FastAllocate(200'000); });
  step("Reallocate a span", [&] { block = Heap().Reallocate(block, 300'000); });
  step("Shrink a span", [&] { block = Heap().Reallocate(block, 100'000); });
  step("Move a span", [&] { block = Heap().Reallocate(block, 1000); });
  FastFree(block);
  // Until a slab of four is full and another is needed.
  step("Disown a full slab", [&] {
    for (int i = 0; i < 5; ++i) blocks.push_back(FastAllocate(3000));
  });
  step("Claim a full slab", [&] { FastFree(blocks[0]); });
  step("Empty a slab", [&] {
    for (int i = 1; i < 5; ++i) FastFree(blocks[static_cast<size_t>(i)]);
  });
  blocks.clear();
  step("AllocatePages",
       [&] { block = Heap().AllocatePages(2 * kPage, Fill::kUninitialized); });
  step("ArePages", [&] { (void)Heap().ArePages(block, 2 * kPage); });
  step("FreePages", [&] { (void)Heap().FreePages(block, 2 * kPage); });
  step("Stats", [&] { (void)Heap().Stats(); });
  // Everything is given up, with blocks of many slabs handed out.
  for (size_t bytes = 16; bytes < 3000; bytes += bytes / 3) {
    for (int i = 0; i < 7; ++i) blocks.push_back(FastAllocate(bytes));
  }
  for (size_t i = 0; i < blocks.size(); i += 2) FastFree(blocks[i]);
  step("A refusal", [&] { other = FastAllocate(100 * kMiB); });
  FRESH_CHECK(other == nullptr);
  for (size_t i = 1; i < blocks.size(); i += 2) FastFree(blocks[i]);
  blocks.clear();
  step("A refusal of pages",
       [&] { other = Heap().AllocatePages(100 * kMiB, Fill::kZeroed); });
  // Nothing was lost.
  Heap().Free(first);
  CheckValid();
  FRESH_CHECK(Heap().Allocate(g_provided.bytes) == g_provided.begin);
  FRESH_CHECK(Heap().Stats().allocations == Heap().Stats().frees + 1);
}

constexpr HandlerKind kHandlers[] = {
    {"BlockOfASlabThatServes", &BlockOfASlabThatServes, true},
    {"SpanOfItsOwn", &SpanOfItsOwn, true},
    {"PagesOfAMapping", &PagesOfAMapping, true},
    {"PagesThatThereAreNot", &PagesThatThereAreNot, false},
};

FRESH_PROCESS(StepBlocks) { StepThroughEveryCall(kHandlers[0]); }
FRESH_PROCESS(StepSpans) { StepThroughEveryCall(kHandlers[1]); }
FRESH_PROCESS(StepPages) { StepThroughEveryCall(kHandlers[2]); }
FRESH_PROCESS(StepRefusals) { StepThroughEveryCall(kHandlers[3]); }

TEST(ProcessHeapSignalTest, HandlerWithABlockAtEveryInstructionChangesNothing) {
  ExpectFresh("StepBlocks");
}
TEST(ProcessHeapSignalTest, HandlerWithASpanAtEveryInstructionChangesNothing) {
  ExpectFresh("StepSpans");
}
TEST(ProcessHeapSignalTest, HandlerWithPagesAtEveryInstructionChangesNothing) {
  ExpectFresh("StepPages");
}
TEST(ProcessHeapSignalTest,
     HandlerThatIsRefusedPagesAtEveryInstructionChangesNothing) {
  ExpectFresh("StepRefusals");
}

// The first call of a thread opens its heap. A handler can be the first to do
// so once only: so for each instruction there is a thread.
int g_step;
int g_act_at;

FRESH_PROCESS(FirstCallOfAThread) {
  alarm(30);
  FRESH_CHECK(!Heap().ArePages(&g_step, kPage));  // the pool is made
  g_at_every_step = [] {
    if (g_step++ != g_act_at) return;
    BlockOfASlabThatServes();
    g_stepping = false;
  };
  // By then it is open.
  constexpr int kInstructions = 200;
  for (g_act_at = 0; g_act_at < kInstructions; ++g_act_at) {
    g_step = 0;
    std::thread([] {
      StartStepping();
      void* const block = FastAllocate(100);
      StopStepping();
      FRESH_CHECK(block != nullptr);
      FastFree(block);
    }).join();
    FRESH_CHECK(g_step > g_act_at);
    CheckValid();
    void* const whole = Heap().Allocate(g_provided.bytes);
    FRESH_CHECK(whole == g_provided.begin);
    // Which looks through the caches of all threads.
    FRESH_CHECK(Heap().Allocate(100) == nullptr);
    Heap().Free(whole);
  }
}
TEST(ProcessHeapSignalTest, HandlerMayOpenTheHeapThatItsThreadIsOpening) {
  ExpectFresh("FirstCallOfAThread");
}

// The end of a thread: the heap is closed, and afterwards it is there for one
// call at a time. From a destructor before the heap's own to one behind it.
pthread_key_t g_first_key;
pthread_key_t g_last_key;

void StepThroughTheEndOfAThread(const HandlerKind& handler) {
  g_provided.bytes = 8 * kMiB;
  alarm(30);
  g_at_every_step = handler.run;
  pthread_key_create(&g_first_key, [](void*) { StartStepping(); });
  FRESH_CHECK(!Heap().ArePages(&handler, kPage));  // the heap makes its key
  pthread_key_create(&g_last_key, [](void*) {
    for (const size_t bytes : {100, 100'000}) {
      void* const block = FastAllocate(bytes);
      FRESH_CHECK(block != nullptr);
      FastFree(block);
    }
    StopStepping();
    CheckValid();
    FRESH_CHECK(g_counts.served + g_counts.refused > 0);
  });
  std::vector<void*> kept;
  for (int round = 0; round < 2; ++round) {
    std::thread([&] {
      pthread_setspecific(g_first_key, &kept);
      pthread_setspecific(g_last_key, &kept);
      for (size_t bytes = 16; bytes < 200'000; bytes *= 4) {
        for (int i = 0; i < 5; ++i) {
          void* const block = FastAllocate(bytes);
          FRESH_CHECK(block != nullptr);
          if (i == 0 && round == 0) {
            kept.push_back(block);
          } else {
            FastFree(block);
          }
        }
      }
    }).join();
    CheckValid();
  }
  for (void* const block : kept) FastFree(block);
  CheckValid();
  void* const whole = Heap().Allocate(g_provided.bytes);
  FRESH_CHECK(whole != nullptr);
}

FRESH_PROCESS(EndWithBlocks) { StepThroughTheEndOfAThread(kHandlers[0]); }
FRESH_PROCESS(EndWithSpans) { StepThroughTheEndOfAThread(kHandlers[1]); }
FRESH_PROCESS(EndWithPages) { StepThroughTheEndOfAThread(kHandlers[2]); }
FRESH_PROCESS(EndWithRefusals) { StepThroughTheEndOfAThread(kHandlers[3]); }

TEST(ProcessHeapSignalTest, HandlerWithABlockAtTheEndOfAThreadChangesNothing) {
  ExpectFresh("EndWithBlocks");
}
TEST(ProcessHeapSignalTest, HandlerWithASpanAtTheEndOfAThreadChangesNothing) {
  ExpectFresh("EndWithSpans");
}
TEST(ProcessHeapSignalTest, HandlerWithPagesAtTheEndOfAThreadChangesNothing) {
  ExpectFresh("EndWithPages");
  ExpectFresh("EndWithRefusals");
}

}  // namespace
}  // namespace cellblock
