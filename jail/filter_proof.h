// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_FILTER_PROOF_H_
#define CELLBLOCK_JAIL_FILTER_PROOF_H_

// Shows that a BPF program does exactly what a policy says, for every
// architecture, every number and every argument, by following all its paths.
//
// How: every path is followed once, with what its branches have said so far.
// Architecture and number are intervals, which a comparison with a constant
// splits; argument words are known bits, and values that they do not have. At
// each return every row that may decide there must give the answer that the
// program gives. A program that does anything else (arithmetic on the number,
// ordered comparisons of arguments, a use of the instruction pointer) is
// refused as not provable, so acceptance is sound.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "jail/binding.h"
#include "jail/evaluator.h"
#include "jail/policy.h"

namespace cellblock {

struct ProofFailure {
  const char* what;   // what is wrong, in words
  uint32_t arch;      // AUDIT_ARCH_*, on the path that shows it
  uint32_t number;    // of the call on that path
  uint32_t expected;  // SECCOMP_RET_* by the policy
  uint32_t found;     // by the program
  size_t instruction;
};

// Empty iff `program` equals `policy` as `binding` completes it. Everything
// that is not a native x86-64 call must kill the process.
// Threads: any. Syscalls: none.
[[nodiscard]] std::optional<ProofFailure> ProveFilter(const Policy& policy,
                                                      const Binding& binding,
                                                      FilterProgram program);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_FILTER_PROOF_H_
