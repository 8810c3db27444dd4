// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_CALL_FAILURE_H_
#define CELLBLOCK_JAIL_CALL_CALL_FAILURE_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "jail/policy.h"
#include "jail/verdict.h"

namespace cellblock {

// How a call into a jail ended. In brackets the code of its absl::Status.
enum class CallEnd : uint8_t {
  kClean,        // the decoder returned OK
  kRefused,      // the decoder returned its own error [INVALID_ARGUMENT]
  kExhausted,    // an allocation failed, and the decoder gave up: it returned
                 // an error, threw or aborted [RESOURCE_EXHAUSTED]
  kViolation,    // a forbidden call; the worker was killed [PERMISSION_DENIED]
  kDeadline,     // no answer in time; its worker, if it had one, was killed
                 // [DEADLINE_EXCEEDED]
  kCpuLimit,     // used more CPU time than it may [DEADLINE_EXCEEDED]
  kOutputLimit,  // wrote more than it may; the worker was killed [OUT_OF_RANGE]
  kCrashed,      // the worker died of a signal [ABORTED]
  kExited,       // the worker ended by itself [INTERNAL]
  kLied,         // its answer breaks the protocol; it was killed [DATA_LOSS]
  kNoWorker,     // there is no worker, and why [UNAVAILABLE]
  kMisuse,       // the host asked for what cannot be [FAILED_PRECONDITION]
};

// As in logs: "clean", "refused" …; "unknown" iff it is none of them.
const char* Name(CallEnd end);

// What is known of a call that was not clean. What comes from the kernel is
// marked (k); everything else is the worker's word, and may be a lie.
struct CallFailure {
  CallEnd end = CallEnd::kClean;
  pid_t worker = -1;  // (k)

  // kRefused: the decoder's own code.
  int code = 0;

  // kExhausted, and kCrashed and kExited if anything was refused before: the
  // request that was refused last, and the pool, in bytes.
  uint64_t asked = 0;
  uint64_t short_by = 0;
  uint64_t in_use = 0;
  uint64_t peak = 0;
  uint64_t largest_free = 0;
  uint64_t pool = 0;  // as the host made it

  // kViolation (k). Its arch is 0 iff the filter itself killed the worker, so
  // that nobody knows the call.
  Violation violation = {};

  // kDeadline, kCpuLimit: the time that the host gave; 0: it is not known.
  std::chrono::milliseconds time_limit{0};
  // kOutputLimit: the bytes that the host gave; 0: it is not known.
  uint64_t output_limit = 0;

  // kCrashed: the signal (k), and the address that it is about, if it has one.
  int signal = 0;
  uint64_t address = 0;

  // kExited (k). -1: how it ended is not known, for another part of this
  // program has waited for all children, or SIGCHLD is ignored.
  int exit_code = 0;

  // The last it wrote to its descriptor 2, if that was to be kept; not escaped.
  std::string messages = {};
};

// How much of `detail`, and of the end of `messages`, a status's message shows,
// in bytes before they are escaped; and how much of `messages` it carries.
inline constexpr size_t kShownDetailBytes = 256;
inline constexpr size_t kShownMessagesBytes = 256;
inline constexpr size_t kKeptMessagesBytes = size_t{64} << 10;

// The failure that a status of Jail carries; empty iff it is OK or another's.
std::optional<CallFailure> FailureOf(const absl::Status& status);

// The status that carries `failure`: its code as above, and a message that
// names what happened and what to do. `detail` is the decoder's own message or
// the reason; it is escaped and shortened, as all words of the worker are.
// `policy` is the worker's, by which a forbidden call's allowance is found;
// null stands for the preset "worker".
//
// OK iff `failure` is clean. INTERNAL, and without the failure, iff its end is
// none of CallEnd's. Threads: any. Syscalls: those of memory.
absl::Status ToStatus(const CallFailure& failure, std::string_view detail,
                      const Policy* policy = nullptr);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_CALL_FAILURE_H_
