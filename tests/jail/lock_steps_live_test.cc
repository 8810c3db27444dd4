// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The step itself on the real kernel: which threads it locks, what it does when
// the kernel refuses, and the three calls around it.

#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <vector>

#include "jail/lock.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"
#include "tests/jail/live_filter.h"

namespace cellblock {
namespace {

// A second thread that waits for the word to do what it does.
struct Second {
  enum Step { kStarting, kReady, kGo };
  std::atomic<int> step = kStarting;
  std::atomic<pid_t> tid = 0;
  void (*before)() = nullptr;  // in the setup phase
  void (*after)() = nullptr;   // in the locked phase
  pthread_t thread;

  static void* Main(void* argument) {
    auto* self = static_cast<Second*>(argument);
    if (self->before != nullptr) self->before();
    self->tid = static_cast<pid_t>(syscall(SYS_gettid));
    self->step = kReady;
    while (self->step != kGo) sched_yield();
    if (self->after != nullptr) self->after();
    for (;;) pause();
  }

  void Start() {
    CHILD_CHECK(pthread_create(&thread, nullptr, &Main, this) == 0);
    while (step != kReady) sched_yield();
  }

  // Formatted before the lock, since stdio may ask for memory.
  void StatusPath(char (&path)[64]) const {
    snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid.load());
  }
};

TEST(LockStepsLiveTest, EveryThreadIsLocked) {
  EXPECT_THAT(InChild([] {
                Second second;
                second.Start();
                char path[64];
                second.StatusPath(path);
                LockAlone();
                const LockState own = StateOfLock();
                const LockState other = StateOfLock(path);
                CHILD_CHECK(other.no_new_privs);
                CHILD_CHECK(other.seccomp_mode == SECCOMP_MODE_FILTER);
                CHILD_CHECK(other.filters == own.filters);
              }),
              EndsClean());
}

TEST(LockStepsLiveTest, AForbiddenCallOfAnotherThreadEndsTheProcess) {
  EXPECT_THAT(InChild([] {
                Second second;
                second.after = [] { syscall(SYS_socket, AF_INET, 1, 0); };
                second.Start();
                LockAlone();
                second.step = Second::kGo;
                for (;;) pause();
              }),
              DiesOf(SIGSYS));
}

TEST(LockStepsLiveTest, AThreadWithAFilterOfItsOwnIsAnErrorAndNothingIsLocked) {
  for (Notify notify : {Notify::kNobody, Notify::kSupervisor}) {
    EXPECT_THAT(
        InChild([=] {
          CHILD_CHECK(SetNoNewPrivs() == 0);
          Second second;
          second.before = [] { CHILD_CHECK(InstallBare(kAllowAll, 0) == 0); };
          second.Start();
          const LockState before = StateOfLock();
          const LockResult result = Lock(OwnFilter(DecoderPreset()), notify);
          CHILD_CHECK(result.failed == LockStep::kThreads);
          CHILD_CHECK(result.error == ESRCH);
          CHILD_CHECK(result.listener == -1);
          CHILD_CHECK(StateOfLock().filters == before.filters);
        }),
        EndsClean())
        << static_cast<int>(notify);
  }
}

TEST(LockStepsLiveTest, ProgramsThatTheKernelRefusesLockNothing) {
  const std::vector<sock_filter> programs[] = {
      {},
      {BPF_STMT(BPF_LD | BPF_IMM, 0)},
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), kAllowAll[0]},
      {BPF_JUMP(BPF_JMP | BPF_JA, 9, 0, 0), kAllowAll[0]},
      std::vector<sock_filter>(BPF_MAXINSNS + 1, kAllowAll[0]),
  };
  for (const std::vector<sock_filter>& program : programs) {
    for (Notify notify : {Notify::kNobody, Notify::kSupervisor}) {
      EXPECT_THAT(InChild([&] {
                    const LockState before = StateOfLock();
                    const LockResult result = Lock(program, notify);
                    CHILD_CHECK(result.failed == LockStep::kSeccomp);
                    CHILD_CHECK(result.error == EINVAL);
                    CHILD_CHECK(result.listener == -1);
                    CHILD_CHECK(StateOfLock().filters == before.filters);
                  }),
                  EndsClean())
          << program.size();
    }
  }
}

