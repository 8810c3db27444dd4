// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/filter.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <algorithm>
#include <string>
#include <vector>

#include "jail/compiled_presets.h"
#include "jail/evaluator.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

bool Same(const sock_filter& a, const sock_filter& b) {
  return a.code == b.code && a.jt == b.jt && a.jf == b.jf && a.k == b.k;
}

TEST(FilterTest, ThePresetsOfTheBuildAreWhatIsCompiledNow) {
  for (const Policy& preset : AllPresets()) {
    const FilterProgram built = CompiledPreset(preset.name());
    const CompiledFilter now = CompileFilter(preset);
    ASSERT_EQ(now.error, "");
    ASSERT_FALSE(built.empty()) << preset.name();
    EXPECT_TRUE(std::equal(built.begin(), built.end(), now.program.begin(),
                           now.program.end(), Same))
        << preset.name();
  }
  EXPECT_TRUE(CompiledPreset("no such preset").empty());
  EXPECT_TRUE(CompiledPreset("").empty());
}

TEST(FilterTest, EveryPresetProves) {
  for (const Policy& preset : AllPresets()) {
    for (pid_t pid : {1, 2, kPid, 32768, 4194304}) {
      const auto failure =
          ProveFilter(preset, Supervised(pid), PresetFilter(preset, pid));
      EXPECT_FALSE(failure.has_value())
          << preset.name() << ", pid " << pid << ": " << failure->what;
    }
  }
}

