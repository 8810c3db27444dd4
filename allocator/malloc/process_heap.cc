// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/process_heap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "allocator/error.h"
#include "allocator/malloc/clear.h"
#include "allocator/malloc/exit_key.h"
#include "allocator/malloc/fast_path.h"
#include "allocator/malloc/stream_list.h"
#include "allocator/malloc/thread_heap.h"
#include "allocator/malloc/throw_reserve.h"
#include "allocator/region.h"
#include "allocator/report.h"

namespace cellblock {
namespace process {

constinit RootPage g_root;
constinit SlabPool g_pool;
thread_local constinit FastTable t_fast;
constinit bool g_alone = true;

}  // namespace process

namespace {

using process::g_pool;
using process::g_root;

constinit ProcessHeap g_heap;
constinit HeapLock g_making;  // held while the pool is made
constinit std::atomic<bool> g_ready{false};
constinit Fill g_fill = Fill::kUninitialized;
constinit ForeignFree g_foreign_free = ForeignFree::kReport;
constinit std::atomic<uint64_t> g_ignored_frees{0};
constinit uint64_t* g_ignored_frees_copy = nullptr;
constinit size_t g_most_refusals_in_a_row = 0;
constinit const HeapObserver* g_observer = nullptr;
constinit std::atomic<RefusalObserver*> g_refusal_observer{nullptr};
constinit ExitKey g_exit_key;
constinit StreamList g_streams;
constinit ThrowReserve g_throw_reserve;

thread_local constinit ThreadHeap t_heap;
thread_local constinit HardenedHeap t_hardened;
thread_local constinit bool t_ending = false;
thread_local constinit bool t_may_use_reserve = false;
thread_local constinit uint8_t t_first_frees = 0;

bool IsHardened() { return g_root.hardening.live != nullptr; }

void CloseHeap() {
  t_heap.Close();
  t_hardened.Close();
}

void OnThreadExit(void*) {
  t_ending = true;
  if (t_heap.is_open()) CloseHeap();
}

// Differs from process to process: the kernel's random bytes for this one,
// whose other uses Mix in SlabPool keeps apart from this.
uint64_t Seed() {
  uint64_t words[2] = {};
  if (const unsigned long bytes = getauxval(AT_RANDOM)) {
    memcpy(words, reinterpret_cast<const void*>(bytes), sizeof(words));
  }
  return words[0] * 0x9E3779B97F4A7C15u + words[1];
}

// Fast paths compare tokens with the thread pointer, which is even.
uintptr_t MyToken() {
  return reinterpret_cast<uintptr_t>(__builtin_thread_pointer()) |
         (IsHardened() || g_observer != nullptr ? 1 : 0);
}

// The process cannot go on without a pool.
[[noreturn]] void FailToMake(const char* why) {
  for (const char* const text : {"cellblock: no pool: ", why, "\n"}) {
    (void)!write(STDERR_FILENO, text, strlen(text));
  }
  abort();
}

void BeforeFork() {
  g_streams.Acquire();
  g_pool.BeforeFork();
}

void ForkInParent() {
  g_pool.AfterFork();
  g_streams.Release();
}

void ForkInChild() {
  // It records one process, in memory that this one shares with it.
  g_observer = nullptr;
  g_pool.KeepOnly(t_heap.is_open() ? MyToken() : 0, t_heap.cache());
  g_pool.AfterFork();
  g_streams.Reset();
}

void MakePool() {
  ProcessPool pool = ProvideProcessPool();
  if (pool.memory.seed == 0) pool.memory.seed = Seed();
  const AllocatorError error = g_pool.Attach(pool.memory);
  if (error != AllocatorError::kNone) FailToMake(Message(error));
  g_root.root = g_pool.root();
  if (pool.safety == Safety::kHardened) {
    if (pool.live_map == nullptr) FailToMake("it is hardened, and has no map");
    g_root.hardening = {
        .live = static_cast<std::atomic<uint8_t>*>(pool.live_map),
        .secret = pool.memory.seed * 0xD6E8FEB86659FD93u ^ g_pool.root().key};
  }
  g_fill = pool.fill;
  g_foreign_free = pool.foreign_free;
  g_ignored_frees_copy = pool.ignored_frees;
  g_most_refusals_in_a_row = pool.most_refusals_in_a_row;
  g_observer = pool.observer;
  if (g_observer != nullptr && IsHardened()) {
    FailToMake("a hardened one cannot be observed");
  }
  if (!g_exit_key.Make(&OnThreadExit)) {
    FailToMake("there is no key for the ends of threads");
  }
  if (pthread_atfork(&BeforeFork, &ForkInParent, &ForkInChild) != 0) {
    FailToMake("fork handlers cannot be registered");
  }
  if (!Region::MakeReadOnly(&g_root, sizeof(g_root))) {
    FailToMake("what free() relies on cannot be made read-only");
  }
}

// False iff this thread is making the pool just now.
bool IsReady() {
  if (g_ready.load(std::memory_order_acquire)) return true;
  if (!g_making.Acquire()) return false;
  if (!g_ready.load(std::memory_order_relaxed)) {
    MakePool();
    g_ready.store(true, std::memory_order_release);
  }
  g_making.Release();
  return true;
}

// What a slow call has a heap for.
enum class HeapUse : uint8_t { kAny, kFree };

// The heap of this thread, for one slow call. After the end of its thread a
// heap is there for that call only.
//
// So it is for the first frees of a thread that has not allocated yet. When
// all its destructors have run, and nothing would close a heap any more, libc
// frees the table of the thread's own variables, on a stack that is not libc's:
// for many threads the only call they make.
class MyHeap {
 public:
  explicit MyHeap(HeapUse use = HeapUse::kAny) {
    if (t_heap.is_open() || g_pool.IsInterrupted()) return;
    constexpr uint8_t kMostFirstFrees = 16;
    const bool may_be_last =
        use == HeapUse::kFree && t_first_frees < kMostFirstFrees;
    if (may_be_last) ++t_first_frees;
    is_for_once_ = t_ending || may_be_last;
    Open(is_for_once_);
  }
  ~MyHeap() {
    if (is_for_once_) CloseHeap();
  }
  MyHeap(const MyHeap&) = delete;
  MyHeap& operator=(const MyHeap&) = delete;

