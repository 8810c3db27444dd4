// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_STANDALONE_FILTER_H_
#define CELLBLOCK_JAIL_STANDALONE_FILTER_H_

#include <vector>

#include "jail/binding.h"
#include "jail/filter.h"
#include "jail/policy.h"

namespace cellblock {

// A policy for a process that no supervisor listens to: what the supervisor
// would have answered with an errno is answered by the filter, with the same
// one. What is lost: such calls are not counted, and a forbidden call is named
// by the process itself (Notify::kHandler) or kills unnamed (Notify::kNobody),
// as does one of a number above 1023, of which no kernel has any.
//
// libseccomp cannot compile it: it knows no errno for the arguments that the
// rows in front leave. Calls that need one are therefore decided in front of
// its program (jail/front_calls.h).
//
// Lifecycle: made of a policy that validates; policy() is valid as long as this
// object and that policy's name.
// Syscalls: Compile: those of CompileFilter. Setup phase only.
class StandalonePolicy {
 public:
  explicit StandalonePolicy(const Policy& policy);

  // To prove a filter against, with the binding that it was compiled for.
  Policy policy() const;

  // Bound, for anybody but a supervisor. Errors: as CompileFilter.
  [[nodiscard]] CompiledFilter Compile(const Binding& binding) const;

 private:
  const Policy original_;
  std::vector<Rule> rules_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_STANDALONE_FILTER_H_
