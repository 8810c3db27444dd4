// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/locked_threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "jail/thread_calls.h"
#include "jail/thread_stacks.h"

namespace cellblock {
namespace {

RealThreads g_real;
ThreadStacks g_stacks;
int g_prepare_error;
size_t g_default_bytes;  // of a thread whose creator asks for no size
size_t g_probe_bytes = 2 * kLeastStackBytes;  // of the first stack

std::atomic<bool> g_sealed;
std::atomic<int> g_starting;  // threads that are given stacks before the seal
std::atomic<bool> g_said;
size_t g_locked_bytes;  // of a thread after the seal that asks for no size
bool g_any;             // whether threads start after the seal at all
RefusedThreads g_refused;
ThreadFigures* g_figures;

template <typename Function>
void FindNext(const char* name, Function** function) {
  *function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void FindReal() {
  FindNext("pthread_create", &g_real.create);
  FindNext("pthread_join", &g_real.join);
  FindNext("pthread_tryjoin_np", &g_real.try_join);
  FindNext("pthread_timedjoin_np", &g_real.timed_join);
  FindNext("pthread_clockjoin_np", &g_real.clock_join);
  FindNext("pthread_detach", &g_real.detach);
  FindNext("pthread_getattr_np", &g_real.get_attributes);
}

}  // namespace

const RealThreads& Real() {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, &FindReal);
  return g_real;
}

namespace {

void PrepareStacks() {
  pthread_attr_t attributes;
  if (Real().create == nullptr || pthread_attr_init(&attributes) != 0) {
    g_prepare_error = ENOTSUP;
    return;
  }
  pthread_attr_getstacksize(&attributes, &g_default_bytes);
  pthread_attr_destroy(&attributes);
  g_prepare_error = g_stacks.Prepare(Real().create, g_probe_bytes);
}

int Prepare() {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, &PrepareStacks);
  return g_prepare_error;
}

// What a thread's creator wishes for.
struct Wish {
  size_t bytes = 0;  // 0: no size
  size_t guard_bytes = 0;
  ThreadStack::Start start = ThreadStack::Start::kJoinable;
  bool own_stack = false;
};

Wish ReadWish(const pthread_attr_t* attributes) {
  Wish wish;
  if (attributes == nullptr) return wish;
  void* begin = nullptr;
  int detached = PTHREAD_CREATE_JOINABLE;
  pthread_attr_getstack(attributes, &begin, &wish.bytes);
  // The size is as it was set, and 0 if it was not; without a stack, libc
  // counts it down from 0.
  wish.own_stack = reinterpret_cast<uintptr_t>(begin) + wish.bytes != 0;
  pthread_attr_getguardsize(attributes, &wish.guard_bytes);
  pthread_attr_getdetachstate(attributes, &detached);
  if (detached == PTHREAD_CREATE_DETACHED) {
    wish.start = ThreadStack::Start::kDetached;
  }
  return wish;
}

int StartOn(ThreadStack* stack, uint32_t taken, const Wish& wish,
            pthread_t* thread, const pthread_attr_t* attributes,
            void* (*body)(void*), void* argument) {
  pthread_attr_t own;
  // A copy shares what libc allocated for it, which only a destroy would free.
  int error = 0;
  if (attributes != nullptr) {
    own = *attributes;
  } else {
    error = pthread_attr_init(&own);
  }
  if (error == 0) {
    error = pthread_attr_setstack(&own, stack->begin(), stack->bytes());
  }
  if (error == 0) error = Real().create(thread, &own, body, argument);
  // `thread` is not looked at: it can be gone with its detached thread.
  stack->Started(error != 0 ? ThreadStack::Start::kFailed : wish.start, taken);
  return error;
}

void Raise(uint64_t ThreadFigures::*figure, uint64_t value) {
  if (g_figures == nullptr) return;
  const std::atomic_ref<uint64_t> most(g_figures->*figure);
  uint64_t seen = most.load(std::memory_order_relaxed);
  while (seen < value && !most.compare_exchange_weak(seen, value)) {
  }
}

void CountInUse() {
  if (g_figures == nullptr) return;
  // Another thread may end in between; what is told is never too much.
  const size_t all = g_stacks.Count();
  Raise(&ThreadFigures::most_in_use, all - g_stacks.CountFree(0));
}

int Refuse(const char* line) {
  if (g_figures != nullptr) {
    std::atomic_ref<uint64_t>(g_figures->refused).fetch_add(1);
  }
  if (g_refused == RefusedThreads::kSaid && !g_said.exchange(true)) {
    const int saved = errno;
    static_cast<void>(!write(STDERR_FILENO, line, strlen(line)));
    errno = saved;
  }
  return EAGAIN;
}

// By the one call to wait with that every policy has that starts threads.
void SleepForAMillisecond() {
  const int saved = errno;
  const int word = 0;
  const timespec time = {0, 1000000};
  syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &time, nullptr,
          0);
  errno = saved;
}

