// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/verdict.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <set>
#include <string>
#include <vector>

namespace cellblock {
namespace {

using enum VerdictClass;

constexpr ProcessEnd Exit(int code) { return {false, code}; }
constexpr ProcessEnd Signal(int signal) { return {true, signal}; }

// A run that was locked and let go its way.
Evidence Ran(ProcessEnd end, uint64_t failed_allocations = 0) {
  Evidence evidence;
  evidence.locked = true;
  evidence.failed_allocations = failed_allocations;
  evidence.end = end;
  return evidence;
}

// Every exit code and every signal that ends a process.
std::vector<ProcessEnd> Ends() {
  std::vector<ProcessEnd> ends;
  for (int code = 0; code <= 255; ++code) ends.push_back(Exit(code));
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    ends.push_back(Signal(signal));
  }
  return ends;
}

std::vector<Evidence> WholeTable() {
  std::vector<Evidence> table;
  for (const ProcessEnd& end : Ends()) {
    for (unsigned bits = 0; bits < 16; ++bits) {
      for (uint64_t failed : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
        Evidence evidence = Ran(end, failed);
        evidence.locked = bits & 1;
        evidence.timed_out = bits & 2;
        evidence.violated = bits & 4;
        evidence.confined = bits & 8;
        table.push_back(evidence);
      }
    }
  }
  return table;
}

std::string Show(const Evidence& e) {
  return std::string(e.end.signaled ? "signal " : "exit ") +
         std::to_string(e.end.code) + (e.locked ? " locked" : "") +
         (e.timed_out ? " timed_out" : "") + (e.violated ? " violated" : "") +
         (e.confined ? " confined" : "") + " failed " +
         std::to_string(e.failed_allocations);
}

void ExpectVerdict(const Evidence& evidence, VerdictClass verdict_class,
                   int exit_code, bool permanent,
                   bool killed_by_filter = false) {
  const Verdict verdict = Judge(evidence);
  EXPECT_STREQ(Name(verdict.verdict_class), Name(verdict_class))
      << Show(evidence);
  EXPECT_EQ(verdict.exit_code, exit_code) << Show(evidence);
  EXPECT_EQ(verdict.permanent, permanent) << Show(evidence);
  EXPECT_EQ(verdict.killed_by_filter, killed_by_filter) << Show(evidence);
}

TEST(VerdictTest, ExitCodeZeroIsClean) {
  ExpectVerdict(Ran(Exit(0)), kClean, 0, true);
}

TEST(VerdictTest, SurvivingAFailedAllocationIsClean) {
  ExpectVerdict(Ran(Exit(0), 1), kClean, 0, true);
  ExpectVerdict(Ran(Exit(0), ~uint64_t{0}), kClean, 0, true);
}

TEST(VerdictTest, WhatWasNotPassedOnIsNotClean) {
  Evidence evidence = Ran(Exit(0));
  evidence.output_lost = true;
  ExpectVerdict(evidence, kProgramError, 1, false);
  evidence = Ran(Exit(7));
  evidence.output_lost = true;
  ExpectVerdict(evidence, kProgramError, 7, true);
}

TEST(VerdictTest, OtherExitCodesAreTheProgramsOwn) {
  for (int code = 1; code <= 255; ++code) {
    ExpectVerdict(Ran(Exit(code)), kProgramError, code, true);
  }
}

TEST(VerdictTest, AFailedAllocationAndAnyOtherExitCodeIsExhaustion) {
  for (int code = 1; code <= 255; ++code) {
    ExpectVerdict(Ran(Exit(code), 1), kExhausted, 123, true);
  }
}

TEST(VerdictTest, AFailedAllocationAndAbortOrSegvIsExhaustion) {
  ExpectVerdict(Ran(Signal(SIGABRT), 1), kExhausted, 123, true);
  ExpectVerdict(Ran(Signal(SIGSEGV), 1), kExhausted, 123, true);
}

TEST(VerdictTest, NoOtherSignalIsExhaustion) {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (signal == SIGABRT || signal == SIGSEGV) continue;
    EXPECT_NE(Judge(Ran(Signal(signal), 9)).verdict_class, kExhausted);
  }
}

TEST(VerdictTest, FaultsOfTheProgramsOwnArePermanent) {
  for (int signal :
       {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGXFSZ}) {
    ExpectVerdict(Ran(Signal(signal)), kCrashed, 128 + signal, true);
  }
}

