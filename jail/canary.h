// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CANARY_H_
#define CELLBLOCK_JAIL_CANARY_H_

#include <cstdint>

#include "jail/evaluator.h"

namespace cellblock {

enum class CanaryEnd : uint8_t {
  kKilled,    // as it has to be
  kSurvived,  // a call came back that no policy allows
  kNotTried,  // there is no child, or it could not be locked
};

// Shows that this kernel, here and now, carries out what the proof says of a
// filter: a child locks itself with `program`, bound for Notify::kNobody, and
// makes a call that it has to die of, and that does nothing should it not.
//
// Threads: one; the process is copied. Syscalls: clone, wait4; setup phase
// only.
[[nodiscard]] CanaryEnd TryCanary(FilterProgram program);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CANARY_H_
