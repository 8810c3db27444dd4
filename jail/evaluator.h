// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_EVALUATOR_H_
#define CELLBLOCK_JAIL_EVALUATOR_H_

// Runs a seccomp program as the kernel would, on one call.
//
// The instruction set is the kernel's for seccomp (classic BPF, see
// Documentation/userspace-api/seccomp_filter.rst and seccomp_check_filter):
// 32-bit words, loads only from struct seccomp_data at aligned offsets.

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <optional>
#include <span>

namespace cellblock {

using FilterProgram = std::span<const sock_filter>;

// What `program` returns for `data`.
// Errors: empty iff the program is not one that the kernel would accept as far
// as this run sees it: an unknown instruction, a load outside seccomp_data or
// of a scratch word not yet written, a jump or fall past the end, a shift by a
// constant of 32 or more; or it divides by zero, where the kernel returns 0.
// Syscalls: none.
std::optional<uint32_t> Evaluate(FilterProgram program,
                                 const seccomp_data& data);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_EVALUATOR_H_
