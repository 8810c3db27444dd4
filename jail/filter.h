// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_FILTER_H_
#define CELLBLOCK_JAIL_FILTER_H_

// Compiles a policy to the BPF program that the kernel runs on every call.
//
// libseccomp builds the program; it never loads it, since its own loader frees
// memory after the filter is live. What it built is believed only as far as
// jail/filter_proof.h shows it equal to the policy.

#include <linux/filter.h>

#include <span>
#include <string>
#include <vector>

#include "jail/binding.h"
#include "jail/policy.h"

namespace cellblock {

struct CompiledFilter {
  std::vector<sock_filter> program;
  std::string error;  // empty iff the program is there
};

// Errors: no program iff the policy does not validate, or libseccomp refuses a
// row (the error names it).
// Syscalls: memfd_create, write, lseek, read, brk, mmap: setup phase only.
[[nodiscard]] CompiledFilter CompileFilter(const Policy& policy);

// Makes a program for one process of one that CompileFilter gave: puts its pid
// where the policy says kOwnPid, and whom to tell of what is neither allowed
// nor answered.
void BindFilter(std::span<sock_filter> program, const Binding& binding);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_FILTER_H_
