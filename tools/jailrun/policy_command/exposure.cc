// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/exposure.h"

#include <algorithm>
#include <cmath>

#include "jail/presets.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

// Stands for the jailed process in the probes too.
constexpr pid_t kProbePid = static_cast<pid_t>(kOwnPid);

bool Allows(const Policy& policy, const SyscallRequest& request) {
  return policy.Decide(request, kProbePid).action == Action::kAllow;
}

// A request that satisfies `rule`, and as little else as possible.
SyscallRequest Satisfying(const Rule& rule) {
  SyscallRequest request = {rule.syscall, {}};
  for (size_t i = 0; i < rule.condition_count; ++i) {
    request.args[rule.conditions[i].arg] = rule.conditions[i].value;
  }
  return request;
}

// Some form of the call that is allowed; empty iff none is.
std::optional<SyscallRequest> Reach(const Policy& policy, uint32_t number) {
  for (const Rule& rule : policy.RulesFor(number)) {
    const SyscallRequest request = Satisfying(rule);
    // Not what the row says: one in front of it may decide.
    if (Allows(policy, request)) return request;
  }
  return std::nullopt;
}

bool HasRow(const Policy& policy, const Rule& rule) {
  const std::span<const Rule> rows = policy.RulesFor(rule.syscall);
  return std::any_of(rows.begin(), rows.end(), [&](const Rule& other) {
    return std::equal(rule.conditions, rule.conditions + rule.condition_count,
                      other.conditions,
                      other.conditions + other.condition_count);
  });
}

// True iff a user made the row. The probes know what the others let through; of
// this one they might miss it, since it may be tied to anything.
bool IsOwn(const Rule& rule) {
  if (rule.action != Action::kAllow || rule.condition_count == 0) return false;
  const auto has_row = [&](const Policy& preset) {
    return HasRow(preset, rule);
  };
  const std::span<const Policy> presets = AllPresets();
  const std::span<const RuleGroup> groups = AllRuleGroups();
  return std::none_of(presets.begin(), presets.end(), has_row) &&
         std::none_of(groups.begin(), groups.end(), [&](const RuleGroup& g) {
           return HasRow(Policy(g.name, g.rules), rule);
         });
}

// True iff `form` shows the same risk as `probe`, as far as can be told: when
// in doubt it does. Flags and modes of the probe are what makes the risk; so is
// that the call works on any descriptor, and on another process.
bool ShowsTheSame(const SyscallRequest& form, const SyscallRequest& probe) {
  const SyscallInfo* info = FindSyscall(probe.number);
  for (size_t i = 0; i < 6; ++i) {
    const uint64_t given = form.args[i];
    const uint64_t wanted = probe.args[i];
    if (given == wanted) continue;
    const bool bits = info->args[i] == ArgFormat::kFlags ||
                      info->args[i] == ArgFormat::kOctalMode;
    if (bits && wanted != 0 && (given & wanted) == 0) return false;
    if (wanted == kAnyDescriptor || given == kOwnPid) return false;
  }
  return true;
}

// The probe, changed as far as it has to be for a row of a user's to let it
// through; empty iff there is no such row.
std::optional<SyscallRequest> ByOwnRow(const Policy& policy,
                                       const SyscallRequest& probe) {
  for (const Rule& rule : policy.RulesFor(probe.number)) {
    if (!IsOwn(rule)) continue;
    SyscallRequest form = probe;
    for (size_t i = 0; i < rule.condition_count; ++i) {
      const ArgCondition& condition = rule.conditions[i];
      uint64_t& arg = form.args[condition.arg];
      arg = (arg & ~condition.mask) | condition.value;
    }
    if (ShowsTheSame(form, probe) && Allows(policy, form)) return form;
  }
  return std::nullopt;
}

std::optional<SyscallRequest> WitnessOf(const Risk& risk,
                                        const Policy& policy) {
  for (const SyscallRequest& probe : risk.probes) {
    if (Allows(policy, probe)) return probe;
    if (const auto form = ByOwnRow(policy, probe)) return form;
  }
  if (!risk.group) return std::nullopt;
  for (const SyscallInfo& info : AllSyscalls()) {
    if (info.group != *risk.group) continue;
    if (const auto request = Reach(policy, info.number)) return request;
  }
  return std::nullopt;
}

struct Word {
  int least;  // tenths
  const char* word;
};

// As systemd-analyze security has them.
constexpr Word kWords[] = {{100, "DANGEROUS"}, {90, "UNSAFE"}, {75, "EXPOSED"},
                           {50, "MEDIUM"},     {10, "OK"},     {0, "SAFE"}};

}  // namespace

Exposure ExposureOf(const Policy& policy) {
  Exposure exposure;
  double left = 1;
  for (const Risk& risk : AllRisks()) {
    exposure.findings.push_back({&risk, WitnessOf(risk, policy)});
    if (exposure.findings.back().exposed()) left *= 1 - risk.weight / 100.0;
  }
  exposure.known_calls = AllSyscalls().size();
  for (const SyscallInfo& info : AllSyscalls()) {
    if (Reach(policy, info.number)) ++exposure.reachable_calls;
  }
  left *= 1 - kSurfaceWeight / 100.0 * exposure.reachable();
  exposure.tenths = static_cast<int>(std::lround(100 * (1 - left)));
  return exposure;
}

double Exposure::reachable() const {
  return static_cast<double>(reachable_calls) /
         static_cast<double>(known_calls);
}

std::string Exposure::score() const {
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

const char* Exposure::word() const {
  for (const Word& word : kWords) {
    if (tenths >= word.least) return word.word;
  }
  return "";
}

std::string CallText(const SyscallRequest& request) {
  char text[kSyscallTextBytes];
  FormatSyscall(request.number, request.args, text, sizeof(text));
  return text;
}

}  // namespace cellblock
