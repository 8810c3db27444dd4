// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_REHEARSAL_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_REHEARSAL_H_

#include <cstdint>
#include <string>

#include "jail/lock.h"
#include "tools/jailrun/control.h"

namespace cellblock {

// What a supervisor and its jail do, in this order.
enum class RehearsalStep : uint8_t {
  kStart,         // a process that can be locked
  kLock,          // a filter with a listener
  kHandOver,      // the listener reaches the supervisor
  kRead,          // a call of the jail is read from it
  kContinue,      // and let through
  kSecondFilter,  // where the listener was sent
  kDone,
};

struct Rehearsal {
  RehearsalStep failed = RehearsalStep::kDone;
  std::string reason;  // of the failure
  HandOver hand_over = HandOver::kFetched;
  int fetch_error = 0;  // errno, iff it had to be sent
  NotifyWait wait = NotifyWait::kInterruptible;
  bool synchronous = false;  // Listener::synchronous
};

// Locks a child with a filter that hands over one harmless call, and answers
// that call.
//
// Errors: as `failed` says. May block for as long as its own process lives.
// Threads: one; the process is copied.
Rehearsal Rehearse();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_REHEARSAL_H_