  ThreadHeap* operator->() const { return &t_heap; }
  explicit operator bool() const { return t_heap.is_open(); }

 private:
  static void Open(bool for_once) {
    const bool fast = !for_once && !IsHardened() && g_fill != Fill::kZeroed &&
                      g_observer == nullptr;
    t_heap.Open(&g_pool, MyToken(), fast ? &process::t_fast : nullptr);
    if (IsHardened()) {
      t_hardened.Open(
          &t_heap, &g_pool, &g_root.hardening,
          g_root.hardening.secret ^ MyToken() * 0x9E3779B97F4A7C15u);
    }
    if (!for_once) g_exit_key.Arm(&t_heap);
  }

  bool is_for_once_ = false;
};

[[gnu::cold, gnu::noinline]] void* Refused(const RefusedRequest& request) {
  RefusalObserver* const observer =
      g_refusal_observer.load(std::memory_order_acquire);
  if (observer != nullptr && request.number != 0) observer(request);
  const size_t refusals = t_heap.refusals_in_a_row();
  if (g_most_refusals_in_a_row != 0 && refusals >= g_most_refusals_in_a_row) {
    ReportRefusedInARow(refusals);
  }
  return nullptr;
}

void* Counted(void* block) {
  if (block == nullptr) [[unlikely]]
    return Refused(t_heap.TakeRefused());
  return block;
}

// Of what is not hardened.
size_t PlainSize(const void* block) {
  return t_heap.is_open() ? t_heap.UsableSize(block) : g_pool.UsableSize(block);
}

// Clears what a block has behind the bytes that realloc kept. Of a span, what
// lies behind its first `written` bytes may be known to be zero.
void ClearBehind(char* block, size_t kept, size_t usable, size_t written) {
  const Slab& slab = *g_pool.Locate(block);
  size_t end = usable;
  if (slab.size_class == kSpanClass) {
    const size_t dirty = size_t{slab.credit} * ProcessHeap::kPage;
    end = std::min(usable, std::max(dirty, written));
  }
  if (kept < end) ClearTouchedBytes(block + kept, block + end);
}

void* Told(void* block, size_t asked) {
  if (g_observer != nullptr && block != nullptr) [[unlikely]] {
    g_observer->allocated(block, asked, PlainSize(block));
  }
  return block;
}

// Of what is no live block nothing is told: freeing it is a mistake.
void TellFree(const void* block) {
  const size_t bytes = PlainSize(block);
  if (bytes > 0) g_observer->freed(block, bytes);
}

void* ToldOfMove(void* block, size_t before, void* moved, size_t asked) {
  if (moved != nullptr) return Told(moved, asked);
  if (before > 0) g_observer->restored(block, before);
  return nullptr;
}

// Each run of pages in whole pages of the pool.
void TellPages(const char* begin, const char* end,
               void (*tell)(const void* begin, size_t bytes)) {
  const char* run = begin;
  for (const char* page = begin; page < end; page += ProcessHeap::kPage) {
    if (g_pool.ArePages(page, page + ProcessHeap::kPage)) continue;
    if (page > run) tell(run, static_cast<size_t>(page - run));
    run = page + ProcessHeap::kPage;
  }
  if (end > run) tell(run, static_cast<size_t>(end - run));
}

void IgnoreOrReport(void* block) {
  if (g_throw_reserve.GiveBack(block)) return;
  if (g_foreign_free == ForeignFree::kReport) ReportForeignFree(block);
  const uint64_t count =
      g_ignored_frees.fetch_add(1, std::memory_order_relaxed) + 1;
  if (g_ignored_frees_copy != nullptr) {
    __atomic_store_n(g_ignored_frees_copy, count, __ATOMIC_RELAXED);
  }
}

char* PageUp(char* address) {
  const auto value = reinterpret_cast<uintptr_t>(address);
  return address + (-value & (ProcessHeap::kPage - 1));
}

// Whatever main does first, it finds the pool made.
__attribute__((constructor)) void Prepare() { (void)IsReady(); }

// The figures at the end, for whoever reads the copy.
__attribute__((destructor)) void TellFigures() {
  if (!g_ready.load(std::memory_order_acquire)) return;
  if (t_heap.is_open()) t_heap.Count();
  g_pool.Publish();
}

}  // namespace

namespace process {

namespace {

void* OrNoMemory(void* block) {
  if (block == nullptr) [[unlikely]]
    errno = ENOMEM;
  return block;
}

void* OrOfReserve(void* block, size_t bytes) {
  if (block == nullptr && t_may_use_reserve) [[unlikely]]
    block = g_throw_reserve.Take(bytes);
  return OrNoMemory(block);
}

[[gnu::noinline]] void* AllocateAnyhow(size_t bytes) {
  return OrOfReserve(g_heap.Allocate(bytes), bytes);
}

[[gnu::noinline]] void* AllocateFromHeap(size_t bytes) {
  return OrOfReserve(Counted(t_heap.Allocate(bytes, kBlockAlignment)), bytes);
}

// What the fast path leaves, whether there is a hardened heap or not.
[[gnu::noinline]] void* AllocateHardened(size_t bytes) {
  if (!t_hardened.is_open() || t_ending || g_fill == Fill::kZeroed) {
    return AllocateAnyhow(bytes);
  }
  return OrOfReserve(Counted(t_hardened.Allocate(bytes, kBlockAlignment)),
                     bytes);
}

[[gnu::noinline]] void FreeAnyhow(void* block) {
  const int saved = errno;
  g_heap.Free(block);
  errno = saved;
}

// What the fast path leaves, whether there is a hardened heap or not.
[[gnu::noinline]] void FreeHardened(void* block) {
  if (t_hardened.is_open() && !t_ending && g_heap.Owns(block)) {
    return t_hardened.Free(block);
  }
  FreeAnyhow(block);
}

[[gnu::noinline]] void FreeMedium(void* block) {
  t_hardened.FreeFast<false>(block, &FreeHardened);
}

[[gnu::noinline]] void FreeNotPlain(void* block) {
  t_hardened.FreeFast<true>(block, &FreeMedium);
}

}  // namespace

[[gnu::noinline]] void* AllocateSlowly(size_t bytes) {
  // Until it is opened, and where blocks must be zeroed, it is not plain.
  if (t_heap.is_plain()) [[likely]]
    return AllocateFromHeap(bytes);
  return t_hardened.AllocateFast(bytes, &AllocateHardened);
}

[[gnu::noinline]] void FreeSlowly(void* block) {
  if (t_heap.is_plain()) [[likely]] {
    Slab* const slab = g_pool.Locate(block);
    if (slab != &kNoSlab) return t_heap.Free(block, slab);
  } else {
    return FreeNotPlain(block);
  }
  FreeAnyhow(block);
}

// Of a slab that this thread does not own.
[[gnu::noinline]] void FreeRemotely(void* block, Slab* slab) {
  if (!t_heap.is_plain()) return FreeNotPlain(block);
  if (t_heap.TryGiveBack(static_cast<char*>(block), slab)) return;
  FreeSlowly(block);
}

[[gnu::noinline]] void* ReallocateAnyhow(void* block, size_t bytes) {
  return OrNoMemory(g_heap.Reallocate(block, bytes));
}

[[gnu::noinline]] void EmptiedSlowly(Slab* slab) { t_heap.Emptied(slab); }

[[gnu::noinline]] void ShareSlowly() {
  g_alone = false;
  if (t_heap.is_open()) t_heap.Share();
}

}  // namespace process

ProcessHeap& ProcessHeap::Get() { return g_heap; }

void* ProcessHeap::Allocate(size_t bytes, size_t alignment) {
  const bool is_power = alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!is_power || !IsReady()) return nullptr;
  const MyHeap heap;
  if (!heap) return nullptr;
  if (g_fill == Fill::kZeroed) return AllocateZeroed(bytes, alignment);
  return Told(Counted(IsHardened() ? t_hardened.Allocate(bytes, alignment)
                                   : heap->Allocate(bytes, alignment)),
              bytes);
}

