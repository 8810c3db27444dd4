// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CELLBLOCK_JAIL_OPTIONS_H_
#define CELLBLOCK_JAIL_CELLBLOCK_JAIL_OPTIONS_H_

// Internal to cellblock_jail.cc.

#include <chrono>
#include <cstdint>

#include "absl/status/statusor.h"
#include "jail/cellblock_jail.h"
#include "jail/jail.h"

namespace cellblock {

// What C asks for, copied. Null stands for the defaults. Errors:
// INVALID_ARGUMENT as cellblock_jail_create says; what Jail::Create checks is
// left to it.
absl::StatusOr<JailOptions> OptionsFromC(const cellblock_jail_options* given);

// No longer than clocks can count.
std::chrono::milliseconds MillisecondsFromC(uint64_t count);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CELLBLOCK_JAIL_OPTIONS_H_
