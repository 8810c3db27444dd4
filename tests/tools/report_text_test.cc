// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/report_text.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/tools/run_records.h"

namespace cellblock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string TextAlways(RunRecord record) {
  record.options.report = ReportWhen::kAlways;
  return TextReport(record);
}

// Every line has the prefix, and no byte moves a terminal.
void ExpectPresentable(const std::string& text) {
  if (text.empty()) return;
  EXPECT_EQ(text.back(), '\n');
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    EXPECT_TRUE(line.starts_with("jailrun: ")) << line;
    for (const char c : line) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << line;
    }
    begin = end + 1;
  }
}

// The report in words: what each class says.

TEST(TextReportTest, CleanRunIsSilent) { EXPECT_EQ(TextReport(Exited(0)), ""); }

TEST(TextReportTest, ProgramsOwnErrorIsSilent) {
  for (const int code : {1, 3, 125, 159, 255}) {
    EXPECT_EQ(TextReport(Exited(code)), "");
  }
}

TEST(TextReportTest, WhatWasEndedFromOutsideSaysNothing) {
  EXPECT_EQ(TextReport(Signaled(SIGPIPE)), "");
  RunRecord record = Signaled(SIGTERM);
  EXPECT_NE(TextReport(record), "");
  record.ended_by_user = true;
  EXPECT_EQ(TextReport(record), "");
  record.options.report = ReportWhen::kAlways;
  EXPECT_THAT(TextReport(record), HasSubstr("ended by signal 15"));
}

TEST(TextReportTest, CountsThatAreBehindSaySo) {
  EXPECT_THAT(TextAlways(Exited(0)), HasSubstr(", 100 allocations"));
  EXPECT_THAT(TextAlways(Signaled(SIGSEGV)),
              HasSubstr(", at least 100 allocations"));
  RunRecord record = Exited(0);
  record.heap.allocations = 0;
  EXPECT_THAT(TextAlways(record), HasSubstr(", at least 0 allocations"));
}

TEST(TextReportTest, AnEngineReadsWhatJailrunExitsWith) {
  RunRecord record = Exited(3);
  record.options.exit_map = ExitMap::kEngine;
  EXPECT_THAT(TextAlways(record),
              HasSubstr("verdict: program_error, exit code 65 (to a shell 3)"));
  record = Exited(0);
  record.options.exit_map = ExitMap::kEngine;
  EXPECT_THAT(TextAlways(record), HasSubstr("verdict: clean, exit code 0\n"));
}

TEST(TextReportTest, ErrorAfterRefusedWritingGetsAHint) {
  RunRecord record = Exited(1);
  record.refused = {{kOpenat, EROFS, 2}, {kNoSuchCall, ENOSYS, 1}};
  EXPECT_EQ(TextReport(record),
            "jailrun:   note: openat was answered with EROFS 2 times; to write "
            "files, add --rw=PATH\n"
            "jailrun:   note: syscall_9999 was answered with ENOSYS once\n"
            "jailrun: verdict: program_error, exit code 1\n");
  record.refused = {{SYS_flock, EPERM, 1}};
  EXPECT_EQ(
      TextReport(record),
      "jailrun:   note: flock was answered with EPERM once; what may write "
      "files by --rw=PATH may lock them\n"
      "jailrun: verdict: program_error, exit code 1\n");
  record.refused = {{kOpenat, EROFS, 1, "/tmp/a\nb"}};
  EXPECT_EQ(TextReport(record),
            "jailrun:   note: openat was answered with EROFS once, first for "
            "$'/tmp/a\\x0ab'; to write files, add --rw=PATH\n"
            "jailrun: verdict: program_error, exit code 1\n");
  // A control character of two bytes, as a shell takes it; beside a letter.
  record.refused = {{kOpenat, EROFS, 1, "/\xc2\x9b/\xc2\xa9"}};
  EXPECT_THAT(TextReport(record),
              HasSubstr("first for $'/\\xc2\\x9b/\xc2\xa9'; to write"));
  // Only what an option or the lock itself explains is worth a report.
  record.refused = {{kOpenat, ENOSYS, 2}};
  EXPECT_EQ(TextReport(record), "");
  record.verdict.verdict_class = VerdictClass::kClean;
  record.refused = {{kOpenat, EROFS, 2}};
  EXPECT_EQ(TextReport(record), "");
}

