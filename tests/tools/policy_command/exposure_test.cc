// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/exposure.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "tests/tools/policy_command/random_policies.h"

namespace cellblock {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr auto kProbePid = static_cast<pid_t>(kOwnPid);

std::set<std::string> ExposedRisks(const Policy& policy) {
  std::set<std::string> names;
  for (const RiskFinding& finding : ExposureOf(policy).findings) {
    if (finding.exposed()) names.insert(finding.risk->name);
  }
  return names;
}

// The presets from the tightest to the widest.
TEST(Exposure, OrdersThePresets) {
  int last = -1;
  for (const char* name :
       {"strict", "worker", "template", "service", "decoder", "decoder+rw"}) {
    const int tenths = ExposureOf(*FindPreset(name)).tenths;
    EXPECT_GT(tenths, last) << name;
    last = tenths;
  }
}

// A preset that is changed, or a weight, shows here.
TEST(Exposure, ScoresOfThePresets) {
  const std::map<std::string, std::string> expected = {
      {"strict", "0.2 SAFE"},    {"worker", "0.8 SAFE"},
      {"template", "3.6 OK"},    {"service", "3.9 OK"},
      {"decoder", "5.0 MEDIUM"}, {"decoder+rw", "7.5 EXPOSED"}};
  for (const Policy& preset : AllPresets()) {
    const Exposure exposure = ExposureOf(preset);
    EXPECT_EQ(exposure.score() + " " + exposure.word(),
              expected.at(preset.name()));
  }
}

TEST(Exposure, OfNothingIsZero) {
  const Exposure exposure = ExposureOf(Policy("none", {}));
  EXPECT_EQ(exposure.tenths, 0);
  EXPECT_EQ(exposure.reachable_calls, 0u);
  EXPECT_EQ(ExposedRisks(Policy("none", {})), std::set<std::string>());
}

TEST(Exposure, NamesWhatThePresetsLeaveOpen) {
  EXPECT_EQ(ExposedRisks(StrictPreset()), std::set<std::string>{"given"});
  const auto decoder = ExposedRisks(DecoderPreset());
  EXPECT_THAT(decoder, Contains("read-files"));
  for (const char* absent : {"write-files", "set-id", "any-ioctl",
                             "other-signals", "local-sockets"}) {
    EXPECT_THAT(decoder, Not(Contains(absent)));
  }
  EXPECT_THAT(ExposedRisks(DecoderWithWritePreset()), Contains("write-files"));
  EXPECT_THAT(ExposedRisks(DecoderWithWritePreset()), Not(Contains("set-id")));
  EXPECT_THAT(ExposedRisks(ServicePreset()), Contains("threads"));
  EXPECT_THAT(ExposedRisks(ServicePreset()), Not(Contains("read-files")));
  EXPECT_THAT(ExposedRisks(TemplatePreset()), Contains("processes"));
}

// The witness of each risk is a call that the policy allows.
TEST(Exposure, ShowsEachRiskByACall) {
  for (const Policy& preset : AllPresets()) {
    for (const RiskFinding& finding : ExposureOf(preset).findings) {
      if (!finding.exposed()) continue;
      EXPECT_EQ(preset.Decide(*finding.witness, kProbePid).action,
                Action::kAllow)
          << preset.name() << ": " << CallText(*finding.witness);
    }
  }
}

// What has to be asked for as unsafe is a risk by name, and raises the score.
TEST(Exposure, EveryUnsafeAllowanceIsARisk) {
  for (const Policy& preset : AllPresets()) {
    const auto before = ExposedRisks(preset);
    const int score = ExposureOf(preset).tenths;
    for (const SyscallInfo& call : AllSyscalls()) {
      PolicyBuilder builder(preset);
      if (builder.Allow(call.name).empty()) continue;
      const std::string unsafe = std::string(kUnsafePrefix) + call.name;
      if (!builder.Allow(unsafe).empty()) continue;  // no policy may
      if (ExposureOf(builder.policy()).reachable_calls ==
              ExposureOf(preset).reachable_calls &&
          ExposedRisks(builder.policy()) == before) {
        ADD_FAILURE() << preset.name() << ": " << unsafe << " is no risk";
      }
      EXPECT_GE(ExposureOf(builder.policy()).tenths, score) << unsafe;
    }
  }
}

// On strict, where no risk is there already.
TEST(Exposure, EveryUnsafeCallHasANamedRisk) {
  for (const SyscallInfo& call : AllSyscalls()) {
    PolicyBuilder builder(StrictPreset());
    if (builder.Allow(call.name).empty()) continue;
    const std::string unsafe = std::string(kUnsafePrefix) + call.name;
    if (!builder.Allow(unsafe).empty()) continue;
    EXPECT_GT(ExposedRisks(builder.policy()).size(), 1u) << unsafe;
    EXPECT_GT(ExposureOf(builder.policy()).tenths,
              ExposureOf(StrictPreset()).tenths)
        << unsafe;
  }
}

// Adding an allowance never lowers the score, nor takes a risk away.
TEST(Exposure, IsMonotone) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    const auto presets = AllPresets();
    PolicyBuilder builder(presets[random() % presets.size()]);
    std::string made = builder.policy().name();
    auto risks = ExposedRisks(builder.policy());
    Exposure before = ExposureOf(builder.policy());
    for (int i = 0; i < 12; ++i) {
      const std::string allowance = RandomAllowance(&random);
      if (!builder.Allow(allowance).empty()) continue;
      made += " " + allowance;
      const Exposure after = ExposureOf(builder.policy());
      const auto now = ExposedRisks(builder.policy());
      EXPECT_GE(after.tenths, before.tenths) << made;
      EXPECT_GE(after.reachable_calls, before.reachable_calls) << made;
      EXPECT_TRUE(
          std::includes(now.begin(), now.end(), risks.begin(), risks.end()))
          << made;
      EXPECT_LE(after.tenths, 100) << made;
      before = after;
      risks = now;
    }
  }
}

