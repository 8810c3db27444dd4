// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_MUTATIONS_H_
#define CELLBLOCK_TESTS_JAIL_MUTATIONS_H_

#include <linux/filter.h>

#include <vector>

namespace cellblock {

// `insn` changed by itself in every way of a list: other constants, bits,
// jumps, comparisons and answers, and other instructions in its place.
std::vector<sock_filter> Changes(const sock_filter& insn);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_MUTATIONS_H_
