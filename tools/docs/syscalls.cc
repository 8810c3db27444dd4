// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Prints docs/syscalls.md from the tables:
//
//   bazel run //tools/docs:syscalls >docs/syscalls.md

#include <cstdio>
#include <string>

#include "jail/policy.h"
#include "jail/policy_text.h"
#include "jail/presets.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

constexpr char kHead[] =
    R"(# System calls by preset

Made from the tables in `jail/` by `bazel run //tools/docs:syscalls >docs/syscalls.md`; `tests/docs/syscalls_test.sh` holds it against them.

What stands for what, in the first table; the number of an argument counts from 0:

- **allow**: the kernel carries the call out; **some**: for some arguments, which the second table lists
- **pool**: trapped, and answered from the pool
- **errno NAME**: answered by the filter; **refuse NAME**: answered by the supervisor, and counted
- nothing: a violation. The supervisor names the call and kills the process

Under jailrun, strict and worker have three rows more, for the runtime: `close`, `rt_sigprocmask`, and `write` on a descriptor that it
closes before main. Of a service's `newfstatat` the path may be any: it can see names and attributes.
`prctl` with the option 0x3ce11b0c, which no kernel has, is answered with EINVAL under each and not counted: by it the runtime tells who
was refused memory.

A number that no table here knows is refused with ENOSYS by decoder and service, and a violation in the others. Every call through
`int 0x80` or with an x32 number kills the process in the filter.
)";

// What a preset says of a call, in one cell.
std::string Cell(const Policy& preset, uint32_t number) {
  const std::span<const Rule> rows = preset.RulesFor(number);
  if (rows.empty()) return "";
  const Rule& rest = rows.back();
  const std::string what =
      rest.action == Action::kViolation ? "" : ActionText(rest);
  for (const Rule& rule : rows) {
    if (rule.condition_count == 0 || rule.action != Action::kAllow) continue;
    return what.empty() ? "some" : "some, else " + what;
  }
  return what;
}

void PrintMatrix() {
  printf("\n## Every call that a preset has a row of\n\n| call |");
  for (const Policy& preset : AllPresets()) printf(" %s |", preset.name());
  printf(" since it |\n| --- |");
  for (size_t i = 0; i <= AllPresets().size(); ++i) printf(" --- |");
  printf("\n");
  for (const SyscallInfo& info : AllSyscalls()) {
    std::string cells;
    const char* reason = nullptr;
    for (const Policy& preset : AllPresets()) {
      cells += " " + Cell(preset, info.number) + " |";
      const std::span<const Rule> rows = preset.RulesFor(info.number);
      if (reason == nullptr && !rows.empty()) reason = rows[0].reason;
    }
    if (reason != nullptr) {
      printf("| `%s` |%s %s |\n", info.name, cells.c_str(), reason);
    }
  }
}

// The rows of one preset whose call depends on its arguments.
void PrintConditions(const Policy& preset) {
  printf("\n### %s\n\n| call | if | then | since it |\n", preset.name());
  printf("| --- | --- | --- | --- |\n");
  for (const Rule& rule : preset.rules()) {
    if (preset.RulesFor(rule.syscall).size() == 1) continue;
    printf("| `%s` | %s | %s | %s |\n", FindSyscall(rule.syscall)->name,
           ConditionsText(rule).c_str(), ActionText(rule).c_str(), rule.reason);
  }
}

void PrintGroups() {
  printf(
      "\n## Groups, for `--allow`\n\n| group | lets the program | calls |\n");
  printf("| --- | --- | --- |\n");
  for (const RuleGroup& group : AllRuleGroups()) {
    std::string calls;
    uint32_t last = UINT32_MAX;
    for (const Rule& rule : group.rules) {
      if (rule.action != Action::kAllow || rule.syscall == last) continue;
      calls += (calls.empty() ? "" : ", ") +
               std::string(FindSyscall(rule.syscall)->name);
      last = rule.syscall;
    }
    printf("| `@%s` | %s | %s |\n", group.name, group.what, calls.c_str());
  }
}

void PrintNever() {
  printf(
      "\n## What no policy may allow\n\nIn no preset, by no option and in no "
      "policy file, but for the forms of `clone`, `prctl`, `madvise` and "
      "`seccomp` in the tables above.\n\n| call | since |\n| --- | --- |\n");
  for (const SyscallInfo& info : AllSyscalls()) {
    if (const char* reason = NeverAllowed(info.number)) {
      printf("| `%s` | %s |\n", info.name, reason);
    }
  }
}

constexpr char kTail[] = R"(
## What no filter sees

Linux exempts the calls 335 (`uretprobe`) and 336 (`uprobe`) of x86-64 from seccomp. Outside of the kernel's own trampolines the first
ends in SIGILL and the second in ENXIO; `tests/jail/lock_live_test.cc` pins that. Older kernels do not number them.
)";

void Print() {
  fputs(kHead, stdout);
  PrintMatrix();
  printf("\n## What depends on arguments\n");
  for (const Policy& preset : AllPresets()) PrintConditions(preset);
  PrintGroups();
  PrintNever();
  fputs(kTail, stdout);
}

}  // namespace
}  // namespace cellblock

int main() {
  cellblock::Print();
  return fflush(stdout) == 0 ? 0 : 1;
}
