// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// All that can be passed and given.
//
// Says: nothing
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

enum class Scoped : int8_t { kA };
enum Fixed : uint32_t { kB };
struct Inner {
  std::array<Scoped, 4> scoped;
  const char* Name() const { return "inner"; }
};
struct Outer {
  Inner inner;
  Fixed fixed = kB;
  double number = 0;
};

absl::StatusOr<Outer> Function(std::span<const uint8_t>, std::string_view,
                               const std::string&, std::string, bool,
                               const Outer& outer, const int,
                               std::array<Inner, 3>, Scoped) noexcept {
  return outer;
}

WRAP_IT(Function);

}  // namespace cellblock
