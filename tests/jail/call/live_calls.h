// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_LIVE_CALLS_H_
#define CELLBLOCK_TESTS_JAIL_CALL_LIVE_CALLS_H_

// Jails of this very program, and calls into them as text.

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
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

// Runs `body` in a process of its own, and expects it to expect nothing in
// vain; it may close its standard descriptors.
inline void InAProcess(const std::function<void()>& body) {
  fflush(nullptr);
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const int said_to = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
    body();
    fflush(nullptr);
    const ::testing::TestInfo* const test =
        ::testing::UnitTest::GetInstance()->current_test_info();
    for (int i = 0; i < test->result()->total_part_count(); ++i) {
      const ::testing::TestPartResult& part =
          test->result()->GetTestPartResult(i);
      dprintf(said_to, "line %d: %s\n", part.line_number(), part.message());
    }
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_LIVE_CALLS_H_