void* ProcessHeap::AllocateZeroed(size_t bytes, size_t alignment) {
  if (!IsReady()) return nullptr;
  const MyHeap heap;
  if (!heap) return nullptr;
  return Told(Counted(IsHardened() ? t_hardened.AllocateZeroed(bytes, alignment)
                                   : heap->AllocateZeroed(bytes, alignment)),
              bytes);
}

void* ProcessHeap::Reallocate(void* block, size_t bytes) {
  if (!IsReady()) return nullptr;
  if (!Owns(block)) ReportForeignFree(block);
  const MyHeap heap;
  if (!heap) return nullptr;
  const bool zeroed = g_fill == Fill::kZeroed;
  const bool observed = g_observer != nullptr;
  const size_t before = zeroed || observed ? UsableSize(block) : 0;
  const size_t whole = g_pool.Locate(block)->reciprocal * kPage;  // of a span
  if (observed) TellFree(block);
  void* const moved = Counted(IsHardened() ? t_hardened.Reallocate(block, bytes)
                                           : heap->Reallocate(block, bytes));
  if (moved != nullptr && zeroed) {
    // What is not asked for now may be asked for later, and is zero then too.
    ClearBehind(static_cast<char*>(moved), std::min(before, bytes),
                UsableSize(moved), moved == block ? whole : 0);
  }
  if (observed) return ToldOfMove(block, before, moved, bytes);
  return moved;
}

