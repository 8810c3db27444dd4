// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_LIVE_CALLS_H_
#define CELLBLOCK_TESTS_JAIL_CALL_LIVE_CALLS_H_

// Jails of this very program, and calls into them as text.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/decoders.h"

namespace cellblock {

inline constexpr Freshness kEveryFreshness[] = {
    Freshness::kReuse, Freshness::kHeapReset, Freshness::kForkPerCall,
    Freshness::kNewProcess};

// Null, and a failure, iff there is none.
inline std::unique_ptr<Jail> MakeJail(JailOptions options,
                                      std::string_view decoder) {
  auto jail = Jail::Create(std::move(options), decoder);
  EXPECT_TRUE(jail.ok()) << jail.status();
  return jail.ok() ? *std::move(jail) : nullptr;
}

inline absl::StatusOr<std::string> Say(Jail& jail, std::string_view input,
                                       const CallOptions& options = {}) {
  auto output = jail.Call(AsBytes(input), options);
  if (!output.ok()) return output.status();
  return output->Validate(
      [](auto bytes) { return std::string(AsText(bytes)); });
}

// What was said, or the error.
inline std::string SayText(Jail& jail, std::string_view input,
                           const CallOptions& options = {}) {
  const auto said = Say(jail, input, options);
  return said.ok() ? *said : said.status().ToString();
}

inline CallFailure FailureIn(Jail& jail, std::string_view input,
                             const CallOptions& options = {}) {
  const auto said = Say(jail, input, options);
  EXPECT_FALSE(said.ok()) << "the decoder returned: " << *said;
  return FailureOf(said.status()).value_or(CallFailure());
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_LIVE_CALLS_H_
