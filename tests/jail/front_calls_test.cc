// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/front_calls.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <vector>

#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

// What decides all other calls, and is told from every answer in front of it.
constexpr sock_filter kRest[] = {
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY)};
constexpr uint32_t kByRest = SECCOMP_RET_ERRNO | ENOTTY;

uint32_t Answer(const Program& program, uint32_t number, const Args& args,
                uint32_t arch = AUDIT_ARCH_X86_64) {
  return Evaluate(program, CallOf(arch, number, args)).value();
}

// `count` rows of read, by all of three arguments: row n answers errno n.
std::vector<Rule> ManyRows(size_t count) {
  std::vector<Rule> rows;
  for (size_t n = 1; n <= count; ++n) {
    const uint64_t value = uint64_t{n} << 32 | n;
    rows.push_back({SYS_read,
                    Action::kErrno,
                    static_cast<int>(n),
                    {{0, ~uint64_t{0}, value},
                     {1, ~uint64_t{0}, value},
                     {2, ~uint64_t{0}, value}},
                    3,
                    "one of many"});
  }
  rows.push_back({SYS_read, Action::kKill, 0, {}, 0, "none of them"});
  return rows;
}

TEST(FrontCallsTest, WithoutAnyTheRestDecides) {
  const Program program = FrontCalls().Before(kRest);
  EXPECT_EQ(Answer(program, SYS_read, {}), kByRest);
  EXPECT_EQ(Answer(program, SYS_read, {}, AUDIT_ARCH_I386), kByRest);
}

// Also where the jump over them is longer than a comparison's.
TEST(FrontCallsTest, RowsDecideInTheirOrderAndOtherCallsPassThemOver) {
  for (const size_t count : {1u, 5u, 13u, 14u, 20u, 60u}) {
    FrontCalls calls;
    calls.Add(ManyRows(count));
    calls.Add(std::vector<Rule>{
        {SYS_write, Action::kAllow, 0, {}, 0, "stands behind"}});
    const Program program = calls.Before(kRest);
    for (size_t n = 1; n <= count; ++n) {
      const uint64_t value = uint64_t{n} << 32 | n;
      EXPECT_EQ(Answer(program, SYS_read, {value, value, value}),
                SECCOMP_RET_ERRNO | n);
      for (const Args& other :
           {Args{value + 1, value, value}, Args{value, value, n},
            Args{value, value ^ uint64_t{1} << 63, value}}) {
        EXPECT_EQ(Answer(program, SYS_read, other), SECCOMP_RET_KILL_PROCESS);
      }
    }
    EXPECT_EQ(Answer(program, SYS_write, {}), SECCOMP_RET_ALLOW);
    for (const uint32_t number : {2u, 500u, 0xffffffffu, kX32Bit | SYS_read}) {
      EXPECT_EQ(Answer(program, number, {}), kByRest) << number;
    }
    EXPECT_EQ(Answer(program, SYS_read, {}, AUDIT_ARCH_I386), kByRest);
  }
}

TEST(FrontCallsTest, EachActionHasItsAnswer) {
  const struct {
    Action action;
    int error;
    uint32_t answer;
  } kActions[] = {
      {Action::kAllow, 0, SECCOMP_RET_ALLOW},
      {Action::kErrno, EPERM, SECCOMP_RET_ERRNO | EPERM},
      {Action::kTrap, 0, SECCOMP_RET_TRAP},
      {Action::kKill, 0, SECCOMP_RET_KILL_PROCESS},
      // Until BindFilter says who is told.
      {Action::kRefuse, EPERM, SECCOMP_RET_USER_NOTIF},
      {Action::kViolation, 0, SECCOMP_RET_USER_NOTIF},
  };
  for (const auto& [action, error, answer] : kActions) {
    FrontCalls calls;
    calls.Add(std::vector<Rule>{{SYS_read, action, error, {}, 0, "it"}});
    EXPECT_EQ(Answer(calls.Before(kRest), SYS_read, {}), answer);
  }
}

TEST(FrontCallsTest, ARangeOfNumbersEndsWhereItSays) {
  FrontCalls calls;
  calls.AddNumbers(10, 20, SECCOMP_RET_ERRNO | ENOSYS);
  const Program program = calls.Before(kRest);
  for (uint32_t number = 0; number < 40; ++number) {
    EXPECT_EQ(Answer(program, number, {}), number >= 10 && number < 20
                                               ? SECCOMP_RET_ERRNO | ENOSYS
                                               : kByRest);
  }
}

TEST(FrontCallsTest, OnlyCallsThatTheBaseDecidesOtherwiseStandInFront) {
  const Rule base[] = {
      {SYS_read, Action::kAllow, 0, {{0, kLow32, 1}}, 1, "same"},
      {SYS_read, Action::kViolation, 0, {}, 0, "same"},
      {SYS_write, Action::kAllow, 0, {{0, kLow32, 1}}, 1, "another value"},
      {SYS_write, Action::kViolation, 0, {}, 0, "same"},
      {SYS_close, Action::kErrno, EPERM, {}, 0, "another errno"},
  };
  std::vector<Rule> rows(std::begin(base), std::end(base));
  rows[1].reason = "a reason decides nothing";
  rows[2].conditions[0].value = 2;
  rows[4].error = EIO;
  rows.push_back({SYS_dup, Action::kKill, 0, {}, 0, "not in the base"});
  FrontCalls calls;
  calls.AddDifferences(rows, {"base", base});
  const Program program = calls.Before(kRest);
  EXPECT_EQ(Answer(program, SYS_read, {1}), kByRest);
  EXPECT_EQ(Answer(program, SYS_read, {2}), kByRest);
  EXPECT_EQ(Answer(program, SYS_write, {2}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Answer(program, SYS_write, {1}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(Answer(program, SYS_close, {}), SECCOMP_RET_ERRNO | EIO);
  EXPECT_EQ(Answer(program, SYS_dup, {}), SECCOMP_RET_KILL_PROCESS);
}

}  // namespace
}  // namespace cellblock