TEST(TextReportTest, ACompilerAtRunTimeIsNamedWhereItMayBeWhy) {
  RunRecord record = Exited(1);
  record.counters.executable_refused = 2;
  record.counters.code_memory_refused = 2;
  // Found nothing, most likely.
  EXPECT_EQ(TextReport(record), "");
  EXPECT_THAT(TextAlways(record), HasSubstr("2 refusals; many do without"));
  record.program = "/usr/bin/luajit-2.1";
  EXPECT_THAT(TextReport(record), HasSubstr("add -joff to luajit"));
  record.options.command = {"luajit", "-joff"};
  EXPECT_THAT(TextReport(record), HasSubstr("2 refusals; many do without"));
  record.program = "/usr/bin/luajitter";
  record.options.command = {"luajitter"};
  record.counters = {};
  EXPECT_EQ(TextReport(record), "");
  record = Exited(3);
  record.counters.executable_refused = 1;
  record.counters.code_memory_refused = 1;
  EXPECT_THAT(TextReport(record), HasSubstr("got none: 1 refusal; many"));
  EXPECT_THAT(TextReport(record), Not(HasSubstr("to be loaded")));
}

TEST(TextReportTest, ErrorAfterRefusedLoadingOrThreadsGetsAHint) {
  RunRecord record = Exited(1);
  record.counters.executable_refused = 4;
  EXPECT_EQ(TextReport(record),
            "jailrun:   note: something was to be loaded after the lock (4 "
            "executable mappings refused)\n"
            "jailrun: verdict: program_error, exit code 1\n");
  record = Exited(1);
  record.starts_threads = true;
  record.threads = {.laid = 16, .most_in_use = 16, .refused = 2};
  EXPECT_EQ(
      TextReport(record),
      "jailrun:   note: 2 threads were refused with EAGAIN: all 16 stacks "
      "for them were in use; --threads=32 lays more\n"
      "jailrun: verdict: program_error, exit code 1\n");
}

TEST(TextReportTest, WhatCameTooLateIsNamedWithItsOption) {
  constexpr char kGconv[] = "/usr/lib/x86_64-linux-gnu/gconv/EUC-JP.so";
  RunRecord record = Exited(1);
  record.counters.executable_refused = 3;
  record.late_loads = 3;
  record.first_late_loads = {kGconv, "/opt/my lib\n.so",
                             "/memfd:jit (deleted)"};
  EXPECT_EQ(TextReport(record),
            std::string("jailrun: loaded after the lock: ") + kGconv +
                "; add --load=@gconv\n"
                "jailrun: loaded after the lock: $'/opt/my lib\\x0a.so'; add "
                "$'--load=/opt/my lib\\x0a.so'\n"
                "jailrun: loaded after the lock: '/memfd:jit (deleted)'; no "
                "option allows it, since it is no file that could be loaded "
                "before, or one that the program could have written\n"
                "jailrun: verdict: program_error, exit code 1\n");
  record.options.loads = {"@gconv"};
  EXPECT_THAT(TextReport(record), HasSubstr("EUC-JP.so, though --load=@gconv "
                                            "is given: it could not be"));
  record.first_late_loads.assign(LateLoads::kMostShown, "/x.so");
  record.late_loads = 99;
  EXPECT_THAT(TextReport(record),
              HasSubstr("and more; 99 mappings were refused in all"));
  record.first_late_loads.clear();
  EXPECT_THAT(TextReport(record), HasSubstr("libraries that could not be "
                                            "named (99 mappings refused)"));
  // A program that did without is not spoken of.
  record.verdict.verdict_class = VerdictClass::kClean;
  EXPECT_EQ(TextReport(record), "");
}

