// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Lockdown on the real kernel: what it forbids and what it says. Each test has
// a child of its own.

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "jail/inject_call.h"
#include "jail/lockdown.h"
#include "tests/jail/live_filter.h"
#include "tests/jail/lockdown/lockdown_child.h"

namespace cellblock {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const JailLayer* FindLayer(const LockdownReport& report,
                           const std::string& name) {
  const auto found =
      std::find_if(report.layers.begin(), report.layers.end(),
                   [&](const JailLayer& layer) { return layer.name == name; });
  return found == report.layers.end() ? nullptr : &*found;
}

TEST(LockdownLiveTest, LocksAndSaysWhatIsInForce) {
  EXPECT_THAT(
      InChild([] {
        // Before the lock: afterwards nothing of /proc can be opened.
        const int status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
        CHILD_CHECK(status >= 0);
        const int before = StateOfLock().filters;
        const LockdownReport report = LockChild();
        CHILD_CHECK(report.threads == 1);
        static char text[8192];
        const ssize_t length = read(status, text, sizeof(text));
        CHILD_CHECK(length > 0);
        const auto state = ParseLockState({text, static_cast<size_t>(length)});
        CHILD_CHECK(state.has_value());
        CHILD_CHECK(state->no_new_privs && state->seccomp_mode == 2);
        CHILD_CHECK(state->filters == before + 1);
        for (const char* name : {"no_new_privs", "seccomp", "violation_report",
                                 "malloc", "thread_stacks", "non_dumpable",
                                 "core_limit", "retained_regions"}) {
          const JailLayer* const layer = FindLayer(report, name);
          CHILD_CHECK(layer != nullptr && layer->state == "enforced");
          CHILD_CHECK(!layer->reason.empty());
        }
        CHILD_CHECK(FindLayer(report, "wall_limit")->state == "off");
        CHILD_CHECK(FindLayer(report, "sealed")->state != "off");
        rlimit core;
        CHILD_CHECK(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0);
      }),
      EndsClean());
}

// Row 38: no call of the memory family is carried out.
TEST(LockdownLiveTest, SeedParity_Row38_MemoryCallsAreViolationsThatAreNamed) {
  const struct {
    long number;
    const char* name;
  } calls[] = {{SYS_mmap, "mmap"},
               {SYS_brk, "brk"},
               {SYS_mprotect, "mprotect"},
               {SYS_munmap, "munmap"},
               {SYS_mremap, "mremap"}};
  for (const auto& call : calls) {
    const Story story = StoryOf([&] {
      LockChild();
      syscall(call.number, nullptr, 4096, PROT_READ,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    });
    EXPECT_THAT(story.end, DiesOf(SIGSYS)) << call.name;
    EXPECT_THAT(
        story.said,
        AllOf(HasSubstr(std::string("forbidden call ") + call.name + "("),
              HasSubstr("number " + std::to_string(call.number)),
              HasSubstr("fixed at the lock")));
  }
}

TEST(LockdownLiveTest, AForbiddenCallIsNamedWithItsArguments) {
  const Story story = StoryOf([] {
    LockChild();
    socket(AF_INET, SOCK_STREAM, 0);
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_EQ(story.said,
            "cellblock: forbidden call socket(2, 1, 0), number 41: opens a "
            "channel to other processes or hosts; policy service\n");
}

TEST(LockdownLiveTest, ACallWithoutARowIsNamed) {
  const Story story = StoryOf([] {
    LockChild();
    InjectForbiddenCall(SYS_ptrace);
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_THAT(story.said, HasSubstr("forbidden call ptrace("));
}

TEST(LockdownLiveTest, WhatASupervisorWouldRefuseIsRefused) {
  EXPECT_THAT(InChild([] {
                LockChild();
                CHILD_CHECK(open("/etc/passwd", O_RDONLY) == -1);
                CHILD_CHECK(errno == EACCES);
                CHILD_CHECK(socket(AF_UNIX, SOCK_STREAM, 0) == -1);
                CHILD_CHECK(errno == EACCES);
                CHILD_CHECK(syscall(SYS_clone3, nullptr, 0) == -1);
                CHILD_CHECK(errno == ENOSYS);
                CHILD_CHECK(InjectForbiddenCall(700) == -ENOSYS);
                CHILD_CHECK(madvise(nullptr, 4096, MADV_DONTNEED) == -1);
              }),
              EndsClean());
}

TEST(LockdownLiveTest, KillsUnnamedIfAskedTo) {
  const Story story = StoryOf([] {
    LockChild(ServicePreset(), {.on_violation = OnForbiddenCall::kKill});
    struct sigaction action = {};
    action.sa_handler = [](int) { LeaveChild(5); };
    CHILD_CHECK(sigaction(SIGSYS, &action, nullptr) == 0);
    syscall(SYS_brk, 0);
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_EQ(story.said, "");
}

TEST(LockdownLiveTest, AViolationWhileSigsysIsBlockedDiesUnnamed) {
  const Story story = StoryOf([] {
    LockChild();
    sigset_t all;
    sigfillset(&all);
    CHILD_CHECK(sigprocmask(SIG_SETMASK, &all, nullptr) == 0);
    socket(AF_INET, SOCK_STREAM, 0);
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_EQ(story.said, "");
}

// What the header says of a process that was taken over.
TEST(LockdownLiveTest, AReplacedHandlerHearsOfCallsThatAreNotCarriedOut) {
  EXPECT_THAT(InChild([] {
                LockChild();
                static volatile sig_atomic_t heard = 0;
                struct sigaction action = {};
                action.sa_handler = [](int) { heard = heard + 1; };
                CHILD_CHECK(sigaction(SIGSYS, &action, nullptr) == 0);
                static_cast<void>(socket(AF_INET, SOCK_STREAM, 0));
                CHILD_CHECK(heard == 1);
                // A socket would have the lowest free number.
                const int next = dup(STDERR_FILENO);
                CHILD_CHECK(close(next) == 0);
                CHILD_CHECK(dup(STDERR_FILENO) == next);
              }),
              EndsClean());
}

TEST(LockdownLiveTest, AFullPipeDoesNotKeepAViolationAlive) {
  EXPECT_THAT(InChild([] {
                int ends[2];
                CHILD_CHECK(pipe2(ends, O_NONBLOCK) == 0);
                const char bytes[4096] = {};
                while (write(ends[1], bytes, sizeof(bytes)) > 0) {
                }
                CHILD_CHECK(fcntl(ends[1], F_SETFL, 0) == 0);
                CHILD_CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
                LockChild();
                socket(AF_INET, SOCK_STREAM, 0);
              }),
              DiesOf(SIGSYS));
}

// Row 37: the preset that allows read, write, exit and sigreturn alone.
TEST(LockdownLiveTest, SeedParity_Row37_StrictLocksAndIsSeenToBeLocked) {
  const Story story = StoryOf([] {
    const LockdownReport report = LockChild(StrictPreset());
    CHILD_CHECK(report.threads == 1);
    CHILD_CHECK(FindLayer(report, "thread_stacks")->state == "off");
    const std::vector<char> served(1 << 20, 'x');
    CHILD_CHECK(served.back() == 'x');
    // By the policy none starts, and to try is not to die.
    pthread_t thread;
    CHILD_CHECK(pthread_create(
                    &thread, nullptr, [](void* none) { return none; },
                    nullptr) == EAGAIN);
    syscall(SYS_getpid);
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_THAT(story.said, AllOf(HasSubstr("no thread starts after this lock"),
                                HasSubstr("forbidden call getpid()")));
}

TEST(LockdownLiveTest, EveryPresetForJailsLocks) {
  for (const Policy& preset : AllPresets()) {
    if (preset.traits().process != ProcessKind::kJail) continue;
    for (const OnForbiddenCall answer :
         {OnForbiddenCall::kReportAndKill, OnForbiddenCall::kKill}) {
      EXPECT_THAT(InChild([&] { LockChild(preset, {.on_violation = answer}); }),
                  EndsClean())
          << preset.name();
    }
  }
}

// A full pool is an error like any other, and the service goes on.
TEST(LockdownLiveTest, AnExhaustedPoolIsAnErrorAndTheServiceGoesOn) {
  EXPECT_THAT(InChild([] {
                LockChild();
                errno = 0;
                CHILD_CHECK(malloc(size_t{1} << 40) == nullptr);
                CHILD_CHECK(errno == ENOMEM);
                std::vector<std::unique_ptr<char[]>> blocks;
                bool refused = false;
                try {
                  for (;;) blocks.push_back(std::make_unique<char[]>(8 << 20));
                } catch (const std::bad_alloc&) {
                  refused = true;
                }
                CHILD_CHECK(refused && !blocks.empty());
                blocks.clear();
                CHILD_CHECK(std::string(1 << 20, 'y').back() == 'y');
              }),
              EndsClean());
}

// The kernel kills at the end of the limit, whatever the process does.
TEST(LockdownLiveTest, SeedParity_Row43_TheWallLimitCannotBePutOff) {
  const auto spin = [](const auto& defy) {
    return InChild([&] {
      LockChild(ServicePreset(),
                {.wall_limit = std::chrono::milliseconds(300)});
      defy();
      for (;;) {
      }
    });
  };
  EXPECT_THAT(spin([] {}), DiesOf(SIGKILL));
  EXPECT_THAT(spin([] {
                sigset_t all;
                sigfillset(&all);
                syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, 8);
                alarm(0);
                const itimerval none = {};
                CHILD_CHECK(setitimer(ITIMER_REAL, &none, nullptr) == 0);
                struct sigaction action = {};
                action.sa_handler = SIG_IGN;
                CHILD_CHECK(sigaction(SIGKILL, &action, nullptr) == -1);
              }),
              DiesOf(SIGKILL));
  for (const long number : {SYS_timer_delete, SYS_timer_settime}) {
    EXPECT_THAT(spin([=] { syscall(number, 0, 0, 0, 0); }), DiesOf(SIGSYS));
  }
}

// Row 41: dies where it is locked, passes where it is not.
TEST(LockdownLiveTest, SeedParity_Row41_AnInjectedCallDiesLockedAndPassesElse) {
  EXPECT_GE(InjectForbiddenCall(SYS_getppid), 0);
  EXPECT_EQ(InjectForbiddenCall(SYS_socket), -EAFNOSUPPORT);
  const Story story = StoryOf([] {
    LockChild();
    InjectForbiddenCall(SYS_socket);
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_THAT(story.said, HasSubstr("forbidden call socket(0, 0, 0)"));
}

TEST(LockdownLiveTest, GuessingIsToldAsItIs) {
  EXPECT_THAT(InChild([] {
                const LockdownReport report =
                    LockChild(ServicePreset(),
                              {.guessing = LockdownGuessing::kRestricted});
                CHILD_CHECK(FindLayer(report, "speculation")->state != "off");
              }),
              EndsClean());
}

}  // namespace
}  // namespace cellblock
