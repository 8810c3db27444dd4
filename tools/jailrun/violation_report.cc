// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/violation_report.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "jail/policy.h"
#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/allowance_cost.h"
#include "tools/jailrun/syscall_name.h"

namespace cellblock {
namespace {

// What to say of a preset by which the call is answered from the pool.
std::string PresetThatAnswers(const SyscallRequest& request) {
  for (const Policy& preset : AllPresets()) {
    if (IsInheritable(preset) &&
        preset.Decide(request, 0).action == Action::kTrap) {
      return std::string("; with --preset=") + preset.name() +
             " the pool answers it";
    }
  }
  return {};
}

// Whether it makes a child, or another program of the process.
bool StartsProgram(uint32_t number) {
  return number == SYS_fork || number == SYS_vfork || number == SYS_clone ||
         number == SYS_execve || number == SYS_execveat;
}

void AddRemedy(const Policy& policy, ViolationReport* report) {
  SyscallRequest request = {.number = report->call.number, .args = {}};
  std::copy(std::begin(report->call.args), std::end(report->call.args),
            std::begin(request.args));
  const std::string allowance = AllowanceFor(policy, request);
  if (!allowance.empty()) {
    report->option = "--allow=" + allowance;
    report->advice = "if the program may do that, add " + report->option;
    report->cost = CostOf(allowance);
    return;
  }
  report->advice = "no option allows it";
  if (const char* reason = NeverAllowed(request.number)) {
    report->advice += std::string(": ") + reason;
  }
  report->advice += PresetThatAnswers(request);
  if (StartsProgram(request.number)) {
    report->advice +=
        ": run this one without jailrun, and put jailrun before each program "
        "that it starts";
  }
}

}  // namespace

ViolationReport ExplainCall(const Violation& violation, const Policy& policy,
                            const char* reason, CallScene scene) {
  ViolationReport report = {.call = violation, .scene = std::move(scene)};
  report.name = SyscallName(violation.number);
  char text[kSyscallTextBytes];
  FormatSyscall(violation.number, violation.args, text, sizeof(text));
  report.text = text;
  report.reason = reason;
  AddRemedy(policy, &report);
  return report;
}

ViolationReport ExplainKillByFilter(HandOver hand_over) {
  ViolationReport report;
  report.text =
      "a call through another ABI than x86-64: i386 (int 0x80) or x32";
  if (hand_over == HandOver::kSent) report.text += "; or sendmsg";
  report.reason = "is killed by the filter at once, so its number is not known";
  report.advice =
      "no option allows it; a memory call while SIGSYS is blocked by number, "
      "or a SIGSYS that the program sends itself, ends in the same way";
  return report;
}

ViolationReport ExplainKillAfterExec() {
  ViolationReport report;
  report.text = "which one is not known; a memory call, most likely";
  report.reason =
      "was killed by the filter at once, in the program that execve started: "
      "that one has no pool to answer memory calls from";
  report.advice =
      "the diagnosis ends at execve; to learn what the other program calls, "
      "run it by itself";
  return report;
}

std::string WhyUnheard(int unheard_error) {
  if (unheard_error == EBUSY) {
    return "another supervisor listens to this process's calls";
  }
  if (unheard_error == EINVAL) {
    return "this kernel has no listener for all threads (Linux 5.7)";
  }
  if (unheard_error == EPERM) {
    return "another filter on this process refuses it a listener";
  }
  return strerror(unheard_error);
}

ViolationReport ExplainUnheardKill(int unheard_error) {
  ViolationReport report;
  report.text = "which one is not known";
  report.reason =
      "was killed by the filter at once: " + WhyUnheard(unheard_error);
  report.advice =
      "to have it named, run the program where jailrun can listen (jailrun "
      "doctor); the kernel's log may have its number (dmesg: type=1326 ... "
      "syscall=N)";
  return report;
}

}  // namespace cellblock
