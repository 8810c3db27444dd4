// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_SPECULATION_H_
#define CELLBLOCK_JAIL_SPECULATION_H_

// What the processor may guess at while it runs a process, where it lets each
// process choose. Nothing here makes a system call; lock.h has what does.

#include <linux/prctl.h>

#include <cstdint>

namespace cellblock {

enum class SpeculationKind : uint8_t {
  kStoreBypass = PR_SPEC_STORE_BYPASS,        // loads before older stores
  kIndirectBranch = PR_SPEC_INDIRECT_BRANCH,  // targets that others trained
};

enum class SpeculationState : uint8_t {
  kRestricted,  // off, for this process for good or for all
  kUnaffected,  // the processor does not guess in a way that leaks
  kAllowed,     // as it was: `error` says why
};

struct SpeculationResult {
  SpeculationState state = SpeculationState::kAllowed;
  int error = 0;  // errno, if allowed; 0: the kernel agreed and did nothing
};

// What became of each kind of guessing.
struct SpeculationLayer {
  SpeculationResult store_bypass;
  SpeculationResult indirect_branch;
};

// `control`: what prctl(PR_GET_SPECULATION_CTRL) returned; `error`: the errno
// of turning it off, or 0.
constexpr SpeculationResult ReadSpeculation(int control, int error) {
  if (control == PR_SPEC_NOT_AFFECTED) {
    return {SpeculationState::kUnaffected, 0};
  }
  constexpr int kOff = PR_SPEC_DISABLE | PR_SPEC_FORCE_DISABLE;
  if (control > 0 && (control & kOff) != 0) {
    return {SpeculationState::kRestricted, 0};
  }
  return {SpeculationState::kAllowed, error};
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_SPECULATION_H_
