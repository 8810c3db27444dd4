// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The proof against changed policies: the filter of each preset is held against
// the same table with one row changed, left out, or more.

#include <errno.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

class ChangedPolicyTest : public testing::TestWithParam<size_t> {
 protected:
  const Policy& preset() const { return AllPresets()[GetParam()]; }

  bool Catches(const std::vector<Rule>& rules) const {
    return ProveFilter(Policy("changed", rules), Supervised(kPid), program_)
        .has_value();
  }

  // True iff the filter itself carries the action out.
  static bool InFilter(const Rule& rule) {
    return rule.action != Action::kRefuse && rule.action != Action::kViolation;
  }

  // How many of the preset's rows have an argument that decides.
  size_t Conditions() const {
    return static_cast<size_t>(
        std::count_if(rules_.begin(), rules_.end(), [](const Rule& rule) {
          return InFilter(rule) && rule.condition_count > 0;
        }));
  }

  std::vector<Rule> rules_{preset().rules().begin(), preset().rules().end()};
  std::vector<sock_filter> program_ = PresetFilter(preset(), kPid);
};

TEST_P(ChangedPolicyTest, EveryRowLeftOutIsCaughtIfTheFilterCarriesItOut) {
  ASSERT_FALSE(Catches(rules_));
  for (size_t i = 0; i < rules_.size(); ++i) {
    std::vector<Rule> without = rules_;
    without.erase(without.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_EQ(Catches(without), InFilter(rules_[i])) << rules_[i].syscall;
  }
}

TEST_P(ChangedPolicyTest, EveryChangedActionIsCaught) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    for (Action action : {Action::kAllow, Action::kErrno, Action::kTrap,
                          Action::kKill, Action::kViolation}) {
      std::vector<Rule> changed = rules_;
      changed[i].action = action;
      if (action == Action::kErrno) changed[i].error = EMULTIHOP;
      const bool visible =
          action != rules_[i].action &&
          (InFilter(rules_[i]) || action != Action::kViolation);
      // On socket, a second way to reach the supervisor changes nothing.
      EXPECT_EQ(Catches(changed), visible || (action == Action::kErrno))
          << rules_[i].syscall << " " << static_cast<int>(action);
    }
  }
}

TEST_P(ChangedPolicyTest, EveryChangedConditionIsCaught) {
  size_t tried = 0;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!InFilter(rules_[i])) continue;
    for (size_t c = 0; c < rules_[i].condition_count; ++c) {
      for (int bit = 0; bit < 64; ++bit) {
        const uint64_t flip = uint64_t{1} << bit;
        std::vector<Rule> changed = rules_;
        ArgCondition& condition = changed[i].conditions[c];
        if ((condition.mask & flip) != 0) {
          condition.value ^= flip;
          EXPECT_TRUE(Catches(changed)) << rules_[i].syscall << " " << bit;
          condition.value &= ~flip;
        }
        condition.mask ^= flip;
        EXPECT_TRUE(Catches(changed)) << rules_[i].syscall << " " << bit;
        ++tried;
      }
      std::vector<Rule> changed = rules_;
      changed[i].conditions[c].arg = (changed[i].conditions[c].arg + 1) % 6;
      EXPECT_TRUE(Catches(changed)) << rules_[i].syscall;
    }
  }
  EXPECT_GE(tried, 64u * Conditions());
}

TEST_P(ChangedPolicyTest, EveryRowMoreIsCaughtIfTheFilterHasToCarryItOut) {
  for (uint32_t number = 0; number < 1024; ++number) {
    if (!preset().RulesFor(number).empty()) continue;
    for (Action action : {Action::kAllow, Action::kErrno, Action::kTrap,
                          Action::kKill, Action::kViolation}) {
      std::vector<Rule> more = rules_;
      more.push_back({number, action, 0, {}, 0, "one more"});
      EXPECT_EQ(Catches(more), action != Action::kViolation) << number;
    }
  }
}

TEST_P(ChangedPolicyTest, AnUnboundPidIsCaught) {
  const bool names_pid =
      std::any_of(rules_.begin(), rules_.end(), [](const Rule& rule) {
        return rule.condition_count > 0 && rule.conditions[0].value == kOwnPid;
      });
  const auto failure =
      ProveFilter(preset(), Supervised(kPid), PresetFilter(preset(), kOwnPid));
  ASSERT_EQ(failure.has_value(), names_pid);
  if (names_pid) {
    EXPECT_STREQ(failure->what, "gives another answer than the policy");
  }
}

// A filter that tells another than the one who listens.
TEST_P(ChangedPolicyTest, EveryWrongAddresseeIsCaught) {
  constexpr Notify kAll[] = {Notify::kNobody, Notify::kHandler,
                             Notify::kSupervisor, Notify::kOuter};
  for (const Notify bound : kAll) {
    const std::vector<sock_filter> program =
        PresetFilter(preset(), {kPid, bound});
    for (const Notify claimed : kAll) {
      EXPECT_EQ(ProveFilter(preset(), {kPid, claimed}, program).has_value(),
                claimed != bound);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, ChangedPolicyTest,
                         testing::Range(size_t{0}, AllPresets().size()),
                         [](const testing::TestParamInfo<size_t>& tested) {
                           return TestNameOf(AllPresets()[tested.param]);
                         });

}  // namespace
}  // namespace cellblock