void ProcessHeap::Free(void* block) {
  if (block == nullptr || !IsReady()) return;
  if (!Owns(block)) return IgnoreOrReport(block);
  const MyHeap heap(HeapUse::kFree);
  if (!heap) return;
  if (g_observer != nullptr) TellFree(block);
  if (IsHardened()) return t_hardened.Free(block);
  heap->Free(block, g_pool.Locate(block));
}

size_t ProcessHeap::UsableSize(const void* block) {
  if (block == nullptr || !IsReady()) return 0;
  const MyHeap heap;
  if (heap && IsHardened() && Owns(block)) return t_hardened.UsableSize(block);
  return PlainSize(block);
}

// Touches nothing of the thread's: its malloc may be what was interrupted.
void* ProcessHeap::AllocatePages(size_t bytes, Fill fill) {
  if (!IsReady() || g_pool.IsInterrupted()) return nullptr;
  void* pages = g_pool.TryPages(bytes, fill);
  if (pages == nullptr) {
    g_pool.Reclaim();
    pages = g_pool.TryPages(bytes, fill);
  }
  const bool first = t_heap.refusals_in_a_row() == 0;
  t_heap.NotePages(pages != nullptr);
  if (pages != nullptr) {
    if (g_observer != nullptr) {
      const size_t whole = (bytes + kPage - 1) & ~(kPage - 1);
      g_observer->allocated(pages, bytes, whole);
    }
    return pages;
  }
  return Refused({.bytes = bytes,
                  .alignment = kPage,
                  .number = g_pool.CountRefusal(bytes, kPage, first)});
}