TEST(TextReportTest, WhatWasLoadedAndLearnedIsTold) {
  RunRecord record = Exited(0);
  EXPECT_THAT(TextAlways(record), Not(HasSubstr("loaded before")));
  record.options.loads = {"@perl"};
  record.loaded = {.loaded = 1};
  EXPECT_THAT(TextAlways(record),
              HasSubstr("jailrun: loaded before the lock: 1 library by "
                        "--load\n"));
  record.loaded = {.loaded = 2,
                   .passed_over = 1,
                   .first_passed_over = "/x.so",
                   .why_passed_over = "undefined symbol: y"};
  EXPECT_THAT(TextAlways(record),
              HasSubstr("2 libraries by --load, 1 passed over; the first: "
                        "/x.so: undefined symbol: y\n"));
  EXPECT_EQ(TextReport(record), "");
  record.loaded.learning_runs = 2;
  record.loaded.learned = {"--load=@perl", "--load=/a b.so"};
  record.loaded.not_trusted = {"/tmp/evil.so"};
  EXPECT_EQ(TextReport(record),
            "jailrun: --auto-load: learned in 2 runs: --load=@perl '--load=/a "
            "b.so'\n"
            "jailrun: --auto-load: /tmp/evil.so is not loaded, since others "
            "than root could have put it there; if you trust it, add "
            "--load=/tmp/evil.so\n");
  record.options.report = ReportWhen::kNever;
  EXPECT_EQ(TextReport(record), "");
}

TEST(TextReportTest, WhatAGroupWouldAllowIsNamed) {
  RunRecord record = Exited(1);
  record.refused = {{SYS_epoll_create1, ENOSYS, 1}};
  EXPECT_EQ(TextReport(record),
            "jailrun:   note: epoll_create1 was answered with ENOSYS once; "
            "--allow=@events allows it\n"
            "jailrun: verdict: program_error, exit code 1\n");
  // Nothing else would let this operation through.
  record.refused = {{SYS_futex, ENOSYS, 1}};
  EXPECT_EQ(TextReport(record), "");
}

// What unpacks an archive sets modes and times, and fails.
TEST(TextReportTest, WhatAllowsAChangeOfModesIsNamedWithItsCost) {
  RunRecord record = Exited(2);
  record.refused = {{SYS_fchmodat, EPERM, 3},
                    {SYS_sched_setscheduler, EPERM, 1}};
  EXPECT_EQ(
      TextReport(record),
      "jailrun:   note: fchmodat was answered with EPERM 3 times; "
      "--allow=unsafe:fchmodat allows it: it can change the modes, owners "
      "and times of its user's files\n"
      "jailrun:   note: sched_setscheduler was answered with EPERM once\n"
      "jailrun: verdict: program_error, exit code 2\n");
  // Of no interest where nothing failed, and no reason to fail by itself.
  record.refused = {{SYS_sched_setscheduler, EPERM, 1}};
  EXPECT_EQ(TextReport(record), "");
}

TEST(TextReportTest, RefusedThreadsAreToldWhatWouldGiveThemAStack) {
  RunRecord record = Exited(1);
  const auto hint = [&record] {
    constexpr std::string_view kStart =
        "jailrun:   note: 1 thread was refused with EAGAIN: ";
    const std::string text = TextReport(record);
    EXPECT_TRUE(text.starts_with(kStart)) << text;
    return text.substr(kStart.size(), text.find('\n') - kStart.size());
  };
  record.threads = {.laid = 0, .refused = 1};
  EXPECT_EQ(hint(), "preset decoder starts none; decoder does");
  record.options.threads = 0;
  EXPECT_EQ(hint(), "--threads=0 has none");
  record.options.threads.reset();
  record.starts_threads = true;
  EXPECT_EQ(hint(),
            "no stacks were laid, since nothing that was loaded has a symbol "
            "that starts threads; --threads=16 lays them");
  record.threads.laid = 16;
  record.threads.refused_bytes = (2 << 20) + 1;
  EXPECT_EQ(hint(),
            "one asked for a stack of 2 MiB (2097153); --thread-stack=2112K "
            "lays such");
  record.threads.refused_bytes = uint64_t{1} << 40;
  EXPECT_EQ(hint(), "one asked for a stack of 1 TiB (1099511627776)");
  record.threads.refused_bytes = 0;
  record.options.threads = kMostThreads;
  EXPECT_EQ(hint(), "all 16 stacks for them were in use");
}

