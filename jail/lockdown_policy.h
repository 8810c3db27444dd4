// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCKDOWN_POLICY_H_
#define CELLBLOCK_JAIL_LOCKDOWN_POLICY_H_

#include <linux/filter.h>

#include <deque>
#include <string>
#include <vector>

#include "jail/binding.h"
#include "jail/policy.h"
#include "jail/standalone_filter.h"

namespace cellblock {

// A policy as a process keeps it that locks itself: memory calls, which a
// runtime would answer from the pool, are violations, since there is none; the
// rest is as of StandalonePolicy.
//
// Lifecycle: made of a policy that validates; keeps copies of all it has.
// Syscalls: those of CompileFilter; setup phase only.
class LockdownPolicy {
 public:
  explicit LockdownPolicy(const Policy& policy);
  LockdownPolicy(const LockdownPolicy&) = delete;
  LockdownPolicy& operator=(const LockdownPolicy&) = delete;

  // What the filter does, for reports.
  const Policy& policy() const { return policy_; }

  // Proved to be the policy's. Errors: empty, and why in `error`.
  std::vector<sock_filter> ProvedFilter(const Binding& binding,
                                        std::string* error) const;

  // Whether libc can start a thread by it: clone(2) as it makes it, once
  // clone3(2) is said not to be there.
  bool StartsThreads() const;

  // Whether the process can say something on standard error.
  bool WritesMessages() const;

 private:
  std::vector<Rule> WithoutRuntime(const Policy& policy);

  std::string name_;
  std::deque<std::string> reasons_;  // of the rows, which point to them
  std::vector<Rule> rules_;
  Policy policy_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCKDOWN_POLICY_H_