// A stack of at least `bytes`, taken. Null iff there is none, nor within the
// time that detached threads take to end.
ThreadStack* TakeSealed(size_t bytes, uint32_t* taken) {
  constexpr int kMostWaits = 20;
  for (int waits = 0;; ++waits) {
    ThreadStack* const stack = g_stacks.Take(bytes, taken);
    if (stack != nullptr || waits == kMostWaits ||
        !g_stacks.AnyDetached(bytes)) {
      return stack;
    }
    SleepForAMillisecond();
  }
}

int StartSealed(const Wish& wish, pthread_t* thread,
                const pthread_attr_t* attributes, void* (*body)(void*),
                void* argument) {
  const size_t bytes = wish.bytes != 0 ? wish.bytes : g_locked_bytes;
  uint32_t taken;
  ThreadStack* const stack = TakeSealed(bytes, &taken);
  if (stack != nullptr) {
    CountInUse();
    return StartOn(stack, taken, wish, thread, attributes, body, argument);
  }
  if (bytes > g_locked_bytes && bytes > g_stacks.Largest()) {
    Raise(&ThreadFigures::refused_bytes, bytes);
    return Refuse(
        "cellblock: a thread after the lock asks for a larger stack "
        "than was laid before it; raise thread_stack_bytes\n");
  }
  return Refuse(
      "cellblock: no stack is left for a further thread after the "
      "lock; raise the number of threads that it is given\n");
}

int StartUnsealed(const Wish& wish, pthread_t* thread,
                  const pthread_attr_t* attributes, void* (*body)(void*),
                  void* argument) {
  const size_t bytes = wish.bytes != 0 ? wish.bytes : g_default_bytes;
  uint32_t taken;
  ThreadStack* stack = nullptr;
  if (wish.guard_bytes <= kStackGuardBytes) {
    stack = g_stacks.Take(bytes, &taken);
  }
  if (stack == nullptr) {
    stack = g_stacks.Map(bytes, wish.guard_bytes, &taken);
  }
  if (stack == nullptr) return EAGAIN;
  CountInUse();
  return StartOn(stack, taken, wish, thread, attributes, body, argument);
}

}  // namespace

int StartThread(pthread_t* thread, const pthread_attr_t* attributes,
                void* (*body)(void*), void* argument) {
  if (g_sealed.load() && !g_any) {
    return Refuse(
        "cellblock: no thread starts after this lock: its policy or "
        "its number of threads has none\n");
  }
  // Where libc's threads are not understood there is no seal either.
  const bool prepared = Prepare() == 0;
  const Wish wish = ReadWish(attributes);
  if (!prepared || wish.own_stack) {
    if (Real().create == nullptr) return ENOSYS;
    return Real().create(thread, attributes, body, argument);
  }
  Raise(&ThreadFigures::most_asked_bytes, wish.bytes);
  g_starting.fetch_add(1);
  if (g_sealed.load()) {
    g_starting.fetch_sub(1);
    return StartSealed(wish, thread, attributes, body, argument);
  }
  const int error = StartUnsealed(wish, thread, attributes, body, argument);
  g_starting.fetch_sub(1);
  return error;
}

ThreadStack* FindThreadStack(pthread_t thread) { return g_stacks.Find(thread); }

int LayThreadStacks(const ThreadStackOptions& options) {
  if (options.threads > 0) g_probe_bytes = options.stack_bytes;
  if (options.threads > 0) {
    if (const int error = Prepare()) return error;
  }
  if (const int error = g_stacks.Lay(options.threads, options.stack_bytes)) {
    return error;
  }
  g_locked_bytes = options.stack_bytes;
  g_any = options.threads > 0;
  g_refused = options.refused;
  g_figures = options.figures;
  if (g_figures != nullptr) g_figures->laid = g_stacks.Count();
  return 0;
}

void SealThreadStacks() {
  // Later nothing is looked up.
  static_cast<void>(Real());
  g_sealed.store(true);
  while (g_starting.load() != 0) sched_yield();
}

bool IsThreadStack(const void* begin, size_t bytes) {
  const auto first = reinterpret_cast<uintptr_t>(begin);
  const ThreadStack* const stack = g_stacks.Find(first);
  if (stack == nullptr) return false;
  const size_t before = first - reinterpret_cast<uintptr_t>(stack->begin());
  return bytes <= stack->bytes() - before;
}

void UnsealThreadStacks() { g_sealed.store(false); }

}  // namespace cellblock