TEST(TextReportTest, RefusedReservationNamesTheReserveThatHasRoom) {
  RunRecord record = Exited(1);
  record.counters.refused_reservation = (uint64_t{1} << 30) + 1;
  EXPECT_THAT(
      TextReport(record),
      HasSubstr("a mapping without access, of 1 GiB (1073741825), found "
                "no room; --reserve=1025M gives it some"));
  record.reserve_peak_bytes = uint64_t{1} << 30;
  EXPECT_THAT(TextReport(record), HasSubstr("; --reserve=2049M gives"));
  record.counters.refused_reservation = uint64_t{1} << 46;
  EXPECT_THAT(TextReport(record), Not(HasSubstr("--reserve")));
}

TEST(TextReportTest, ExhaustionSaysWhatWasAskedAndWhatIsEnough) {
  RunRecord record = Exhausted({.signaled = false, .code = 1});
  record.suggested_pool_bytes = 1800 * kMiB;
  EXPECT_EQ(
      TextReport(record),
      "jailrun: the pool is exhausted: asked 1.5 GiB (1610612736), alignment "
      "16\n"
      "jailrun:   in use 1 MiB (1048576), peak 2 MiB (2097152), largest free "
      "100 MiB (104857600), short by 1.4 GiB (1505755136)\n"
      "jailrun:   asked by the main thread (12, 'prog'), refusal 3 of 3\n"
      "jailrun:   at Grow() (src/grow.cc:7), /usr/bin/prog+0x123\n"
      "jailrun:   as far as seen, --pool=1800M would have been enough\n"
      "jailrun:   the program then exited with 1\n"
      "jailrun: verdict: exhausted, exit code 123\n");
  record = Exhausted({.signaled = true, .code = SIGABRT});
  record.suggested_pool_bytes = 0;
  EXPECT_THAT(TextReport(record),
              HasSubstr("jailrun:   no pool is large enough for that\n"
                        "jailrun:   the program was then ended by signal 6 "
                        "(Aborted)\n"));
}

TEST(TextReportTest, ExhaustionThatNobodySawSaysWhy) {
  EXPECT_THAT(TextReport(ExhaustedUnseen()),
              HasSubstr("short by 1.4 GiB (1505755136)\n"
                        "jailrun:   who asked is not known: nobody looked\n"
                        "jailrun:   as far as seen,"));
}

TEST(TextReportTest, ExhaustionSaysIfAnEarlierOneWasSeen) {
  RunRecord record = Exhausted({.signaled = false, .code = 1});
  record.heap.exhausted = 900;
  record.refused_allocation.number = 896;
  record.refused_allocation.asked = 2048;
  record.refused_allocation.scene.missing = "the callers";
  EXPECT_THAT(
      TextReport(record),
      HasSubstr("jailrun:   asked by the main thread (12, 'prog'), refusal 896 "
                "of 900; an earlier one, of 2 KiB (2048), alignment 16\n"
                "jailrun:   at Grow() (src/grow.cc:7), /usr/bin/prog+0x123\n"
                "jailrun:   not known: the callers\n"));
}

TEST(TextReportTest, ViolationNamesTheCallTheReasonAndTheOption) {
  EXPECT_EQ(TextReport(Violated()),
            "jailrun: forbidden call: socket(2, 1, 0)\n"
            "jailrun:   it opens a channel to other processes or hosts (called "
            "from 0x7f0123456789)\n"
            "jailrun:   if the program may do that, add --allow=socket\n"
            "jailrun: verdict: violation, exit code 159\n");
}

TEST(TextReportTest, ViolationThatWasSeenSaysWhereAndWhatItCosts) {
  EXPECT_EQ(TextReport(Seen()),
            "jailrun: forbidden call: socket(AF_INET, SOCK_STREAM, 0)\n"
            "jailrun:   it opens a channel to other processes or hosts (called "
            "from 0x7f0123456789)\n"
            "jailrun:   at socket, /usr/lib/libc.so.6+0x789\n"
            "jailrun:   by ? Fetch() (src/fetch.cc:12), /usr/bin/prog+0x123\n"
            "jailrun:   (? found by searching the stack, so perhaps wrong)\n"
            "jailrun:   not known: the rest\n"
            "jailrun:   after main began, in another thread (42, 'worker'); "
            "pool in use 32 bytes, peak 1 MiB\n"
            "jailrun:   if the program may do that, add --allow=socket: it can "
            "send whatever it read to any host\n"
            "jailrun: verdict: violation, exit code 159\n");
}

