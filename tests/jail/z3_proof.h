// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_Z3_PROOF_H_
#define CELLBLOCK_TESTS_JAIL_Z3_PROOF_H_

// A second opinion on whether a BPF program equals a policy, by Z3.
//
// Program and policy become two terms over one unknown call: all bits of the
// number, the architecture, the instruction pointer and the arguments. A solver
// then looks for a call for which they differ. Nothing is shared with
// jail/filter_proof.h or jail/evaluator.h: the policy's term is written from
// the comments of jail/policy.h, the program's from what the kernel documents.
// All that the kernel loads is understood, so unlike ProveFilter this refuses
// no program for its form.

#include <linux/seccomp.h>

#include <cstdint>
#include <optional>

#include "jail/binding.h"
#include "jail/evaluator.h"
#include "jail/policy.h"

namespace cellblock {

// A call that shows a difference.
struct Counterexample {
  seccomp_data call;
  uint32_t expected;  // SECCOMP_RET_* by the policy
  uint32_t found;     // by the program
  // Null, or why the kernel would not load the program. That is a difference
  // for every call, so `call` is then zero, and so is what was found.
  const char* not_loaded;
};

// Empty iff `program` is one that the kernel loads and answers every call as
// `policy` does with `binding`.
// Errors: throws if the solver gives up, or has not decided after
// `solver_milliseconds`; nothing is then known.
// Threads: any. Syscalls: those of the solver.
[[nodiscard]] std::optional<Counterexample> FindDifference(
    const Policy& policy, const Binding& binding, FilterProgram program,
    unsigned solver_milliseconds = 60'000);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_Z3_PROOF_H_
