// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_CALL_KINDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_CALL_KINDS_H_

#include <compare>

#include "jail/policy.h"

namespace cellblock {

// A call as far as any preset, any group or a descriptor tells it apart.
struct CallKind {
  uint32_t number = 0;
  uint64_t args[6] = {};

  friend auto operator<=>(const CallKind&, const CallKind&) = default;
};

// Threads: any. Syscalls: none but those of memory.
CallKind KindOf(const SyscallRequest& request);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_CALL_KINDS_H_