// A filter from outside, as a container's, that refuses what the lock needs.
void RefuseByFilter(uint32_t number, int error) {
  CHILD_CHECK(SetNoNewPrivs() == 0);
  const sock_filter outer[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K,
               SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  CHILD_CHECK(InstallBare(outer, 0) == 0);
}

TEST(LockStepsLiveTest, ARefusedPrctlIsAnError) {
  EXPECT_THAT(InChild([] {
                RefuseByFilter(SYS_prctl, EPERM);
                const LockState before = StateOfLock();
                const LockResult result = Lock(kAllowAll, Notify::kNobody);
                CHILD_CHECK(result.failed == LockStep::kNoNewPrivs);
                CHILD_CHECK(result.error == EPERM);
                CHILD_CHECK(SetNoNewPrivs() == EPERM);
                CHILD_CHECK(MakeUndumpable() == EPERM);
                CHILD_CHECK(!DieWithParent(getppid()));
                CHILD_CHECK(StateOfLock().filters == before.filters);
              }),
              EndsClean());
}

TEST(LockStepsLiveTest, ARefusedSeccompIsAnError) {
  EXPECT_THAT(InChild([] {
                RefuseByFilter(SYS_seccomp, ENOSYS);
                const LockResult result = Lock(kAllowAll, Notify::kNobody);
                CHILD_CHECK(result.failed == LockStep::kSeccomp);
                CHILD_CHECK(result.error == ENOSYS);
              }),
              EndsClean());
}

// What an outer filter refuses stays refused, with the outer one's answer.
TEST(LockStepsLiveTest, AnOuterFilterStaysInForce) {
  EXPECT_THAT(InChild([] {
                RefuseByFilter(SYS_getppid, EXDEV);
                LockAlone();
                errno = 0;
                CHILD_CHECK(syscall(SYS_getppid) == -1 && errno == EXDEV);
              }),
              EndsClean());
}

TEST(LockStepsLiveTest, AFilterInForceIsSeen) {
  EXPECT_THAT(
      InChild([] {
        CHILD_CHECK(IsFiltered() == (StateOfLock().seccomp_mode != 0));
        CHILD_CHECK(Lock(kAllowAll, Notify::kNobody).failed == LockStep::kDone);
        CHILD_CHECK(IsFiltered());
      }),
      EndsClean());
}

TEST(LockStepsLiveTest, NoNewPrivsIsSet) {
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(SetNoNewPrivs() == 0);
                CHILD_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
                CHILD_CHECK(SetNoNewPrivs() == 0);
              }),
              EndsClean());
}

TEST(LockStepsLiveTest, UndumpableIsSetAndItsCallIsKnown) {
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(MakeUndumpable() == 0);
                CHILD_CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
              }),
              EndsClean());
  EXPECT_TRUE(IsMakeUndumpable(SYS_prctl, Args{PR_SET_DUMPABLE, 0}.data()));
  EXPECT_FALSE(IsMakeUndumpable(SYS_prctl, Args{PR_SET_DUMPABLE, 1}.data()));
  EXPECT_FALSE(IsMakeUndumpable(SYS_prctl, Args{PR_SET_DUMPABLE, 2}.data()));
  EXPECT_FALSE(IsMakeUndumpable(
      SYS_prctl, Args{PR_SET_DUMPABLE, uint64_t{1} << 32}.data()));
  EXPECT_FALSE(IsMakeUndumpable(
      SYS_prctl, Args{(uint64_t{1} << 32) | PR_SET_DUMPABLE, 0}.data()));
  EXPECT_FALSE(IsMakeUndumpable(SYS_prctl, Args{PR_SET_MM, 0}.data()));
  EXPECT_FALSE(IsMakeUndumpable(SYS_read, Args{PR_SET_DUMPABLE, 0}.data()));
}

TEST(LockStepsLiveTest, NarrowingTakesAway) {
  constexpr sock_filter kNoGetppid[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  EXPECT_THAT(
      InChild([&] {
        CHILD_CHECK(Lock(kAllowAll, Notify::kNobody).failed == LockStep::kDone);
        CHILD_CHECK(syscall(SYS_getppid) > 0);
        CHILD_CHECK(Narrow({}).failed == LockStep::kSeccomp);
        CHILD_CHECK(syscall(SYS_getppid) > 0);
        CHILD_CHECK(Narrow(kNoGetppid).failed == LockStep::kDone);
        CHILD_CHECK(syscall(SYS_getppid) == -1 && errno == EXDEV);
      }),
      EndsClean());
}

TEST(LockStepsLiveTest, TheCallOfNarrowIsKnown) {
  const uint64_t op = SECCOMP_SET_MODE_FILTER;
  const uint64_t flags = SECCOMP_FILTER_FLAG_TSYNC;
  EXPECT_TRUE(IsNarrow(SYS_seccomp, Args{op, flags}.data()));
  EXPECT_FALSE(IsNarrow(SYS_seccomp, Args{op, 0}.data()));
  EXPECT_FALSE(IsNarrow(
      SYS_seccomp, Args{op, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER}.data()));
  EXPECT_FALSE(IsNarrow(SYS_seccomp, Args{SECCOMP_SET_MODE_STRICT}.data()));
  EXPECT_FALSE(IsNarrow(SYS_prctl, Args{op, flags}.data()));
}

TEST(LockStepsLiveTest, NothingGainsExecution) {
  EXPECT_THAT(
      InChild([] {
        constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
        void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, kFlags, -1, 0);
        const int error = RefuseExecGain();
        if (error == EINVAL) LeaveChild(0);  // a kernel before 6.3
        CHILD_CHECK(error == 0);
        CHILD_CHECK(mprotect(page, 4096, PROT_READ | PROT_EXEC) == -1);
        CHILD_CHECK(mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                         kFlags, -1, 0) == MAP_FAILED);
        CHILD_CHECK(mprotect(page, 4096, PROT_READ) == 0);
      }),
      EndsClean());
}