Rule AllowIf(uint32_t call, std::vector<ArgCondition> conditions) {
  Rule rule = {call, Action::kAllow, 0, {}, conditions.size(), "is for a test"};
  std::copy(conditions.begin(), conditions.end(), rule.conditions);
  return rule;
}

// A row that a user has made counts for what it lets through, however narrow
// its conditions are and whatever the probes try.
TEST(Exposure, NarrowRowsOfTheUsersCount) {
  const struct {
    Rule rule;
    std::set<std::string> exposed;
    std::set<std::string> safe;
  } cases[] = {
      {AllowIf(SYS_openat, {{2, kLow32, O_WRONLY | O_CREAT | O_APPEND}}),
       {"write-files", "create-files", "set-id"},
       {}},
      {AllowIf(SYS_openat, {{2, kLow32, O_CLOEXEC}}),
       {"read-files"},
       {"write-files", "create-files", "set-id"}},
      {AllowIf(SYS_openat, {{2, kLow32, O_CREAT}, {3, kLow32, 0644}}),
       {"create-files"},
       {"set-id"}},
      {AllowIf(SYS_ioctl, {{1, kLow32, 0x4b33}}), {"any-ioctl"}, {}},
      {AllowIf(SYS_ioctl, {{1, kLow32, FIONBIO}}), {"any-ioctl"}, {}},
      {AllowIf(SYS_fcntl, {{0, kLow32, 3}}), {"any-fcntl"}, {}},
      {AllowIf(SYS_socket, {{0, kLow32, 40}}), {"other-sockets"}, {}},
      {AllowIf(SYS_socket, {{0, kLow32, 2}, {1, kLow32, 2}}),
       {"internet-sockets"},
       {}},
      {AllowIf(SYS_kill, {{0, kLow32, 77}}), {"other-signals"}, {}},
      {AllowIf(SYS_kill, {{0, kLow32, kOwnPid}, {1, kLow32, 15}}),
       {"own-signals"},
       {"other-signals"}},
      {AllowIf(SYS_chmod, {{1, kLow32, 0600}}), {"attributes"}, {"set-id"}},
      {AllowIf(SYS_read, {{0, kLow32, 5}}), {"given"}, {"held"}},
      {AllowIf(SYS_read, {{2, ~uint64_t{0}, 1}}), {"held"}, {}},
  };
  for (const auto& [rule, exposed, safe] : cases) {
    PolicyBuilder builder(StrictPreset());
    ASSERT_EQ(builder.Add(rule, PolicyBuilder::Safety::kUnsafe), "");
    const auto risks = ExposedRisks(builder.policy());
    for (const std::string& name : exposed) EXPECT_THAT(risks, Contains(name));
    for (const std::string& name : safe) {
      EXPECT_THAT(risks, Not(Contains(name)));
    }
  }
}

// The table's own form.
TEST(Exposure, RisksAreWellFormed) {
  std::set<std::string> names;
  for (const Risk& risk : AllRisks()) {
    EXPECT_TRUE(names.insert(risk.name).second) << risk.name << " twice";
    EXPECT_TRUE(risk.weight > 0 && risk.weight <= 40) << risk.name;
    EXPECT_STRNE(risk.what, "") << risk.name;
    EXPECT_STRNE(risk.since, "") << risk.name;
    EXPECT_TRUE(!risk.probes.empty() || risk.group) << risk.name;
    for (const SyscallRequest& probe : risk.probes) {
      EXPECT_NE(FindSyscall(probe.number), nullptr) << risk.name;
    }
  }
}

TEST(Exposure, WordsAreThoseOfSystemd) {
  Exposure exposure;
  for (const auto& [tenths, word] :
       std::vector<std::pair<int, std::string>>{{0, "SAFE"},
                                                {9, "SAFE"},
                                                {10, "OK"},
                                                {49, "OK"},
                                                {50, "MEDIUM"},
                                                {75, "EXPOSED"},
                                                {90, "UNSAFE"},
                                                {100, "DANGEROUS"}}) {
    exposure.tenths = tenths;
    EXPECT_EQ(exposure.word(), word) << tenths;
  }
}

}  // namespace
}  // namespace cellblock
