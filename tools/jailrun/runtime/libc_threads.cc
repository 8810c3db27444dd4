// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Threads that libc starts for itself: for aio, getaddrinfo_a and timers of
// SIGEV_THREAD. It does so inside itself, past pthread_create as it is exported
// and often with every signal blocked, when a trapped mmap would kill. But it
// keeps the stacks of threads that have ended, for the next ones of about the
// size. So as many threads as it may come to want are run before the lock, all
// at once, and leave it their stacks, with guard pages. Only in programs that
// have such a function.

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <algorithm>

#include "tools/jailrun/runtime/runtime.h"
#include "tools/jailrun/runtime/symbol_users.h"

namespace cellblock {
namespace {

using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
using Join = int(pthread_t, void**);
using LeastStack = size_t(const pthread_attr_t*);
using SetDefault = int(const pthread_attr_t*);

// As many as aio and getaddrinfo_a have at work, each.
constexpr size_t kMostHelpers = 20;
constexpr size_t kMostAtOnce = 64;

constexpr const char* kAio[] = {"aio_fsync",  "aio_fsync64", "aio_read",
                                "aio_read64", "aio_write",   "aio_write64",
                                "lio_listio", "lio_listio64"};
constexpr const char* kLookups[] = {"getaddrinfo_a"};
constexpr const char* kTimers[] = {"timer_create"};

struct Libc {
  Create* create = nullptr;
  Join* join = nullptr;
  LeastStack* least_stack = nullptr;
  SetDefault* set_default = nullptr;
};

void* Meet(void* barrier) {
  pthread_barrier_wait(static_cast<pthread_barrier_t*>(barrier));
  return nullptr;
}

// 0, or errno. `started` is how many there are, whatever comes of it.
int StartAll(const Libc& libc, const pthread_attr_t& attributes, size_t count,
             pthread_barrier_t* barrier, pthread_t* threads, size_t* started) {
  for (*started = 0; *started < count; ++*started) {
    const int error =
        libc.create(&threads[*started], &attributes, &Meet, barrier);
    if (error != 0) return error;
  }
  return 0;
}

// `count` threads of `bytes` each, to their end. Signals are blocked: theirs is
// not the stack for a handler.
void Leave(const Libc& libc, size_t count, size_t bytes) {
  pthread_attr_t attributes;
  pthread_barrier_t barrier;
  pthread_t threads[kMostAtOnce];
  sigset_t all, old;
  size_t started = 0;
  count = std::min(count, kMostAtOnce);
  const auto parties = static_cast<unsigned>(count) + 1;
  if (pthread_attr_init(&attributes) != 0) return;
  sigfillset(&all);
  int error = pthread_attr_setstacksize(&attributes, bytes);
  if (error == 0) error = pthread_barrier_init(&barrier, nullptr, parties);
  if (error == 0) {
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = StartAll(libc, attributes, count, &barrier, threads, &started);
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
  }
  // Those that wait for others that never started would wait for ever.
  if (error != 0) FailSetup("the threads of libc's own cannot be prepared");
  pthread_barrier_wait(&barrier);
  for (size_t i = 0; i < started; ++i) libc.join(threads[i], nullptr);
  pthread_barrier_destroy(&barrier);
  pthread_attr_destroy(&attributes);
  TheControl()->libc_stacks += count;
}

size_t LeastStackBytes(const Libc& libc) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return 0;
  const size_t bytes = libc.least_stack(&attributes);
  pthread_attr_destroy(&attributes);
  return bytes;
}

// What threads have that do not say, those that a timer starts among them.
void SetDefaultStack(const Libc& libc, size_t bytes) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  if (pthread_attr_setstacksize(&attributes, bytes) == 0) {
    libc.set_default(&attributes);
  }
  pthread_attr_destroy(&attributes);
}

}  // namespace

void PrepareLibcThreads() {
  const Control& control = *TheControl();
  const bool aio = AnyNeeds(kAio);
  const bool lookups = AnyNeeds(kLookups);
  const bool timers = AnyNeeds(kTimers);
  if (!aio && !lookups && !timers) return;
  Libc libc;
  libc.create = Next(libc.create, "pthread_create");
  libc.join = Next(libc.join, "pthread_join");
  libc.least_stack = Next(libc.least_stack, "__pthread_get_minstack");
  libc.set_default = Next(libc.set_default, "pthread_setattr_default_np");
  if (libc.create == nullptr || libc.join == nullptr ||
      libc.least_stack == nullptr || libc.set_default == nullptr) {
    return;
  }
  const size_t least = LeastStackBytes(libc);
  const size_t room_for_a_name = size_t{64} << 10;
  const size_t helpers = (aio ? kMostHelpers : 0) + (timers ? 1 : 0);
  if (helpers > 0) Leave(libc, helpers, least);
  if (lookups) Leave(libc, kMostHelpers, least + room_for_a_name);
  if (timers && control.threads > 0) {
    SetDefaultStack(libc, control.thread_stack_bytes);
    Leave(libc, control.threads, control.thread_stack_bytes);
  }
}

}  // namespace cellblock
