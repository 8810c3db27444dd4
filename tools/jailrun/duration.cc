// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/duration.h"

#include <charconv>
#include <cmath>

namespace cellblock {

std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc() || !std::isfinite(number) || number <= 0) return {};
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  double seconds;
  if (unit.empty() || unit == "s") {
    seconds = number;
  } else if (unit == "ms") {
    seconds = number / 1000;
  } else if (unit == "m") {
    seconds = number * 60;
  } else if (unit == "h") {
    seconds = number * 3600;
  } else {
    return {};
  }
  constexpr double kMost = 366.0 * 24 * 3600;
  const std::chrono::nanoseconds duration(
      seconds > kMost ? 0 : static_cast<int64_t>(seconds * 1e9));
  if (duration.count() == 0) return {};
  return duration;
}

}  // namespace cellblock
