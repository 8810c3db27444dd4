// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What happens to calls, and to the jail, while workers are made ready that
// take 1.5 s each for it.

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/unique_fd.h"
#include "tests/jail/call/live_calls.h"
#include "tests/jail/call/processes.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Less than the next worker takes.
constexpr milliseconds kSoon{1000};

std::unique_ptr<Jail> MakeSlowJail(std::string_view decoder) {
  return MakeJail({.workers = 4, .allow = {"read:9"}}, decoder);
}

TEST(SlowStart, ACrashIsACrash) {
  auto jail = MakeSlowJail("misbehave, made slowly");
  ASSERT_NE(jail, nullptr);
  const CallFailure failure = FailureIn(*jail, "crash", {.deadline = kSoon});
  EXPECT_EQ(failure.end, CallEnd::kCrashed);
  EXPECT_EQ(failure.signal, SIGSEGV);
}

TEST(SlowStart, AForbiddenCallIsNamed) {
  auto jail = MakeSlowJail("misbehave, made slowly");
  ASSERT_NE(jail, nullptr);
  const CallFailure failure = FailureIn(*jail, "execve", {.deadline = kSoon});
  EXPECT_EQ(failure.end, CallEnd::kViolation);
  EXPECT_EQ(failure.violation.number, static_cast<uint32_t>(SYS_execve));
}

TEST(SlowStart, ADescriptorIsPassedIn) {
  auto jail = MakeSlowJail("read passed, made slowly");
  ASSERT_NE(jail, nullptr);
  const UniqueFd file(memfd_create("passed", MFD_CLOEXEC));
  ASSERT_EQ(pwrite(file.get(), "the content", 11, 0), 11);
  EXPECT_EQ(SayText(*jail, "", {.deadline = kSoon, .descriptor = file.get()}),
            "the content");
}

TEST(SlowStart, TheEndDoesNotWaitForIt) {
  auto jail = MakeSlowJail("misbehave, made slowly");
  ASSERT_NE(jail, nullptr);
  const auto begin = steady_clock::now();
  jail.reset();
  EXPECT_LT(steady_clock::now() - begin, kSoon);
  EXPECT_THAT(ChildrenOf(getpid()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
