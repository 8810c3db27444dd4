// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_BINDING_H_
#define CELLBLOCK_JAIL_BINDING_H_

#include <sys/types.h>

#include <cstdint>

namespace cellblock {

// Who is told of the calls that a policy refuses or calls a violation.
enum class Notify : uint8_t {
  kNobody,      // the filter kills the process
  kHandler,     // the process itself: SIGSYS, and the call is not carried out
  kSupervisor,  // the holder of the filter's listener
  kOuter,       // the listener of a filter that is in force already, if that
                // does not allow the call either; else it gets ENOSYS
};

// What becomes of the start of a thread that the policy allows.
enum class ThreadStart : uint8_t {
  kAllowed,
  kAsked,  // the listener is asked for each: a filter cannot count them
};

// What a policy leaves open until one process is to be locked by it.
struct Binding {
  pid_t own_pid;  // of that process
  Notify notify;
  ThreadStart thread_start = ThreadStart::kAllowed;  // kAsked: a supervisor's
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_BINDING_H_
