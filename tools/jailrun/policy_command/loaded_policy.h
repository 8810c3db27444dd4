// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_LOADED_POLICY_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_LOADED_POLICY_H_

#include <linux/filter.h>

#include <optional>
#include <string>
#include <vector>

#include "jail/binding.h"
#include "jail/policy.h"
#include "jail/policy_builder.h"

namespace cellblock {

// What is added to a policy, as for a run.
struct Additions {
  std::vector<std::string> allowed;  // of --allow
  bool writes = false;               // --rw was given
};

// A policy as the command line names it: a preset, or a policy file. Unlike a
// run, it takes the presets that no program can be run by: they can be shown.
//
// Lifecycle: Load once; the policy stays valid with it.
// Threads: one.
class LoadedPolicy {
 public:
  // `source` is the name of a preset or else the path of a file.
  // Errors: text that names the source or the option, and says what is
  //   accepted; empty iff loaded.
  [[nodiscard]] std::string Load(const std::string& source,
                                 const Additions& additions);

  Policy policy() const { return builder_->policy(); }

  // What the policy is called in output: the source, as it was given.
  const std::string& source() const { return source_; }

  // The preset that all is added to.
  const Policy& preset() const { return *preset_; }

  // To be copied, by those who want to know what a further addition does.
  const PolicyBuilder& builder() const { return *builder_; }

  // The filter, with kOwnPid standing for the pid still, proved.
  // Errors: an empty program, and why in `error`.
  [[nodiscard]] std::vector<sock_filter> Filter(Notify notify,
                                                std::string* error) const;

 private:
  std::string source_;
  const Policy* preset_ = nullptr;
  std::optional<PolicyBuilder> builder_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_LOADED_POLICY_H_
