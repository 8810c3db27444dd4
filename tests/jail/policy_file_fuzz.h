// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_POLICY_FILE_FUZZ_H_
#define CELLBLOCK_TESTS_JAIL_POLICY_FILE_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

enum class PolicyFileEnd : uint8_t { kNotRead, kNotApplied, kProved };

// Takes any bytes as a policy file. What is refused names its place in one
// line; what is accepted allows nothing that no policy may, and compiles to a
// filter that is proved.
PolicyFileEnd FuzzPolicyFile(const uint8_t* bytes, size_t size);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_POLICY_FILE_FUZZ_H_
