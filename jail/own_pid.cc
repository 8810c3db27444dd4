// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/own_pid.h"

#include "jail/policy.h"

namespace cellblock {

void BindOwnPid(std::span<sock_filter> program, pid_t pid) {
  for (sock_filter& insn : program) {
    if (BPF_CLASS(insn.code) == BPF_JMP && insn.k == kOwnPid) {
      insn.k = static_cast<uint32_t>(pid);
    }
  }
}

}  // namespace cellblock
