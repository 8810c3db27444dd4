// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/speculation.h"

#include <errno.h>
#include <gtest/gtest.h>

namespace cellblock {
namespace {

void Expect(int control, int error, SpeculationState state, int told) {
  const SpeculationResult result = ReadSpeculation(control, error);
  EXPECT_EQ(result.state, state) << control << " " << error;
  EXPECT_EQ(result.error, told) << control << " " << error;
}

TEST(SpeculationTest, WhatIsOffIsRestrictedWhoeverTurnedItOff) {
  for (const int error : {0, ENXIO, EPERM}) {
    for (const int off : {PR_SPEC_DISABLE, PR_SPEC_FORCE_DISABLE}) {
      Expect(off, error, SpeculationState::kRestricted, 0);
      Expect(off | PR_SPEC_PRCTL, error, SpeculationState::kRestricted, 0);
    }
  }
}

TEST(SpeculationTest, AProcessorThatIsNotAffectedNeedsNothing) {
  for (const int error : {0, ENXIO, EPERM}) {
    Expect(PR_SPEC_NOT_AFFECTED, error, SpeculationState::kUnaffected, 0);
  }
}

// It comes back with the next execve, which is none of a jail's, but the
// program is executed after this.
TEST(SpeculationTest, OffUntilTheNextExecutionIsNotOff) {
  Expect(PR_SPEC_DISABLE_NOEXEC | PR_SPEC_PRCTL, 0, SpeculationState::kAllowed,
         0);
}

TEST(SpeculationTest, WhatGoesOnIsToldWithItsErrno) {
  for (const int error : {ENXIO, EPERM, ENODEV, EINVAL}) {
    Expect(PR_SPEC_ENABLE, error, SpeculationState::kAllowed, error);
    Expect(PR_SPEC_ENABLE | PR_SPEC_PRCTL, error, SpeculationState::kAllowed,
           error);
    Expect(-1, error, SpeculationState::kAllowed, error);
  }
}

TEST(SpeculationTest, AgreeingAndDoingNothingIsNotBelieved) {
  Expect(PR_SPEC_ENABLE | PR_SPEC_PRCTL, 0, SpeculationState::kAllowed, 0);
  Expect(-1, 0, SpeculationState::kAllowed, 0);
}

}  // namespace
}  // namespace cellblock
