// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/progress.h"

#include <gtest/gtest.h>

#include <string>

namespace cellblock {
namespace {

Progress Example() {
  Progress progress{.inputs = 200, .done_before = 10};
  for (int i = 0; i < 97; ++i) progress.tally.Add(VerdictClass::kClean);
  progress.tally.Add(VerdictClass::kTimeout);
  progress.tally.Add(VerdictClass::kViolation);
  progress.tally.Add(VerdictClass::kViolation);
  progress.elapsed = std::chrono::seconds(9);
  return progress;
}

TEST(ProgressTest, TheTallyNamesWhatThereIs) {
  EXPECT_EQ(Example().tally.Text(), "97 clean, 2 violation, 1 timeout");
  EXPECT_EQ(Example().tally.all(), 100u);
  EXPECT_EQ(Tally().Text(), "");
}

TEST(ProgressTest, TheTallyHasEachClass) {
  Tally tally;
  for (const VerdictClass verdict_class : kAllVerdictClasses) {
    tally.Add(verdict_class);
    EXPECT_NE(tally.Text().find(std::string("1 ") + Name(verdict_class)),
              std::string::npos);
  }
  EXPECT_EQ(tally.all(), std::size(kAllVerdictClasses));
}

TEST(ProgressTest, TheRateIsThatOfThisRun) {
  EXPECT_DOUBLE_EQ(Rate(Example()), 10);
  EXPECT_DOUBLE_EQ(Rate(Progress()), 0);
}

TEST(ProgressTest, TheLineHasBarRateAndTimeLeft) {
  EXPECT_EQ(ProgressLine(Example(), 80),
            "[####################....................] "
            "100/200  10/s  0:10 left  3 not clean");
}

TEST(ProgressTest, NoLineIsLongerThanItsTerminal) {
  for (size_t columns = 0; columns < 300; ++columns) {
    EXPECT_LE(ProgressLine(Example(), columns).size(), columns);
    EXPECT_LE(ProgressLine(Progress(), columns).size(), columns);
  }
}

TEST(ProgressTest, LongTimesAreInHours) {
  Progress progress{.inputs = 1000001};
  progress.tally.Add(VerdictClass::kClean);
  progress.elapsed = std::chrono::milliseconds(100);
  EXPECT_NE(ProgressLine(progress, 100).find("27:46:40 left"),
            std::string::npos)
      << ProgressLine(progress, 100);
}

}  // namespace
}  // namespace cellblock
