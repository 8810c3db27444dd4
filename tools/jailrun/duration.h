// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DURATION_H_
#define CELLBLOCK_TOOLS_JAILRUN_DURATION_H_

#include <chrono>
#include <optional>
#include <string_view>

namespace cellblock {

// "5", "0.5", "500ms", "2m", "1h"; seconds if there is no unit.
// Errors: empty iff it is not a time above 0 and up to a year.
std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text);

// What ParseDuration takes, for messages.
inline constexpr char kDurations[] =
    ": use a time above 0 and up to a year, in s, ms, m or h";

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DURATION_H_
