// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/probes.h"

#include <linux/audit.h>

#include <algorithm>
#include <set>
#include <utility>

#include "jail/compiled_presets.h"
#include "jail/filter.h"

namespace cellblock {

std::vector<uint32_t> ProbeNumbers() {
  std::vector<uint32_t> numbers;
  for (uint32_t number = 0; number <= 600; ++number) numbers.push_back(number);
  for (uint32_t edge : {1023u, 1024u, 4096u, 5000u, 65535u, kOwnPid, kX32Bit,
                        kX32Bit + 600, 0x80000000u, 0xfffffffeu}) {
    numbers.insert(numbers.end(), {edge - 1, edge, edge + 1});
  }
  for (uint32_t number = 0; number <= 600; number += 3) {
    numbers.push_back(kX32Bit | number);
  }
  return numbers;
}

std::vector<uint32_t> ProbeArches() {
  return {AUDIT_ARCH_X86_64,
          AUDIT_ARCH_X86_64 - 1,
          AUDIT_ARCH_X86_64 + 1,
          AUDIT_ARCH_X86_64 ^ 1,
          AUDIT_ARCH_I386,
          AUDIT_ARCH_AARCH64,
          0x3e,
          0,
          0xffffffff};
}

Args Satisfying(const Rule& rule, pid_t pid, uint64_t rest) {
  Args args;
  args.fill(rest);
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    const uint64_t value = condition.value == kOwnPid
                               ? static_cast<uint32_t>(pid)
                               : condition.value;
    args[condition.arg] = (rest & ~condition.mask) | value;
  }
  return args;
}

std::vector<Args> ProbeArgs(const Policy& policy, uint32_t number, pid_t pid) {
  std::vector<Args> probes = {{}, {1, 2, 3, 4, 5, 6}};
  probes.emplace_back().fill(~uint64_t{0});
  // What other calls are told apart by: a jump that goes astray compares it.
  std::set<std::pair<uint8_t, uint64_t>> values;
  for (const Rule& rule : policy.rules()) {
    for (size_t i = 0; i < rule.condition_count; ++i) {
      const ArgCondition& condition = rule.conditions[i];
      values.emplace(condition.arg, condition.value == kOwnPid
                                        ? static_cast<uint32_t>(pid)
                                        : condition.value);
    }
  }
  for (const auto& [arg, value] : values) probes.emplace_back()[arg] = value;
  for (const Rule& rule : policy.RulesFor(number)) {
    for (uint64_t rest : {uint64_t{0}, ~uint64_t{0}}) {
      const Args base = Satisfying(rule, pid, rest);
      probes.push_back(base);
      for (size_t i = 0; i < rule.condition_count; ++i) {
        const uint8_t arg = rule.conditions[i].arg;
        const auto with = [&](uint64_t value) {
          probes.push_back(base);
          probes.back()[arg] = value;
        };
        for (int bit = 0; bit < 64; ++bit) {
          with(base[arg] ^ (uint64_t{1} << bit));
        }
        with(base[arg] - 1);
        with(base[arg] + 1);
        with(static_cast<uint64_t>(kOwnPid));
      }
    }
  }
  return probes;
}

seccomp_data CallOf(uint32_t arch, uint32_t number, const Args& args) {
  seccomp_data call = {};
  call.nr = static_cast<int>(number);
  call.arch = arch;
  call.instruction_pointer = 0x7f00'1234'5678;
  std::copy(args.begin(), args.end(), call.args);
  return call;
}

std::vector<seccomp_data> ProbeCalls(const Policy& policy, pid_t pid) {
  std::vector<seccomp_data> calls;
  for (uint32_t arch : ProbeArches()) {
    for (uint32_t number : ProbeNumbers()) {
      for (const Args& args : ProbeArgs(policy, number, pid)) {
        calls.push_back(CallOf(arch, number, args));
        if (arch != AUDIT_ARCH_X86_64) break;
      }
    }
  }
  return calls;
}

uint32_t ExpectedAnswer(const Policy& policy, const seccomp_data& call,
                        pid_t pid) {
  const auto number = static_cast<uint32_t>(call.nr);
  if (call.arch != AUDIT_ARCH_X86_64) return SECCOMP_RET_KILL_PROCESS;
  // The number of a call that a tracer has skipped: not x32.
  if (number >= kX32Bit && number != 0xffffffff) {
    return SECCOMP_RET_KILL_PROCESS;
  }
  SyscallRequest request = {number, {}};
  std::copy(std::begin(call.args), std::end(call.args), request.args);
  const Decision decision = policy.Decide(request, pid);
  switch (decision.action) {
    case Action::kAllow:
      return SECCOMP_RET_ALLOW;
    case Action::kErrno:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(decision.error);
    case Action::kTrap:
      return SECCOMP_RET_TRAP;
    case Action::kKill:
      return SECCOMP_RET_KILL_PROCESS;
    case Action::kRefuse:
    case Action::kViolation:
      return SECCOMP_RET_USER_NOTIF;
  }
  return 0;
}

std::vector<sock_filter> PresetFilter(const Policy& preset,
                                      const Binding& binding) {
  const FilterProgram compiled = CompiledPreset(preset.name());
  std::vector<sock_filter> program(compiled.begin(), compiled.end());
  BindFilter(program, binding);
  return program;
}

std::string TestNameOf(const Policy& preset) {
  std::string name = preset.name();
  std::replace(name.begin(), name.end(), '+', '_');
  return name;
}

}  // namespace cellblock