size_t ProcessHeap::FreePages(void* begin, size_t bytes) {
  if (!IsReady()) return 0;
  const Range range = Clip(begin, bytes);
  char* const first = PageUp(range.begin);
  if (g_observer != nullptr) {
    TellPages(first, PageUp(range.end), g_observer->freed_pages);
  }
  return g_pool.FreePages(first, range.end);
}

bool ProcessHeap::ClaimPages(void* begin, size_t bytes, OtherPages others,
                             Fill fill) {
  if (!IsReady()) return false;
  const Range range = Clip(begin, bytes);
  if (static_cast<size_t>(range.end - range.begin) != bytes) return false;
  if (g_observer == nullptr) {
    return g_pool.ClaimPages(range.begin, range.end, others, fill);
  }
  TellPages(range.begin, range.end, g_observer->freed_pages);
  if (g_pool.ClaimPages(range.begin, range.end, others, fill)) {
    g_observer->allocated(range.begin, bytes, bytes);
    return true;
  }
  TellPages(range.begin, range.end, g_observer->restored);
  return false;
}

bool ProcessHeap::ArePages(const void* begin, size_t bytes) {
  if (!IsReady()) return false;
  const Range range = Clip(begin, bytes);
  return static_cast<size_t>(range.end - range.begin) == bytes &&
         g_pool.ArePages(range.begin, range.end);
}

bool ProcessHeap::Owns(const void* address) {
  return reinterpret_cast<uintptr_t>(address) - g_pool.base() < g_pool.bytes();
}

ProcessHeap::Range ProcessHeap::Clip(const void* begin, size_t bytes) {
  const auto from = reinterpret_cast<uintptr_t>(begin);
  const uintptr_t to = from + bytes < from ? UINTPTR_MAX : from + bytes;
  const uintptr_t low = g_pool.base();
  const uintptr_t high = low + g_pool.bytes();
  const uintptr_t first = std::clamp(from, low, high);
  const uintptr_t last = std::clamp(to, first, std::max(first, high));
  return {reinterpret_cast<char*>(first), reinterpret_cast<char*>(last)};
}

uint64_t ProcessHeap::ignored_frees() const {
  return g_ignored_frees.load(std::memory_order_relaxed);
}

void ProcessHeap::ObserveRefusals(RefusalObserver* observer) {
  g_refusal_observer.store(observer, std::memory_order_release);
}

void ProcessHeap::CallWithReserve(void* (*call)()) {
  t_may_use_reserve = true;
  (void)call();
  t_may_use_reserve = false;
}

HeapStats ProcessHeap::Stats() {
  if (t_heap.is_open()) t_heap.Count();
  return g_pool.Stats();
}

SlabPool::Live ProcessHeap::CountLive() { return g_pool.CountLive(); }

size_t ProcessHeap::LargestFree() { return g_pool.LargestFreePages() * kPage; }

HeapCheck ProcessHeap::Validate() { return g_pool.Validate(); }

}  // namespace cellblock