TEST(TextReportTest, PlaceWithoutALineNamesItsFileAlone) {
  RunRecord record = Seen();
  record.violation->scene.backtrace[1].line = 0;
  EXPECT_THAT(TextReport(record),
              HasSubstr("by ? Fetch() (src/fetch.cc), /usr/bin/prog+0x123\n"));
}

TEST(TextReportTest, LongBacktraceIsCutOff) {
  RunRecord record = Seen();
  std::vector<CodePlace>& places = record.violation->scene.backtrace;
  places.assign(64, {.address = 0x1234});
  const std::string text = TextReport(record);
  EXPECT_THAT(text, HasSubstr("jailrun:   by 0x1234\n"
                              "jailrun:   by 48 callers more\n"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 25);
}

TEST(TextReportTest, ViolationWithoutAnAddressHasNone) {
  EXPECT_EQ(TextReport(KilledByFilter()),
            "jailrun: forbidden call: a call through another ABI\n"
            "jailrun:   it is killed by the filter at once\n"
            "jailrun:   no option allows it\n"
            "jailrun: verdict: violation, exit code 159\n");
}

TEST(TextReportTest, TimeoutSaysWhen) {
  EXPECT_EQ(TextReport(TimedOut()),
            "jailrun: the time limit has passed; the program was killed after "
            "12.35 ms\n"
            "jailrun: verdict: timeout, exit code 124\n");
}

TEST(TextReportTest, CrashNamesTheSignal) {
  EXPECT_EQ(TextReport(Signaled(SIGSEGV)),
            "jailrun: the program was ended by signal 11 (Segmentation fault)\n"
            "jailrun: verdict: crashed, exit code 139\n");
  EXPECT_EQ(TextReport(Signaled(SIGKILL)),
            "jailrun: the program was ended by signal 9 (Killed): killed from "
            "outside, perhaps by the kernel's memory limit\n"
            "jailrun: verdict: crashed, exit code 137\n");
  for (int signal = 1; signal <= 64; ++signal) {
    const std::string text = TextAlways(Signaled(signal));
    EXPECT_THAT(text, Not(IsEmpty()));
    ExpectPresentable(text);
  }
}

TEST(TextReportTest, SetupFailureIsTheReasonAndTheAdvice) {
  EXPECT_EQ(TextReport(NotSetUp()),
            "jailrun: 'prog' is statically linked\n"
            "jailrun:   link it dynamically\n"
            "jailrun: verdict: setup_failed, exit code 125\n");
  RunRecord record = NotSetUp();
  record.advice.clear();
  EXPECT_EQ(TextReport(record),
            "jailrun: 'prog' is statically linked\n"
            "jailrun: verdict: setup_failed, exit code 125\n");
}

TEST(TextReportTest, DryRunSaysWhatWouldBeDone) {
  RunRecord record = DryRun();
  EXPECT_EQ(TextReport(record),
            "jailrun: dry run: nothing was started\n"
            "jailrun: program: /usr/bin/prog\n"
            "jailrun: pool: 256M (the default)\n"
            "jailrun: threads: none can start: preset decoder has none\n"
            "jailrun: preset: decoder, 205 instructions, proved equal to its "
            "table\n");
  record.options.pool_bytes = 200 * kMiB;
  EXPECT_THAT(TextReport(record), HasSubstr("jailrun: pool: 200M\n"));
  record.options.reserve_bytes = 64 * kMiB;
  record.starts_threads = true;
  record.thread_starter = "/usr/lib/libx.so";
  record.script = "./x";
  record.interpreters = {"/bin/sh"};
  for (const char* line :
       {"jailrun: script: './x' is a script, and '/bin/sh' runs it\n",
        "jailrun: reserve: 64M of address space\n",
        "jailrun: threads: 16 stacks of 2M where something that is loaded "
        "starts threads; '/usr/lib/libx.so' does\n"}) {
    EXPECT_THAT(TextReport(record), HasSubstr(line));
  }
  record.thread_starter = "";
  EXPECT_THAT(TextReport(record),
              HasSubstr("starts threads; neither the program nor"));
  record.options.threads = 1;
  EXPECT_THAT(TextReport(record), HasSubstr("threads: 1 stack of 2M\n"));
  RunRecord failed = NotSetUp();
  failed.options.mode = Mode::kDryRun;
  EXPECT_EQ(TextReport(failed), TextReport(NotSetUp()));
}

TEST(TextReportTest, UnjailedRunSaysSoFirst) {
  RunRecord record = Exited(0);
  record.options.mode = Mode::kUnjailed;
  EXPECT_EQ(TextReport(record),
            "jailrun: NOT JAILED: the program ran on the pool without any "
            "lock\n"
            "jailrun: verdict: clean, exit code 0\n");
}

TEST(TextReportTest, TooMuchOutputSaysHowMuch) {
  EXPECT_EQ(TextReport(WroteTooMuch()),
            "jailrun: the limit on output has passed: 1 MiB (1048576) were "
            "passed on, and the program was killed\n"
            "jailrun:   --output-limit=SIZE allows more\n"
            "jailrun: verdict: output_limit, exit code 124\n");
}

// When there is one.

TEST(TextReportTest, AlwaysReportsEveryClass) {
  for (const RunRecord& record : OneOfEachClass()) {
    const std::string text = TextAlways(record);
    EXPECT_THAT(text,
                HasSubstr(std::string("jailrun: verdict: ") +
                          Name(record.verdict.verdict_class) + ", exit code " +
                          std::to_string(record.verdict.exit_code)));
    ExpectPresentable(text);
    // Figures of a run, only if there was one.
    const bool ran = record.verdict.verdict_class != VerdictClass::kSetupFailed;
    EXPECT_EQ(text.find("jailrun: pool: ") != std::string::npos, ran) << text;
  }
}

TEST(TextReportTest, NeverReportsOnlyWhatWasNeverStarted) {
  for (RunRecord record : OneOfEachClass()) {
    record.options.report = ReportWhen::kNever;
    const bool ran = record.verdict.verdict_class != VerdictClass::kSetupFailed;
    EXPECT_EQ(TextReport(record).empty(), ran);
  }
}

TEST(TextReportTest, AutoReportsWhatTheJailOrThePoolEnded) {
  for (const RunRecord& record : OneOfEachClass()) {
    const VerdictClass end = record.verdict.verdict_class;
    EXPECT_EQ(TextReport(record).empty(),
              end == VerdictClass::kClean || end == VerdictClass::kProgramError)
        << Name(end);
  }
}

TEST(TextReportTest, AlwaysHasTheFigures) {
  RunRecord record = Exited(0);
  record.posture = {{"seccomp", LayerState::kEnforced, "read back"},
                    {"landlock_write", LayerState::kOff, "not asked for"}};
  record.refused = {{kOpenat, EROFS, 2}};
  record.threads = {.laid = 16, .most_in_use = 3};
  EXPECT_EQ(TextAlways(record),
            "jailrun: pool: 256M, peak 1 MiB (1048576), in use at the end 32 "
            "bytes (32), 100 allocations, 0 refused; enough: --pool=2M\n"
            "jailrun: calls: 17 memory calls trapped and answered from the "
            "pool\n"
            "jailrun: threads: 16 stacks laid, of 2M; at most 3 in use at "
            "once, 0 threads refused\n"
            "jailrun:   note: openat was answered with EROFS 2 times; to write "
            "files, add --rw=PATH\n"
            "jailrun: posture: seccomp enforced - read back\n"
            "jailrun: posture: landlock_write off - not asked for\n"
            "jailrun: time: 12.35 ms in all, 1.50 ms until the lock, 10.00 ms "
            "user, 2.00 ms system; peak resident 3 MiB\n"
            "jailrun: verdict: clean, exit code 0\n");
  record.suggested_pool_bytes = 0;
  EXPECT_THAT(TextAlways(record), HasSubstr("0 refused\n"));
}

// What comes from outside.

TEST(TextReportTest, ControlCharactersAreEscaped) {
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string text =
        "a" + std::string(1, static_cast<char>(byte)) + "b";
    char escaped[8];
    snprintf(escaped, sizeof(escaped), "a\\x%02xb", byte);
    RunRecord record = NotSetUp();
    record.reason = text;
    EXPECT_THAT(TextReport(record), HasSubstr(escaped));
    EXPECT_EQ(ErrorLine(text), std::string("jailrun: ") + escaped + "\n");
  }
  EXPECT_EQ(ErrorLine("\x7f"), "jailrun: \\x7f\n");
  EXPECT_EQ(ErrorLine("a\njailrun: verdict: clean"),
            "jailrun: a\\x0ajailrun: verdict: clean\n");
}