// The proof's conclusion by another way: running the filter.
TEST(FilterTest, EveryPresetDecidesAsItsPolicyOnEveryProbe) {
  size_t probes = 0;
  for (const Policy& preset : AllPresets()) {
    const std::vector<sock_filter> program = PresetFilter(preset, kPid);
    for (const seccomp_data& call : ProbeCalls(preset, kPid)) {
      ++probes;
      ASSERT_EQ(Evaluate(program, call), ExpectedAnswer(preset, call, kPid))
          << preset.name() << std::hex << ": arch " << call.arch << " number "
          << call.nr << " args " << call.args[0] << " " << call.args[1] << " "
          << call.args[2];
    }
  }
  EXPECT_GT(probes, 10'000u);
}

TEST(FilterTest, TheWholeRangeOfNumbersHasOneAnswerPastTheTable) {
  const std::vector<sock_filter> program = PresetFilter(DecoderPreset(), kPid);
  for (uint32_t number = 451; number < (1u << 20); ++number) {
    ASSERT_EQ(Evaluate(program, CallOf(AUDIT_ARCH_X86_64, number, {})),
              SECCOMP_RET_USER_NOTIF)
        << number;
  }
}

TEST(FilterTest, TheInstructionPointerNeverMatters) {
  const std::vector<sock_filter> program = PresetFilter(DecoderPreset(), kPid);
  const uint32_t offset = offsetof(seccomp_data, instruction_pointer);
  for (const sock_filter& insn : program) {
    if (BPF_CLASS(insn.code) != BPF_LD) continue;
    EXPECT_NE(insn.k, offset);
    EXPECT_NE(insn.k, offset + 4);
  }
}

TEST(FilterTest, BindingPutsThePidWhereThePolicySaysOwnPid) {
  const FilterProgram unbound = CompiledPreset("decoder");
  const std::vector<sock_filter> bound = PresetFilter(DecoderPreset(), kPid);
  int changed = 0;
  for (size_t i = 0; i < unbound.size(); ++i) {
    if (unbound[i].k == kOwnPid) {
      ++changed;
      EXPECT_EQ(bound[i].k, static_cast<uint32_t>(kPid));
    } else {
      EXPECT_TRUE(Same(unbound[i], bound[i])) << i;
    }
  }
  EXPECT_GE(changed, 1);
  EXPECT_TRUE(
      std::none_of(bound.begin(), bound.end(),
                   [](const sock_filter& insn) { return insn.k == kOwnPid; }));
}

TEST(FilterTest, PoliciesThatDoNotValidateAreNotCompiled) {
  const Rule rules[] = {{SYS_mmap, Action::kAllow, 0, {}, 0, "grows"}};
  const CompiledFilter filter = CompileFilter(Policy("greedy", rules));
  EXPECT_TRUE(filter.program.empty());
  EXPECT_THAT(filter.error, HasSubstr("greedy"));
  EXPECT_THAT(filter.error, HasSubstr("no policy may allow"));
}

TEST(FilterTest, ThePolicyWithoutRowsLeavesEveryCallToTheSupervisor) {
  const Policy empty("empty", {});
  const CompiledFilter filter = CompileFilter(empty);
  ASSERT_EQ(filter.error, "");
  EXPECT_FALSE(
      ProveFilter(empty, Supervised(kPid), filter.program).has_value());
}

// Every action, each kind of condition, on what a preset does not have.
TEST(FilterTest, EveryFormOfARowCompilesToWhatIsProved) {
  const uint64_t wide = 0xdead'beef'0000'0001;
  const Rule rules[] = {
      {SYS_read, Action::kAllow, 0, {{0, kLow32, 3}}, 1, "low half"},
      {SYS_read, Action::kViolation, 0, {}, 0, "rest"},
      {SYS_write, Action::kAllow, 0, {{2, ~uint64_t{0}, wide}}, 1, "whole"},
      {SYS_write, Action::kRefuse, EIO, {}, 0, "rest"},
      {SYS_lseek, Action::kAllow, 0, {{1, ~kLow32, 0}}, 1, "high half"},
      {SYS_lseek, Action::kRefuse, EIO, {}, 0, "rest"},
      {SYS_fcntl,
       Action::kAllow,
       0,
       {{0, kLow32, 1}, {1, kLow32, 2}, {2, ~uint64_t{0}, 3}},
       3,
       "three conditions"},
      {SYS_fcntl, Action::kAllow, 0, {{0, 0xff00, 0x1200}}, 1, "masked"},
      {SYS_fcntl, Action::kViolation, 0, {}, 0, "rest"},
      {SYS_tgkill, Action::kAllow, 0, {{0, kLow32, kOwnPid}}, 1, "own"},
      {SYS_tgkill, Action::kViolation, 0, {}, 0, "rest"},
      {SYS_close, Action::kErrno, 4094, {}, 0, "libseccomp takes no more"},
      {SYS_brk, Action::kTrap, 0, {}, 0, "pool"},
      {SYS_acct, Action::kKill, 0, {}, 0, "at once"},
  };
  const Policy policy("forms", rules);
  ASSERT_FALSE(policy.Validate().has_value());
  CompiledFilter filter = CompileFilter(policy);
  ASSERT_EQ(filter.error, "");
  BindFilter(filter.program, Supervised(kPid));
  const auto failure = ProveFilter(policy, Supervised(kPid), filter.program);
  EXPECT_FALSE(failure.has_value())
      << failure->what << ", call " << failure->number;
  for (const seccomp_data& call : ProbeCalls(policy, kPid)) {
    ASSERT_EQ(Evaluate(filter.program, call),
              ExpectedAnswer(policy, call, kPid))
        << call.nr;
  }
}

// libseccomp knows no order of rows. Where it matters, what comes out is either
// right or not believed.
TEST(FilterTest, WhatLibseccompCannotExpressIsNeverProved) {
  const struct {
    const char* what;
    std::vector<Rule> rules;
  } policies[] = {
      {"a refusal in front of a wider allow",
       {{SYS_read, Action::kRefuse, EIO, {{0, kLow32, 3}}, 1, "three"},
        {SYS_read, Action::kAllow, 0, {}, 0, "rest"}}},
      {"an allow in front of an errno",
       {{SYS_read, Action::kAllow, 0, {{0, kLow32, 3}}, 1, "three"},
        {SYS_read, Action::kErrno, EIO, {}, 0, "rest"}}},
      {"an allow in front of a kill",
       {{SYS_read, Action::kAllow, 0, {{0, kLow32, 3}}, 1, "three"},
        {SYS_read, Action::kKill, 0, {}, 0, "rest"}}},
      {"a refusal in front of an overlapping allow",
       {{SYS_read, Action::kRefuse, EIO, {{0, 1, 1}}, 1, "odd"},
        {SYS_read, Action::kAllow, 0, {{0, kLow32, 3}}, 1, "three"},
        {SYS_read, Action::kViolation, 0, {}, 0, "rest"}}},
      {"the ordinary case",
       {{SYS_read, Action::kAllow, 0, {{0, kLow32, 3}}, 1, "three"},
        {SYS_read, Action::kRefuse, EIO, {}, 0, "rest"}}},
  };
  for (const auto& [what, rules] : policies) {
    const Policy policy("order", rules);
    ASSERT_FALSE(policy.Validate().has_value()) << what;
    const CompiledFilter filter = CompileFilter(policy);
    bool right = filter.error.empty();
    for (const seccomp_data& call : ProbeCalls(policy, kPid)) {
      right = right && Evaluate(filter.program, call) ==
                           ExpectedAnswer(policy, call, kPid);
    }
    const bool believed =
        filter.error.empty() &&
        !ProveFilter(policy, Supervised(kPid), filter.program);
    EXPECT_EQ(believed, right) << what;
  }
}

}  // namespace
}  // namespace cellblock
