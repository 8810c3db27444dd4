// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_VERDICT_H_
#define CELLBLOCK_JAIL_VERDICT_H_

// How a jailed run ended, as its supervisor saw it.

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "jail/exit_code.h"

namespace cellblock {

enum class VerdictClass : uint8_t {
  kClean,         // exit code 0
  kProgramError,  // an exit code of its own, not 0
  kExhausted,     // an allocation failed, and the program gave up
  kViolation,     // a forbidden call; the process was killed
  kTimeout,       // a limit on time; the process was killed
  kOutputLimit,   // it wrote more than it may; the process was killed
  kCrashed,       // a signal
  kSetupFailed,   // it was never locked, so main never ran
};

inline constexpr VerdictClass kAllVerdictClasses[] = {
    VerdictClass::kClean,     VerdictClass::kProgramError,
    VerdictClass::kExhausted, VerdictClass::kViolation,
    VerdictClass::kTimeout,   VerdictClass::kOutputLimit,
    VerdictClass::kCrashed,   VerdictClass::kSetupFailed};
static_assert(std::size(kAllVerdictClasses) ==
              static_cast<size_t>(VerdictClass::kSetupFailed) + 1);

// As in the report: "clean", "program_error" …
const char* Name(VerdictClass verdict_class);

// A call that was refused with death, as the kernel reported it.
struct Violation {
  uint32_t number = 0;
  uint32_t arch = 0;  // AUDIT_ARCH_*
  uint64_t instruction = 0;
  uint64_t args[6] = {};
};

// What the kernel says of an ended process.
struct ProcessEnd {
  bool signaled = false;
  int code = 0;  // exit code, or signal
};

// When the kernel ends a process for the CPU time that it has used: by SIGXCPU,
// and by SIGKILL if it goes on. Microseconds; 0: no limit was asked for.
struct CpuLimit {
  uint64_t signal_after = 0;
  uint64_t kill_after = 0;
};

// Everything that decides a verdict.
struct Evidence {
  bool locked = false;              // the supervisor saw the lock
  bool timed_out = false;           // the supervisor killed it at its deadline
  bool violated = false;            // the supervisor killed it for a call
  bool wrote_too_much = false;      // more than its limit on output
  bool output_lost = false;         // not all that it wrote was passed on
  bool confined = true;             // false: run for comparison, without a lock
  uint64_t failed_allocations = 0;  // as counted by the process itself
  ProcessEnd end;
  CpuLimit cpu_limit;
  uint64_t cpu_used = 0;  // microseconds, as the kernel counts them
};

struct Verdict {
  VerdictClass verdict_class = VerdictClass::kSetupFailed;
  int exit_code = static_cast<int>(ExitCode::kSetupFailed);  // of the runner
  // The filter itself killed the process, so the call has no name: it came
  // through another ABI, or while SIGSYS was blocked.
  bool killed_by_filter = false;
  // It is a timeout for the CPU time that was used.
  bool by_cpu_limit = false;
  // The same input under the same options would end the same way, as far as
  // can be seen; false for what load or an outsider may have caused.
  bool permanent = false;
};

// The one place where evidence becomes a verdict. Syscalls: none.
Verdict Judge(const Evidence& evidence);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_VERDICT_H_
