// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/failure_message.h"

#include <linux/audit.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <string>

#include "absl/status/status.h"
#include "jail/call/shown_words.h"
#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

std::string Number(uint64_t value) { return std::to_string(value); }

std::string Hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof(text), "0x%" PRIx64, value);
  return text;
}

std::string Detail(std::string_view detail) {
  return ShownWords(detail, kShownDetailBytes, Shown::kBeginning);
}

// Empty iff there is none.
std::string Because(std::string_view detail) {
  return detail.empty() ? "" : ": " + Detail(detail);
}

std::string LastMessages(const CallFailure& failure) {
  if (failure.messages.empty()) return {};
  return "; its last messages: " +
         ShownWords(failure.messages, kShownMessagesBytes, Shown::kEnd);
}

std::string Worker(const CallFailure& failure) {
  if (failure.worker <= 0) return "the worker";
  return "the worker (pid " + std::to_string(failure.worker) + ")";
}

std::string Within(std::chrono::milliseconds limit, const char* unknown) {
  return limit.count() == 0 ? unknown : std::to_string(limit.count()) + " ms";
}

std::string Refused(const CallFailure& failure, std::string_view detail) {
  const std::string code =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(failure.code));
  return "the decoder refused the input, with " +
         (code.empty() ? "code " + std::to_string(failure.code) : code) +
         (detail.empty() ? "" : " and the words " + Detail(detail)) +
         "; it is the worker's word: take the input for a bad one, or look at "
         "it outside";
}

std::string Figures(const CallFailure& failure) {
  return "asked for " + Number(failure.asked) + " bytes, " +
         Number(failure.short_by) + " too many, with " +
         Number(failure.in_use) + " in use (at most " + Number(failure.peak) +
         ", largest free block " + Number(failure.largest_free) +
         ") of the pool's " + Number(failure.pool);
}

std::string Exhausted(const CallFailure& failure, std::string_view detail) {
  return "the decoder ran out of memory" + Because(detail) +
         "; by its own count it " + Figures(failure) +
         "; raise JailOptions::pool_bytes, or refuse inputs that need so much";
}

// Empty iff it was refused nothing.
std::string EarlierRefusal(const CallFailure& failure) {
  if (failure.asked == 0) return {};
  return "; before, by its own count, it " + Figures(failure) +
         ", and was refused";
}

std::string Remedy(const Violation& violation, const Policy& policy) {
  SyscallRequest request = {.number = violation.number, .args = {}};
  std::copy(std::begin(violation.args), std::end(violation.args),
            std::begin(request.args));
  const std::string allowance = AllowanceFor(policy, request);
  if (!allowance.empty()) {
    return "if the decoder may do that, add \"" + allowance +
           "\" to JailOptions::allow";
  }
  std::string text = "nothing in JailOptions::allow lets it through";
  if (const char* reason = NeverAllowed(violation.number)) {
    text += std::string(" (") + reason + ")";
  }
  return text + ": do without it in the decoder, or do it in Decoder::prepare";
}

std::string Violated(const CallFailure& failure, const Policy* policy) {
  const Violation& violation = failure.violation;
  std::string text = Worker(failure) + " was killed for a forbidden call";
  if (violation.arch != AUDIT_ARCH_X86_64) {
    text += violation.arch == 0
                ? ", by the filter itself, so its number is not known"
                : " through another ABI (arch " + Hex(violation.arch) + ")";
    return text +
           "; nothing in JailOptions::allow lets it through: take the "
           "input for hostile";
  }
  char call[kSyscallTextBytes];
  FormatSyscall(violation.number, violation.args, call, sizeof(call));
  text += std::string(": ") + call + " at " + Hex(violation.instruction);
  return text + "; " +
         Remedy(violation, policy != nullptr ? *policy : WorkerPreset());
}

std::string LateFor(const CallFailure& failure) {
  if (failure.worker <= 0) {
    return "the deadline had passed before the call; give it time "
           "(CallOptions::deadline), or do not make it";
  }
  return "no answer " +
         (failure.time_limit.count() == 0
              ? "in time"
              : "within " + Within(failure.time_limit, "")) +
         ", and " + Worker(failure) +
         " was killed; raise JailOptions::deadline or CallOptions::deadline, "
         "or refuse inputs that take so long";
}

std::string Overworked(const CallFailure& failure) {
  return "the call used more CPU time than " +
         Within(failure.time_limit, "it may") + ", and " + Worker(failure) +
         " was killed; raise JailOptions::cpu_limit, or refuse inputs that "
         "take so much";
}

std::string Overlong(const CallFailure& failure) {
  return "the output is longer than " +
         (failure.output_limit == 0 ? "it may be"
                                    : Number(failure.output_limit) + " bytes") +
         ", and " + Worker(failure) +
         " was killed; raise JailOptions::output_limit, or refuse inputs that "
         "give so much";
}

bool HasAddress(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
         signal == SIGFPE || signal == SIGTRAP;
}

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal)
                         : std::string("SIG") + name;
}

std::string Crashed(const CallFailure& failure, std::string_view detail) {
  std::string text = Worker(failure) + " died of " + SignalName(failure.signal);
  if (HasAddress(failure.signal)) text += " at " + Hex(failure.address);
  text += Because(detail);
  text += failure.signal == SIGKILL
              ? "; it was killed from outside, perhaps by the kernel's memory "
                "limit: look at the kernel's log"
              : "; take the input for hostile, and mend the decoder: the same "
                "input does it again";
  return text + EarlierRefusal(failure) + LastMessages(failure);
}

std::string Exited(const CallFailure& failure, std::string_view detail) {
  if (failure.exit_code < 0) {
    return Worker(failure) + " ended" + Because(detail) +
           ", and nobody knows how: this program ignores SIGCHLD, or waits for "
           "all its children; wait for those that you made, or take the input "
           "for hostile" +
           EarlierRefusal(failure) + LastMessages(failure);
  }
  return Worker(failure) + " ended by itself with exit code " +
         std::to_string(failure.exit_code) + Because(detail) +
         "; a decoder returns a status, and never calls exit" +
         EarlierRefusal(failure) + LastMessages(failure);
}

std::string Lied(const CallFailure& failure, std::string_view detail) {
  return "the answer of " + Worker(failure) + " breaks the protocol" +
         Because(detail) +
         "; take the input for hostile: the decoder was overwritten";
}

std::string Missing(std::string_view detail) {
  return "there is no worker for the call" + Because(detail) +
         "; call again later, or see why none can start here "
         "(Jail::posture, JailOptions::start_deadline)";
}

std::string Misused(std::string_view detail) {
  return "the call cannot be made" + Because(detail);
}

}  // namespace

std::string FailureMessage(const CallFailure& failure, std::string_view detail,
                           const Policy* policy) {
  switch (failure.end) {
    case CallEnd::kClean:
      break;
    case CallEnd::kRefused:
      return Refused(failure, detail);
    case CallEnd::kExhausted:
      return Exhausted(failure, detail);
    case CallEnd::kViolation:
      return Violated(failure, policy);
    case CallEnd::kDeadline:
      return LateFor(failure);
    case CallEnd::kCpuLimit:
      return Overworked(failure);
    case CallEnd::kOutputLimit:
      return Overlong(failure);
    case CallEnd::kCrashed:
      return Crashed(failure, detail);
    case CallEnd::kExited:
      return Exited(failure, detail);
    case CallEnd::kLied:
      return Lied(failure, detail);
    case CallEnd::kNoWorker:
      return Missing(detail);
    case CallEnd::kMisuse:
      return Misused(detail);
  }
  return {};
}

}  // namespace cellblock