TEST(VerdictTest, SignalsFromOutsideAreNotPermanent) {
  for (int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE,
                     SIGALRM, SIGXCPU, SIGUSR1, SIGRTMIN}) {
    ExpectVerdict(Ran(Signal(signal)), kCrashed, 128 + signal, false);
    ExpectVerdict(Ran(Signal(signal), 5), kCrashed, 128 + signal, false);
  }
}

TEST(VerdictTest, SigsysOfAConfinedProcessIsAViolationByTheFilter) {
  ExpectVerdict(Ran(Signal(SIGSYS)), kViolation, 159, true, true);
  ExpectVerdict(Ran(Signal(SIGSYS), 3), kViolation, 159, true, true);
}

TEST(VerdictTest, SigsysOfAnUnconfinedProcessIsACrash) {
  Evidence evidence = Ran(Signal(SIGSYS));
  evidence.confined = false;
  evidence.locked = false;
  ExpectVerdict(evidence, kCrashed, 159, false);
}

TEST(VerdictTest, TooMuchOutputBeatsAllButATimeoutAndAViolation) {
  for (Evidence evidence : WholeTable()) {
    evidence.wrote_too_much = true;
    if (evidence.timed_out || evidence.violated) continue;
    ExpectVerdict(evidence, kOutputLimit, 124, true);
  }
  EXPECT_STREQ(Name(kOutputLimit), "output_limit");
}

TEST(VerdictTest, ATimeoutBeatsEverything) {
  for (Evidence evidence : WholeTable()) {
    evidence.timed_out = true;
    ExpectVerdict(evidence, kTimeout, 124, false);
  }
}

TEST(VerdictTest, AViolationBeatsAllButATimeout) {
  for (Evidence evidence : WholeTable()) {
    evidence.timed_out = false;
    evidence.violated = true;
    ExpectVerdict(evidence, kViolation, 159, true);
  }
}

TEST(VerdictTest, NeverLockedIsNeverJudgedByItsEnd) {
  for (Evidence evidence : WholeTable()) {
    if (evidence.timed_out || evidence.violated) continue;
    evidence.confined = true;
    evidence.locked = false;
    ExpectVerdict(evidence, kSetupFailed, 125, true);
  }
}

TEST(VerdictTest, UnconfinedRunsAreJudgedByTheirEndAlone) {
  for (const ProcessEnd& end : Ends()) {
    if (end.signaled && end.code == SIGSYS) continue;
    Evidence unconfined = Ran(end, 2);
    unconfined.confined = false;
    unconfined.locked = false;
    const Verdict confined = Judge(Ran(end, 2));
    ExpectVerdict(unconfined, confined.verdict_class, confined.exit_code,
                  confined.permanent);
  }
}

// --cpu=4, ended by `signal` after `used` microseconds.
Evidence Used(int signal, uint64_t used) {
  Evidence evidence = Ran(Signal(signal));
  evidence.cpu_limit = {.signal_after = 4000000, .kill_after = 5000000};
  evidence.cpu_used = used;
  return evidence;
}

TEST(VerdictTest, TheKernelsEndForCpuTimeIsATimeout) {
  for (const Evidence& evidence :
       {Used(SIGXCPU, 4000000), Used(SIGXCPU, 2000000), Used(SIGXCPU, ~0ull),
        Used(SIGKILL, 5000000), Used(SIGKILL, 3750000)}) {
    ExpectVerdict(evidence, kTimeout, 124, false);
    EXPECT_TRUE(Judge(evidence).by_cpu_limit);
  }
}

// Anybody may send the signal; only the kernel counts the time.
TEST(VerdictTest, ASignalBeforeTheCpuLimitIsNoTimeout) {
  for (const Evidence& evidence :
       {Used(SIGXCPU, 0), Used(SIGXCPU, 1900000), Used(SIGKILL, 3700000)}) {
    ExpectVerdict(evidence, kCrashed, 128 + evidence.end.code, false);
    EXPECT_FALSE(Judge(evidence).by_cpu_limit);
  }
}

TEST(VerdictTest, OnlyTheTwoSignalsAreTheCpuLimits) {
  for (const ProcessEnd& end : Ends()) {
    Evidence evidence = Used(SIGXCPU, 9000000);
    evidence.end = end;
    const bool limit =
        end.signaled && (end.code == SIGXCPU || end.code == SIGKILL);
    EXPECT_EQ(Judge(evidence).by_cpu_limit, limit) << Show(evidence);
    evidence.cpu_limit = {};
    EXPECT_FALSE(Judge(evidence).by_cpu_limit) << Show(evidence);
  }
}