TEST(TextReportTest, NoTextBreaksALineOrMovesATerminal) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  std::vector<RunRecord> records = OneOfEachClass();
  records.push_back(KilledByFilter());
  records.push_back(DryRun());
  for (const RunRecord& record : records) {
    const RunRecord hostile = WithTexts(record, all);
    ExpectPresentable(TextAlways(hostile));
    ExpectPresentable(TextReport(hostile));
    // As many lines as with ordinary texts.
    const std::string text = TextAlways(hostile);
    const std::string ordinary = TextAlways(WithTexts(record, "x"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              std::count(ordinary.begin(), ordinary.end(), '\n'));
  }
}

// U+0080 to U+009F, of which U+009B starts an escape sequence: Quoted() in
// refusal.h escapes them too.
TEST(TextReportTest, ControlCharactersBeyondAsciiAreEscaped) {
  for (int byte = 0x80; byte < 0xa0; ++byte) {
    const std::string control{'\xc2', static_cast<char>(byte)};
    EXPECT_EQ(ErrorLine("a" + control + "31m").find(control), std::string::npos)
        << byte;
    EXPECT_EQ(TextReport(WithTexts(NotSetUp(), control)).find(control),
              std::string::npos)
        << byte;
  }
}

TEST(TextReportTest, OtherTextIsShownAsItIs) {
  for (const std::string text :
       {"plain", "'a' \"b\" \\ %s %n %d", "\xc3\xa4\xe2\x82\xac", "\xc2\xa0",
        "\xf0\x9f\x98\x80", "\xff\xfe"}) {
    EXPECT_EQ(ErrorLine(text), "jailrun: " + text + "\n");
    EXPECT_THAT(TextReport(WithTexts(Violated(), text)), HasSubstr(text));
  }
  EXPECT_EQ(ErrorLine(""), "jailrun: \n");
}

