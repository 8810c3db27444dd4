// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lockdown_policy.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "jail/proved_filter.h"

namespace cellblock {

LockdownPolicy::LockdownPolicy(const Policy& policy)
    : name_(policy.name()),
      rules_(WithoutRuntime(policy)),
      policy_(name_.c_str(), rules_, policy.traits()) {}

std::vector<Rule> LockdownPolicy::WithoutRuntime(const Policy& policy) {
  std::vector<Rule> rules(policy.rules().begin(), policy.rules().end());
  for (Rule& rule : rules) {
    if (rule.action == Action::kTrap) {
      rule.action = Action::kViolation;
      rule.reason = "changes the process's memory, which is fixed at the lock";
    } else {
      rule.reason = reasons_.emplace_back(rule.reason).c_str();
    }
  }
  return rules;
}

std::vector<sock_filter> LockdownPolicy::ProvedFilter(
    const Binding& binding, std::string* error) const {
  const StandalonePolicy alone(policy_);
  CompiledFilter filter = alone.Compile(binding);
  *error = filter.error;
  if (!error->empty()) return {};
  *error = WhyNotProved(alone.policy(), binding, filter.program);
  if (!error->empty()) return {};
  return std::move(filter.program);
}

bool LockdownPolicy::StartsThreads() const {
  const Decision newer =
      policy_.Decide({.number = SYS_clone3, .args = {}}, getpid());
  const Decision older =
      policy_.Decide({.number = SYS_clone, .args = {kThreadFlags}}, getpid());
  return newer.error == ENOSYS && older.action == Action::kAllow;
}

bool LockdownPolicy::WritesMessages() const {
  return policy_
             .Decide({.number = SYS_write, .args = {STDERR_FILENO}}, getpid())
             .action == Action::kAllow;
}

}  // namespace cellblock
