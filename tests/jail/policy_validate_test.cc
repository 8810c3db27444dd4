// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Policy::Validate finds every malformed row, one test for each form.

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cstring>
#include <vector>

#include "jail/policy.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

Rule Allow(uint32_t call) { return {call, Action::kAllow, 0, {}, 0, "why"}; }

Rule AllowIf(uint32_t call, uint8_t arg, uint64_t mask, uint64_t value) {
  return {call, Action::kAllow, 0, {{arg, mask, value}}, 1, "why"};
}

Rule Does(uint32_t call, Action action, int error) {
  return {call, action, error, {}, 0, "why"};
}

Rule If(Rule rule, ArgCondition condition) {
  rule.conditions[rule.condition_count++] = condition;
  return rule;
}

Rule Because(Rule rule, const char* reason) {
  rule.reason = reason;
  return rule;
}

const char* Fault(const std::vector<Rule>& rules) {
  const auto fault = Policy("test", rules).Validate();
  return fault ? fault->what : nullptr;
}

// The well-formed rows from which each test departs by one thing.
TEST(PolicyValidateTest, WellFormedRowsPass) {
  EXPECT_STREQ(Fault({}), nullptr);
  EXPECT_STREQ(
      Fault({Allow(SYS_read), AllowIf(SYS_openat, 2, 3, 0),
             If(AllowIf(SYS_openat, 0, kLow32, 5), {2, 3, 1}),
             If(Does(SYS_openat, Action::kRefuse, EIO), {5, ~uint64_t{0}, 1}),
             Does(SYS_openat, Action::kRefuse, 4095),
             Does(SYS_mmap, Action::kTrap, 0),
             Does(SYS_madvise, Action::kErrno, 1),
             Does(SYS_socket, Action::kViolation, 0),
             Does(SYS_acct, Action::kKill, 0)}),
      nullptr);
}

TEST(PolicyValidateTest, EveryPresetPasses) {
  for (const Policy& preset : AllPresets()) {
    EXPECT_FALSE(preset.Validate().has_value()) << preset.name();
  }
}

TEST(PolicyValidateTest, ScatteredRowsOfOneCallFail) {
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, kLow32, 1), Allow(SYS_write),
                      Allow(SYS_read)}),
               "the rows of one call are not adjacent");
  EXPECT_STREQ(Fault({Allow(SYS_read), Allow(SYS_write), Allow(SYS_close),
                      Allow(SYS_read)}),
               "the rows of one call are not adjacent");
}

TEST(PolicyValidateTest, RowsWithoutAReasonFail) {
  EXPECT_STREQ(Fault({Because(Allow(SYS_read), nullptr)}),
               "a row has no reason");
  EXPECT_STREQ(Fault({Because(Allow(SYS_read), "")}), "a row has no reason");
}

TEST(PolicyValidateTest, CallsOutsideTheTableFail) {
  for (uint32_t number :
       {335u, 336u, 400u, 451u, 1024u, 0x40000000u, 0xffffffffu}) {
    EXPECT_STREQ(Fault({Allow(number)}),
                 "a row is of a call that the table does not know")
        << number;
  }
}

TEST(PolicyValidateTest, ConditionsOnTheLastRowFail) {
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, kLow32, 1)}),
               "the last row of a call has conditions");
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, kLow32, 1), Allow(SYS_write)}),
               "the last row of a call has conditions");
}

TEST(PolicyValidateTest, UnconditionalRowsThatHideOthersFail) {
  EXPECT_STREQ(Fault({Allow(SYS_read), Does(SYS_read, Action::kKill, 0)}),
               "a row without conditions hides the ones after it");
  EXPECT_STREQ(Fault({Allow(SYS_read), AllowIf(SYS_read, 0, kLow32, 1),
                      Allow(SYS_read)}),
               "a row without conditions hides the ones after it");
}

TEST(PolicyValidateTest, ConditionalRowsThatNeitherAllowNorRefuseFail) {
  const struct {
    Action action;
    int error;
  } kOthers[] = {{Action::kTrap, 0},
                 {Action::kKill, 0},
                 {Action::kViolation, 0},
                 {Action::kErrno, EPERM}};
  for (const auto& [action, error] : kOthers) {
    EXPECT_STREQ(
        Fault({If(Does(SYS_read, action, error), {0, kLow32, 1}),
               Allow(SYS_read)}),
        "a row with conditions does something other than allow or refuse")
        << static_cast<int>(action);
  }
}

