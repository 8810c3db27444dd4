// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/outcome.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "tests/tools/run_records.h"

namespace cellblock {
namespace {

void ExpectSame(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.verdict_class, b.verdict_class);
  EXPECT_EQ(a.permanent, b.permanent);
  EXPECT_EQ(a.exit_code, b.exit_code);
  EXPECT_EQ(a.program_exit_code, b.program_exit_code);
  EXPECT_EQ(a.signal, b.signal);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.pool_bytes, b.pool_bytes);
  EXPECT_EQ(a.pool_peak_bytes, b.pool_peak_bytes);
  EXPECT_EQ(a.suggested_pool_bytes, b.suggested_pool_bytes);
  EXPECT_EQ(a.wall_us, b.wall_us);
  EXPECT_EQ(a.cpu_us, b.cpu_us);
  EXPECT_EQ(a.started_by, b.started_by);
  EXPECT_EQ(a.why_no_template, b.why_no_template);
  EXPECT_EQ(a.setup_fault, b.setup_fault);
}

TEST(OutcomeTest, OfAProgramThatEndedByItself) {
  const Outcome outcome = OutcomeOf(Exited(7));
  EXPECT_EQ(outcome.verdict_class, VerdictClass::kProgramError);
  EXPECT_EQ(outcome.program_exit_code, 7);
  EXPECT_FALSE(outcome.signal);
  EXPECT_EQ(outcome.pool_peak_bytes, kMiB);
  EXPECT_EQ(outcome.suggested_pool_bytes, 2 * kMiB);
  EXPECT_EQ(outcome.wall_us, 12345);
  EXPECT_EQ(outcome.cpu_us, 12000);
  EXPECT_EQ(outcome.started_by, StartedBy::kExec);
}

TEST(OutcomeTest, OfOneThatASignalEnded) {
  const Outcome outcome = OutcomeOf(Signaled(SIGSEGV));
  EXPECT_EQ(outcome.verdict_class, VerdictClass::kCrashed);
  EXPECT_FALSE(outcome.program_exit_code);
  EXPECT_EQ(outcome.signal, SIGSEGV);
}

TEST(OutcomeTest, OfWhatNeverBegan) {
  RunRecord record;
  record.verdict = {.verdict_class = VerdictClass::kSetupFailed,
                    .exit_code = 127,
                    .permanent = true};
  record.reason = "nothing is there";
  const Outcome outcome = OutcomeOf(record);
  EXPECT_FALSE(outcome.program_exit_code);
  EXPECT_FALSE(outcome.signal);
  EXPECT_EQ(outcome.reason, "nothing is there");
  EXPECT_EQ(outcome.exit_code, 127);
}

TEST(OutcomeTest, OfAViolationTheCallIsTheReason) {
  RunRecord record = Signaled(SIGKILL);
  record.violation.emplace();
  record.violation->text = "socket(2, 1, 0)";
  EXPECT_EQ(OutcomeOf(record).reason, "socket(2, 1, 0)");
}

TEST(OutcomeTest, ItsTextIsReadBack) {
  Outcome outcome = OutcomeOf(Exited(0));
  ExpectSame(ReadOutcome(OutcomeText(outcome)).value(), outcome);
  outcome = OutcomeOf(Signaled(SIGXCPU));
  outcome.reason = "a \"quoted\"\nreason";
  outcome.started_by = StartedBy::kTemplate;
  outcome.why_no_template = "it starts threads";
  outcome.setup_fault = SetupFault::kWords;
  ExpectSame(ReadOutcome(OutcomeText(outcome)).value(), outcome);
  outcome.reason = "not UTF-8: \xff";
  EXPECT_EQ(ReadOutcome(OutcomeText(outcome))->reason,
            "not UTF-8: \xEF\xBF\xBD");
}

TEST(OutcomeTest, CutOffItIsNone) {
  const std::string text = OutcomeText(OutcomeOf(Exited(0)));
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(ReadOutcome(text.substr(0, length))) << length;
  }
  EXPECT_FALSE(ReadOutcome("[\"good\"]"));
}

}  // namespace
}  // namespace cellblock
