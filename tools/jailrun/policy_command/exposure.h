// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPOSURE_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPOSURE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "jail/policy.h"
#include "tools/jailrun/policy_command/exposure_risks.h"

namespace cellblock {

struct RiskFinding {
  const Risk* risk;
  // A call that the policy allows and that shows it; empty iff there is none.
  std::optional<SyscallRequest> witness;

  bool exposed() const { return witness.has_value(); }
};

// What a policy leaves open, by asking it about the probes of each risk. The
// score is explained at the table in exposure_risks.cc.
//
// Units: `tenths` of a point, 0 to 100: 23 is shown as "2.3".
// Guarantee: a policy that allows more never has a lower score.
// Threads: any. Syscalls: none but those of memory.
struct Exposure {
  std::vector<RiskFinding> findings;  // in the order of AllRisks
  size_t reachable_calls = 0;         // allowed, at least for some arguments
  size_t known_calls = 0;
  int tenths = 0;

  double reachable() const;   // the share of the known calls
  std::string score() const;  // "2.3"
  const char* word() const;   // "OK", as systemd-analyze says it
};

Exposure ExposureOf(const Policy& policy);

// "the name and arguments of the call", as FormatSyscall writes it.
std::string CallText(const SyscallRequest& request);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPOSURE_H_
