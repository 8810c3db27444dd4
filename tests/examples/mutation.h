// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_MUTATION_H_
#define CELLBLOCK_TESTS_EXAMPLES_MUTATION_H_

// Bad files from good ones: cut short, with bits flipped, bytes overwritten,
// parts left out, doubled or put elsewhere.

#include <cstdint>
#include <span>

#include "tests/examples/subjects.h"

namespace examples {

// The input of that number: the same for the same seed, in whichever process.
// One in 16 is a good file.
Bytes InputOf(const Subject& subject, std::span<const Bytes> seeds,
              uint64_t seed, uint32_t number);

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_MUTATION_H_