TEST(VerdictTest, TheCpuLimitIsJudgedBehindWhatTheSupervisorDid) {
  Evidence evidence = Used(SIGKILL, 9000000);
  evidence.violated = true;
  ExpectVerdict(evidence, kViolation, 159, true);
  evidence.timed_out = true;
  ExpectVerdict(evidence, kTimeout, 124, false);
  EXPECT_FALSE(Judge(evidence).by_cpu_limit);
}

TEST(VerdictTest, TheCpuLimitCountsBeforeTheLockToo) {
  Evidence evidence = Used(SIGXCPU, 4000000);
  evidence.locked = false;
  ExpectVerdict(evidence, kTimeout, 124, false);
}

// The rule of the exit codes, over everything that evidence can say.
TEST(VerdictTest, ClassAndExitCodeSayTheSame) {
  for (const Evidence& evidence : WholeTable()) {
    const Verdict verdict = Judge(evidence);
    switch (verdict.verdict_class) {
      case kClean:
        EXPECT_EQ(verdict.exit_code, 0) << Show(evidence);
        break;
      case kProgramError:
        EXPECT_EQ(verdict.exit_code, evidence.end.code) << Show(evidence);
        EXPECT_EQ(evidence.failed_allocations, 0u) << Show(evidence);
        break;
      case kExhausted:
        EXPECT_EQ(verdict.exit_code, 123) << Show(evidence);
        EXPECT_GT(evidence.failed_allocations, 0u) << Show(evidence);
        break;
      case kTimeout:
        EXPECT_EQ(verdict.exit_code, 124) << Show(evidence);
        break;
      case kOutputLimit:
        EXPECT_EQ(verdict.exit_code, 124) << Show(evidence);
        EXPECT_TRUE(evidence.wrote_too_much) << Show(evidence);
        break;
      case kSetupFailed:
        EXPECT_EQ(verdict.exit_code, 125) << Show(evidence);
        break;
      case kViolation:
        EXPECT_EQ(verdict.exit_code, 159) << Show(evidence);
        break;
      case kCrashed:
        EXPECT_TRUE(evidence.end.signaled) << Show(evidence);
        EXPECT_EQ(verdict.exit_code, 128 + evidence.end.code) << Show(evidence);
        break;
    }
    const bool zero = verdict.exit_code == 0;
    EXPECT_EQ(zero, verdict.verdict_class == kClean) << Show(evidence);
  }
}

TEST(VerdictTest, SaysNothingGoodBeforeItIsJudged) {
  const Verdict verdict;
  EXPECT_EQ(verdict.verdict_class, kSetupFailed);
  EXPECT_EQ(verdict.exit_code, 125);
  EXPECT_EQ(Judge(Evidence()).verdict_class, kSetupFailed);
}

TEST(VerdictTest, EveryClassHasItsNameOfTheReport) {
  EXPECT_STREQ(Name(kClean), "clean");
  EXPECT_STREQ(Name(kProgramError), "program_error");
  EXPECT_STREQ(Name(kExhausted), "exhausted");
  EXPECT_STREQ(Name(kViolation), "violation");
  EXPECT_STREQ(Name(kTimeout), "timeout");
  EXPECT_STREQ(Name(kCrashed), "crashed");
  EXPECT_STREQ(Name(kSetupFailed), "setup_failed");
  EXPECT_STREQ(Name(static_cast<VerdictClass>(8)), "unknown");
}

TEST(VerdictTest, ExitCodesAreTheDocumentedNumbers) {
  EXPECT_EQ(static_cast<int>(ExitCode::kExhausted), 123);
  EXPECT_EQ(static_cast<int>(ExitCode::kTimeout), 124);
  EXPECT_EQ(static_cast<int>(ExitCode::kSetupFailed), 125);
  EXPECT_EQ(static_cast<int>(ExitCode::kNotExecutable), 126);
  EXPECT_EQ(static_cast<int>(ExitCode::kNotFound), 127);
  EXPECT_EQ(static_cast<int>(ExitCode::kSignalBase), 128);
  EXPECT_EQ(static_cast<int>(ExitCode::kViolation), 128 + SIGSYS);
}

}  // namespace
}  // namespace cellblock
