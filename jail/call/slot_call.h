// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SLOT_CALL_H_
#define CELLBLOCK_JAIL_CALL_SLOT_CALL_H_

#include <chrono>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "jail/call/call_failure.h"
#include "jail/call/channel.h"
#include "jail/call/futex.h"
#include "jail/call/slot.h"
#include "jail/jail.h"

namespace cellblock {

struct CallTime {
  MonotonicTime begin;
  std::chrono::milliseconds limit;

  MonotonicTime deadline() const { return begin + limit; }
};

// What became of a call.
struct CallResult {
  CallFailure failure;
  std::string detail;
  absl::Status by_host;  // not OK iff `take` ended the call
  size_t output_bytes = 0;
};

// Asks the worker of a slot that the caller holds, gives each part of its
// output to `take`, and returns when the call has ended. A worker whose call
// did not end clean or refused is not killed yet, and not to be used again.
//
// Errors: as the result says. Threads: the slot's holder.
// Syscalls: futex; clock_gettime, where CPU time is limited; sched_setaffinity,
// where the caller has moved.
void RunCall(const JailOptions& options, Slot* slot,
             const Channel::Request& request, const Jail::Take& take,
             const CallTime& time, CallResult* result);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SLOT_CALL_H_