// What cannot be turned off here is told, and stays as it was.
TEST(LockStepsLiveTest, SpeculationIsRestrictedWhereItCanBe) {
  EXPECT_THAT(
      InChild([] {
        for (const auto kind : {SpeculationKind::kStoreBypass,
                                SpeculationKind::kIndirectBranch}) {
          const auto which = static_cast<unsigned long>(kind);
          const int before = prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0);
          const SpeculationResult result = RestrictSpeculation(kind);
          const int after = prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0);
          constexpr int kOff = PR_SPEC_DISABLE | PR_SPEC_FORCE_DISABLE;
          const bool off = after > 0 && (after & kOff) != 0;
          CHILD_CHECK((result.state == SpeculationState::kRestricted) == off);
          CHILD_CHECK(off || after == before);
          CHILD_CHECK(result.state != SpeculationState::kAllowed ||
                      result.error != 0);
        }
        CHILD_CHECK(
            RestrictSpeculation(static_cast<SpeculationKind>(77)).error ==
            ENODEV);
      }),
      EndsClean());
}

TEST(LockStepsLiveTest, ASealedMappingStays) {
  EXPECT_THAT(
      InChild([] {
        void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        const int error = SealMapping(reinterpret_cast<uintptr_t>(page), 4096);
        if (error == ENOSYS) LeaveChild(0);  // a kernel before 6.10
        CHILD_CHECK(error == 0);
        CHILD_CHECK(munmap(page, 4096) == -1 && errno == EPERM);
        CHILD_CHECK(mprotect(page, 4096, PROT_READ) == -1 && errno == EPERM);
        CHILD_CHECK(mmap(page, 4096, PROT_READ,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                         0) == MAP_FAILED);
        *static_cast<char*>(page) = 1;
        CHILD_CHECK(SealMapping(1, 4096) == EINVAL);
      }),
      EndsClean());
}

TEST(LockStepsLiveTest, NoCapabilityIsLeftNorComesBackByExecuting) {
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(SetNoNewPrivs() == 0 && DropCapabilities() == 0);
                execl(
                    "/bin/sh", "sh", "-c",
                    "grep -q '^CapPrm:.0000000000000000$' /proc/self/status && "
                    "grep -q '^CapEff:.0000000000000000$' /proc/self/status",
                    nullptr);
                CHILD_CHECK(false);
              }),
              EndsClean());
}

TEST(LockStepsLiveTest, AProcessDiesWithTheParentThatItNames) {
  EXPECT_THAT(InChild([] {
                int ends[2], ready[2];
                CHILD_CHECK(pipe(ends) == 0 && pipe(ready) == 0);
                const pid_t middle = fork();
                CHILD_CHECK(middle >= 0);
                if (middle == 0) {
                  const pid_t self = getpid();
                  if (fork() == 0) {
                    close(ends[0]);
                    CHILD_CHECK(DieWithParent(self));
                    CHILD_CHECK(write(ready[1], "", 1) == 1);
                    for (;;) pause();
                  }
                  char byte;
                  CHILD_CHECK(read(ready[0], &byte, 1) == 1);
                  LeaveChild(0);
                }
                // The end of the file comes when the last holder is gone.
                close(ends[1]);
                char byte;
                CHILD_CHECK(read(ends[0], &byte, 1) == 0);
              }),
              EndsClean());
  EXPECT_THAT(
      InChild([] { CHILD_CHECK(!DieWithParent(getppid() == 1 ? 2 : 1)); }),
      EndsClean());
}

TEST(LockStepsLiveTest, EveryStepHasAName) {
  EXPECT_STREQ(LockStepName(LockStep::kDone), "locked");
  EXPECT_STREQ(LockStepName(LockStep::kNoNewPrivs),
               "prctl(PR_SET_NO_NEW_PRIVS)");
  EXPECT_STREQ(LockStepName(LockStep::kSeccomp),
               "seccomp(SECCOMP_SET_MODE_FILTER)");
  EXPECT_STREQ(LockStepName(LockStep::kThreads), "locking every thread");
  EXPECT_STREQ(LockStepName(LockStep::kHandOver), "handing the listener over");
  EXPECT_STREQ(LockStepName(LockStep::kUndumpable), "prctl(PR_SET_DUMPABLE)");
  EXPECT_STREQ(LockStepName(static_cast<LockStep>(9)), "unknown step");
}

}  // namespace
}  // namespace cellblock
