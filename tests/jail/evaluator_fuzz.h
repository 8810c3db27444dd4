// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_EVALUATOR_FUZZ_H_
#define CELLBLOCK_TESTS_JAIL_EVALUATOR_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "jail/evaluator.h"
#include "tests/jail/second_evaluator.h"

namespace cellblock {

// Takes any bytes as a program and a call, and has both evaluators run the one
// on the other: see CheckWithSecond. Returns how the second one ended.
SecondAnswer::Kind FuzzEvaluator(const uint8_t* bytes, size_t size);

// Requires that `answer`, of jail/evaluator.h, is the one of the second
// evaluator: the same number, or none where that one refuses. Where it does not
// specify one, nothing is required. A difference is named on standard error
// with the program, and ends the process by a signal.
SecondAnswer::Kind CheckWithSecond(FilterProgram program,
                                   const seccomp_data& call,
                                   std::optional<uint32_t> answer);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_EVALUATOR_FUZZ_H_
