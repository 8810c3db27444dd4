// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// pthread_create and its relatives, as whatever links jail/locked_threads.h has
// them.

#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include <cstdint>

#include "jail/thread_calls.h"

namespace cellblock {
namespace {

// After a successful join.
int Joined(pthread_t thread, int error) {
  if (error != 0) return error;
  if (ThreadStack* const stack = FindThreadStack(thread)) stack->Joined();
  return 0;
}

int Detached(pthread_t thread, int error) {
  if (error != 0) return error;
  if (ThreadStack* const stack = FindThreadStack(thread)) stack->Detached();
  return 0;
}

int ThreadsCode(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
    case EAGAIN:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace
}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                   void* (*body)(void*), void* argument) noexcept {
  return StartThread(thread, attributes, body, argument);
}

int pthread_join(pthread_t thread, void** result) {
  return Joined(thread, Real().join(thread, result));
}

int pthread_tryjoin_np(pthread_t thread, void** result) noexcept {
  return Joined(thread, Real().try_join(thread, result));
}

int pthread_timedjoin_np(pthread_t thread, void** result,
                         const timespec* until) {
  return Joined(thread, Real().timed_join(thread, result, until));
}

int pthread_clockjoin_np(pthread_t thread, void** result, clockid_t clock,
                         const timespec* until) {
  return Joined(thread, Real().clock_join(thread, result, clock, until));
}

int pthread_detach(pthread_t thread) noexcept {
  return Detached(thread, Real().detach(thread));
}

// libc tells of no guard below a stack that it was given, and Rust's threads
// end where there is none.
int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) noexcept {
  const int error = Real().get_attributes(thread, attributes);
  const ThreadStack* const stack = FindThreadStack(thread);
  if (error != 0 || stack == nullptr) return error;
  return pthread_attr_setguardsize(attributes, stack->guard_bytes());
}

// In libc these go past the symbols above. The result is an int in a pointer,
// as libc's own has it.
int thrd_create(thrd_t* thread, thrd_start_t body, void* argument) {
  return ThreadsCode(StartThread(
      thread, nullptr,
      reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void (*)()>(body)),
      argument));
}

int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  }
  return ThreadsCode(error);
}

int thrd_detach(thrd_t thread) { return ThreadsCode(pthread_detach(thread)); }

}  // extern "C"
