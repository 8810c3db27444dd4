// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUN_POLICY_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUN_POLICY_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "jail/policy.h"
#include "jail/policy_builder.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/options.h"

namespace cellblock {

// The policy of one run: a preset, what a policy file adds to it, what the
// command line adds, and what the runtime needs between the lock and main.
//
// Lifecycle: Build once, then AllowStart; the policy stays valid with it. Of
//   each run's own, a copy: what AllowStart adds stays.
// Errors: the text that Build returns names the option, and what is accepted.
class RunPolicy {
 public:
  // Empty iff built.
  [[nodiscard]] std::string Build(const Options& options);

  // Lets the runtime say on `socket` that it has locked itself, and give back
  // what it holds, where the preset allows neither: a write on that descriptor,
  // which it closes before main, close, and rt_sigprocmask. Fails iff a rule of
  // the user's takes them away.
  [[nodiscard]] std::string AllowStart(int socket, HandOver hand_over);

  // Whether the policy lets a thread start.
  bool StartsThreads() const;

  Policy policy() const { return builder_->policy(); }

  // The preset that all is added to.
  const std::string& preset() const { return preset_; }

  // The filter with the jailed process's pid in it, proved to be the policy's.
  // Errors: an empty program, and why in `error`.
  std::vector<sock_filter> ProvedFilter(pid_t own_pid,
                                        std::string* error) const;

  // The same for a process that nobody listens to; see StandalonePolicy.
  std::vector<sock_filter> ProvedStandaloneFilter(pid_t own_pid,
                                                  std::string* error) const;

  // Empty iff a forbidden call under `filter`, which ProvedFilter gave, killed
  // the process that made it.
  [[nodiscard]] std::string TryCanary(std::vector<sock_filter> filter) const;

 private:
  std::string ForbidThreads();

  std::string preset_;
  std::optional<PolicyBuilder> builder_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUN_POLICY_H_