TEST(PolicyValidateTest, OnlyAForkedJailKillsOnConditions) {
  const std::vector<Rule> rules = {
      If(Does(SYS_read, Action::kKill, 0), {0, kLow32, 1}), Allow(SYS_read)};
  for (const ProcessKind kind :
       {ProcessKind::kJail, ProcessKind::kTemplate, ProcessKind::kForked}) {
    const Policy policy("test", rules, {.process = kind});
    EXPECT_EQ(policy.Validate().has_value(), kind != ProcessKind::kForked);
    // That is not to be compiled in its place.
    EXPECT_TRUE(policy.FindInexpressible().has_value());
  }
}

TEST(PolicyValidateTest, ValuesOutsideTheirMaskFail) {
  const uint64_t kOutside = uint64_t{1} << 32;
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, kLow32, kOutside), Allow(SYS_read)}),
               "a condition's value lies outside its mask");
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, 2, 3), Allow(SYS_read)}),
               "a condition's value lies outside its mask");
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, 0, 1), Allow(SYS_read)}),
               "a condition's value lies outside its mask");
}

TEST(PolicyValidateTest, ConditionsThatAlwaysHoldFail) {
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 0, 0, 0), Allow(SYS_read)}),
               "a condition compares nothing");
}

TEST(PolicyValidateTest, TwoConditionsOnOneArgumentFail) {
  EXPECT_STREQ(
      Fault({If(AllowIf(SYS_read, 0, 1, 1), {0, 2, 2}), Allow(SYS_read)}),
      "a row has two conditions on one argument");
  EXPECT_STREQ(Fault({If(If(AllowIf(SYS_read, 0, 1, 1), {1, 2, 2}), {0, 2, 2}),
                      Allow(SYS_read)}),
               "a row has two conditions on one argument");
}

TEST(PolicyValidateTest, TooManyConditionsFail) {
  Rule rule = AllowIf(SYS_read, 0, 1, 1);
  rule.condition_count = kMaxConditions + 1;
  EXPECT_STREQ(Fault({rule, Allow(SYS_read)}), "a row has too many conditions");
}

TEST(PolicyValidateTest, ArgumentsPastTheSixthFail) {
  EXPECT_STREQ(Fault({AllowIf(SYS_read, 6, 1, 1), Allow(SYS_read)}),
               "a condition names an argument past 5");
}

TEST(PolicyValidateTest, AnswersWithoutAnErrnoFail) {
  for (Action action : {Action::kErrno, Action::kRefuse}) {
    for (int error : {0, -EPERM, 4096}) {
      EXPECT_STREQ(Fault({Does(SYS_read, action, error)}),
                   "a row's errno does not fit its action")
          << error;
    }
  }
}

// It has no errnos: libc would take one for far away.
TEST(PolicyValidateTest, TheFilterAloneAnswersBrkWithZero) {
  EXPECT_STREQ(Fault({Does(SYS_brk, Action::kErrno, 0)}), nullptr);
  EXPECT_STREQ(Fault({Does(SYS_brk, Action::kRefuse, 0)}),
               "a row's errno does not fit its action");
  EXPECT_STREQ(Fault({Does(SYS_brk, Action::kErrno, -1)}),
               "a row's errno does not fit its action");
}

TEST(PolicyValidateTest, ErrnosWithoutAnAnswerFail) {
  for (Action action :
       {Action::kAllow, Action::kTrap, Action::kKill, Action::kViolation}) {
    for (int error : {1, EPERM, 4095, 4096, -1}) {
      EXPECT_STREQ(Fault({Does(SYS_read, action, error)}),
                   "a row's errno does not fit its action")
          << error;
    }
  }
}

TEST(PolicyValidateTest, AllowingWhatIsNeverAllowedFails) {
  size_t tried = 0;
  for (const SyscallInfo& info : AllSyscalls()) {
    if (NeverAllowed(info.number) == nullptr) continue;
    ++tried;
    EXPECT_STREQ(Fault({Allow(info.number)}),
                 "a row allows a call that no policy may allow")
        << info.name;
    // Nor on any condition.
    EXPECT_STREQ(Fault({AllowIf(info.number, 0, kLow32, 0),
                        Does(info.number, Action::kKill, 0)}),
                 "a row allows a call that no policy may allow")
        << info.name;
    EXPECT_STREQ(Fault({Does(info.number, Action::kErrno, EPERM)}), nullptr);
  }
  EXPECT_GE(tried, 30u);
}

TEST(PolicyValidateTest, AFaultInALaterRowIsFound) {
  const std::span<const Rule> preset = DecoderPreset().rules();
  for (size_t i = 0; i < preset.size(); ++i) {
    std::vector<Rule> rules(preset.begin(), preset.end());
    rules[i].reason = "";
    EXPECT_STREQ(Fault(rules), "a row has no reason") << i;
  }
}

}  // namespace
}  // namespace cellblock
