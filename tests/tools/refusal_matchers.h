// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_REFUSAL_MATCHERS_H_
#define CELLBLOCK_TESTS_TOOLS_REFUSAL_MATCHERS_H_

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>

#include "tools/jailrun/refusal.h"

namespace cellblock {

inline void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << static_cast<int>(refusal.code) << ", " << refusal.reason << " ("
       << refusal.advice << ')';
}

// The question was answered with yes: there is no refusal.
inline auto Accepted() { return testing::Eq(std::nullopt); }

// Both texts are one line that a terminal can be given, and there is advice.
MATCHER(IsPresentable, "is presentable") {
  const auto printable = [](const std::string& text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
  };
  return printable(arg.reason) && printable(arg.advice);
}

// Refused with that code, for a reason in which all the texts occur.
template <typename... Texts>
auto RefusedWith(ExitCode code, Texts... texts) {
  return testing::Optional(testing::AllOf(
      testing::Field("code", &Refusal::code, code), IsPresentable(),
      testing::Field(
          "reason", &Refusal::reason,
          testing::AllOf(testing::_, testing::HasSubstr(texts)...))));
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_REFUSAL_MATCHERS_H_