TEST(TextReportTest, LongTextsAreNoHarm) {
  const std::string text(100000, 'x');
  for (const RunRecord& record : OneOfEachClass()) {
    ExpectPresentable(TextAlways(WithTexts(record, text)));
  }
}

TEST(TextReportTest, HostileFiguresArePrintedAsTheyAre) {
  for (const RunRecord& record : OneOfEachClass()) {
    for (const uint64_t value : {uint64_t{0}, uint64_t{1} << 63, UINT64_MAX}) {
      ExpectPresentable(TextAlways(WithHostileFigures(record, value)));
      ExpectPresentable(TextReport(WithHostileFigures(record, value)));
    }
  }
  const std::string text = TextReport(WithHostileFigures(
      Exhausted({.signaled = true, .code = SIGSEGV}), UINT64_MAX));
  EXPECT_THAT(
      text, HasSubstr("asked 16777215.9 TiB (18446744073709551615), alignment "
                      "18446744073709551615\n"));
  EXPECT_THAT(text, HasSubstr("syscall_4294967295 was answered with EPERM"));
}

TEST(TextReportTest, TimesOfAnySizeArePrinted) {
  RunRecord record = Exited(0);
  for (const int64_t value : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    record.times = {
        .wall = value, .setup = value, .user = value, .system = value};
    ExpectPresentable(TextAlways(record));
  }
}

}  // namespace
}  // namespace cellblock
