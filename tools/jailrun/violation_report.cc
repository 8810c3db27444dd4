// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/violation_report.h"

#include <string>

#include "jail/policy.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

void AddRemedy(const SyscallInfo* info, ViolationReport* report) {
  if (const char* reason = NeverAllowed(report->call.number)) {
    report->advice = std::string("no option allows it: ") + reason;
  } else if (info == nullptr) {
    report->advice = "no option allows it";
  } else {
    report->option = std::string("--allow=") + info->name;
    report->advice = "if the program may do that, add " + report->option;
  }
}

}  // namespace

ViolationReport ExplainCall(const Violation& violation, const char* reason) {
  ViolationReport report = {.call = violation};
  const SyscallInfo* info = FindSyscall(violation.number);
  report.name = info != nullptr ? info->name
                                : "syscall_" + std::to_string(violation.number);
  char text[kSyscallTextBytes];
  FormatSyscall(violation.number, violation.args, text, sizeof(text));
  report.text = text;
  report.reason = reason;
  AddRemedy(info, &report);
  return report;
}

ViolationReport ExplainKillByFilter() {
  ViolationReport report;
  report.text =
      "a call through another ABI than x86-64: i386 (int 0x80) or x32";
  report.reason = "is killed by the filter at once, so its number is not known";
  report.advice =
      "no option allows it; a memory call while SIGSYS is blocked by number, "
      "or a SIGSYS that the program sends itself, ends in the same way";
  return report;
}

}  // namespace cellblock
