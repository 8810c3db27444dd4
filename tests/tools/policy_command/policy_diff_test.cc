// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/policy_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <set>
#include <string>

#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"
#include "tests/tools/policy_command/random_policies.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PolicyDiff, OfAPolicyAndItselfIsEmpty) {
  for (const Policy& preset : AllPresets()) {
    EXPECT_THAT(DifferingCalls(preset, preset), IsEmpty());
  }
}

TEST(PolicyDiff, NamesWhatAnAllowanceChanges) {
  PolicyBuilder builder(StrictPreset());
  ASSERT_EQ(builder.Allow("read:5"), "");
  ASSERT_EQ(builder.Allow("getpid"), "");
  EXPECT_THAT(DifferingCalls(StrictPreset(), builder.policy()),
              ElementsAre(SYS_read, SYS_getpid));
}

// Reasons, rows that never have their turn, and rows that say what the last one
// says make no difference.
TEST(PolicyDiff, SeesThroughRowsThatChangeNothing) {
  const Rule plain[] = {{SYS_read, Action::kAllow, 0, {}, 0, "a"},
                        {SYS_kill, Action::kAllow, 0, {{0, kLow32, 1}}, 1, "a"},
                        {SYS_kill, Action::kRefuse, 1, {}, 0, "a"},
                        {SYS_getpid, Action::kViolation, 0, {}, 0, "a"}};
  const Rule wordy[] = {
      {SYS_read, Action::kAllow, 0, {{0, kLow32, 5}}, 1, "b"},
      {SYS_read, Action::kAllow, 0, {}, 0, "b"},
      {SYS_kill, Action::kAllow, 0, {{0, kLow32, 1}}, 1, "b"},
      {SYS_kill, Action::kRefuse, 2, {{0, kLow32, 1}}, 1, "b"},
      {SYS_kill, Action::kRefuse, 1, {}, 0, "b"}};
  EXPECT_THAT(DifferingCalls(Policy("a", plain), Policy("b", wordy)),
              IsEmpty());
}

TEST(PolicyDiff, TellsErrnosApart) {
  const Rule one[] = {{SYS_read, Action::kRefuse, 1, {}, 0, "a"}};
  const Rule two[] = {{SYS_read, Action::kRefuse, 2, {}, 0, "a"}};
  EXPECT_THAT(DifferingCalls(Policy("a", one), Policy("b", two)),
              ElementsAre(SYS_read));
}

// No probe tells two policies apart at a call that is not named.
TEST(PolicyDiff, MissesNothing) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    const auto presets = AllPresets();
    PolicyBuilder a(presets[random() % presets.size()]);
    PolicyBuilder b(presets[random() % presets.size()]);
    for (int i = 0; i < 6; ++i) {
      (void)a.Allow(RandomAllowance(&random)).empty();
      (void)b.Allow(RandomAllowance(&random)).empty();
    }
    const auto differing = DifferingCalls(a.policy(), b.policy());
    const std::set<uint32_t> named(differing.begin(), differing.end());
    for (const SyscallInfo& info : AllSyscalls()) {
      if (named.contains(info.number)) continue;
      for (const Args& args : ProbeArgs(a.policy(), info.number, kPid)) {
        SyscallRequest request = {info.number, {}};
        std::copy(args.begin(), args.end(), request.args);
        const Decision x = a.policy().Decide(request, kPid);
        const Decision y = b.policy().Decide(request, kPid);
        ASSERT_TRUE(x.action == y.action && x.error == y.error) << info.name;
      }
    }
  }
}

}  // namespace
}  // namespace cellblock
