// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUN_POLICY_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUN_POLICY_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "jail/policy.h"
#include "tools/jailrun/options.h"

namespace cellblock {

// The policy of one run: a preset, and what the command line adds to it.
//
// Lifecycle: Build once; the policy and its filter stay valid with it.
// Errors: `error` of Build names the option, and what is accepted.
class RunPolicy {
 public:
  // Empty iff built.
  [[nodiscard]] std::string Build(const Options& options);

  const Policy& policy() const { return policy_; }

  // The filter with the jailed process's pid in it, proved to be the policy's.
  // Errors: an empty program, and why in `error`.
  std::vector<sock_filter> ProvedFilter(pid_t own_pid,
                                        std::string* error) const;

 private:
  std::string Add(const std::string& call);

  std::vector<Rule> rules_;
  Policy policy_{"", {}};
  bool changed_ = false;  // not a preset as compiled
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUN_POLICY_H_
