// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/verdict.h"

#include <signal.h>

namespace cellblock {
namespace {

Verdict Make(VerdictClass verdict_class, int exit_code, bool permanent) {
  return {.verdict_class = verdict_class,
          .exit_code = exit_code,
          .permanent = permanent};
}

int Code(ExitCode code) { return static_cast<int>(code); }

// Signals by which programs die of a null from malloc, or of bad_alloc.
bool MayEndExhaustion(int signal) {
  return signal == SIGABRT || signal == SIGSEGV;
}

// True iff the kernel ended it for its CPU time. A signal alone does not say
// so: anybody may send one. The kernel judges by its ticks, and what it tells
// of an ended process comes from a finer clock: on a busy machine they differ
// by some tenths of a second. SIGKILL has more senders than SIGXCPU.
bool EndedByCpuLimit(const Evidence& evidence) {
  const ProcessEnd& end = evidence.end;
  if (!end.signaled) return false;
  const CpuLimit& limits = evidence.cpu_limit;
  uint64_t least = 0;
  if (end.code == SIGXCPU) least = limits.signal_after / 2;
  if (end.code == SIGKILL) least = limits.kill_after - limits.kill_after / 4;
  return least != 0 && evidence.cpu_used >= least;
}

}  // namespace

const char* Name(VerdictClass verdict_class) {
  switch (verdict_class) {
    case VerdictClass::kClean:
      return "clean";
    case VerdictClass::kProgramError:
      return "program_error";
    case VerdictClass::kExhausted:
      return "exhausted";
    case VerdictClass::kViolation:
      return "violation";
    case VerdictClass::kTimeout:
      return "timeout";
    case VerdictClass::kOutputLimit:
      return "output_limit";
    case VerdictClass::kCrashed:
      return "crashed";
    case VerdictClass::kSetupFailed:
      return "setup_failed";
  }
  return "unknown";
}

Verdict Judge(const Evidence& evidence) {
  if (evidence.timed_out) {
    return Make(VerdictClass::kTimeout, Code(ExitCode::kTimeout), false);
  }
  if (evidence.violated) {
    return Make(VerdictClass::kViolation, Code(ExitCode::kViolation), true);
  }
  if (evidence.wrote_too_much) {
    return Make(VerdictClass::kOutputLimit, Code(ExitCode::kTimeout), true);
  }
  if (EndedByCpuLimit(evidence)) {
    Verdict verdict =
        Make(VerdictClass::kTimeout, Code(ExitCode::kTimeout), false);
    verdict.by_cpu_limit = true;
    return verdict;
  }
  if (evidence.confined && !evidence.locked) {
    return Make(VerdictClass::kSetupFailed, Code(ExitCode::kSetupFailed), true);
  }
  const ProcessEnd& end = evidence.end;
  if (!end.signaled) {
    if (end.code == 0 && evidence.output_lost) {
      return Make(VerdictClass::kProgramError, 1, false);
    }
    if (end.code == 0) return Make(VerdictClass::kClean, 0, true);
    if (evidence.failed_allocations > 0) {
      return Make(VerdictClass::kExhausted, Code(ExitCode::kExhausted), true);
    }
    return Make(VerdictClass::kProgramError, end.code, true);
  }
  if (end.code == SIGSYS && evidence.confined) {
    Verdict verdict =
        Make(VerdictClass::kViolation, Code(ExitCode::kViolation), true);
    verdict.killed_by_filter = true;
    return verdict;
  }
  if (evidence.failed_allocations > 0 && MayEndExhaustion(end.code)) {
    return Make(VerdictClass::kExhausted, Code(ExitCode::kExhausted), true);
  }
  // A signal that a program does not raise by its own fault came from outside.
  const bool own_fault = end.code == SIGSEGV || end.code == SIGBUS ||
                         end.code == SIGFPE || end.code == SIGILL ||
                         end.code == SIGABRT || end.code == SIGTRAP ||
                         end.code == SIGXFSZ;
  return Make(VerdictClass::kCrashed, Code(ExitCode::kSignalBase) + end.code,
              own_fault);
}

}  // namespace cellblock
