// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every instruction of every preset's filter, changed by itself in every way
// of a list: whatever is still proved behaves as before on every probe.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "jail/evaluator.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/mutations.h"
#include "tests/jail/probes.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

struct Count {
  size_t refused = 0;
  size_t equivalent = 0;
};

class FilterMutationTest : public testing::TestWithParam<size_t> {
 protected:
  // Requires that `mutant` is refused or does on every probe what it did.
  void Try(const Program& mutant, size_t at) {
    if (ProveFilter(preset_, Supervised(kPid), mutant)) {
      ++count_.refused;
      return;
    }
    ++count_.equivalent;
    for (size_t i = 0; i < calls_.size(); ++i) {
      ASSERT_EQ(Evaluate(mutant, calls_[i]), answers_[i])
          << "instruction " << at << " is now {0x" << std::hex
          << mutant[at].code << ", " << std::dec << int{mutant[at].jt} << ", "
          << int{mutant[at].jf} << ", 0x" << std::hex << mutant[at].k
          << "} and still proved; call " << std::dec << calls_[i].nr;
    }
  }

  void SetUp() override {
    for (const seccomp_data& call : calls_) {
      answers_.push_back(Evaluate(program_, call).value());
    }
  }

  void TearDown() override {
    printf("%s: %zu refused, %zu equivalent, %zu probes\n", preset_.name(),
           count_.refused, count_.equivalent, calls_.size());
  }

  const Policy& preset_ = AllPresets()[GetParam()];
  const Program program_ = PresetFilter(preset_, kPid);
  const std::vector<seccomp_data> calls_ = ProbeCalls(preset_, kPid);
  std::vector<uint32_t> answers_;
  Count count_;
};

TEST_P(FilterMutationTest, NoChangedInstructionIsProvedIfItChangesAnything) {
  ASSERT_FALSE(ProveFilter(preset_, Supervised(kPid), program_).has_value());
  Program mutant = program_;
  for (size_t at = 0; at < program_.size(); ++at) {
    for (const sock_filter& changed : Changes(program_[at])) {
      mutant[at] = changed;
      Try(mutant, at);
      if (HasFatalFailure()) return;
    }
    mutant[at] = program_[at];
  }
  // Most changes matter: a proof that accepts freely would show here.
  EXPECT_GT(count_.refused, 9 * count_.equivalent);
}

TEST_P(FilterMutationTest, NoMissingOrDoubledInstructionIsProvedIfItMatters) {
  for (size_t at = 0; at < program_.size(); ++at) {
    const auto place = static_cast<ptrdiff_t>(at);
    Program without = program_;
    without.erase(without.begin() + place);
    if (at < without.size()) Try(without, at);
    Program doubled = program_;
    doubled.insert(doubled.begin() + place, program_[at]);
    Try(doubled, at);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(count_.refused, count_.equivalent);
}

TEST_P(FilterMutationTest, NoSeveralChangesAreProvedIfTheyChangeAnything) {
  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 20'000; ++i) {
    Program mutant = program_;
    size_t at = 0;
    for (uint64_t left = 2 + random() % 3; left > 0; --left) {
      at = random() % mutant.size();
      const std::vector<sock_filter> changes = Changes(mutant[at]);
      mutant[at] = changes[random() % changes.size()];
    }
    Try(mutant, at);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(count_.refused, count_.equivalent);
}

INSTANTIATE_TEST_SUITE_P(Presets, FilterMutationTest,
                         testing::Range(size_t{0}, AllPresets().size()),
                         [](const testing::TestParamInfo<size_t>& tested) {
                           return TestNameOf(AllPresets()[tested.param]);
                         });

}  // namespace
}  // namespace cellblock
