// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The witness tells of each way in which a lock can be missing.

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "jail/lock.h"
#include "jail/lock_witness.h"
#include "tests/jail/live_filter.h"
#include "tests/jail/lockdown/lockdown_child.h"

namespace cellblock {
namespace {

using Fault = LockSight::Fault;

// A thread that is there until the end of its scope.
class Bystander {
 public:
  Bystander()
      : thread_([this] {
          id_ = static_cast<pid_t>(syscall(SYS_gettid));
          while (!leave_) usleep(100);
        }) {
    while (id_ == 0) usleep(100);
  }
  ~Bystander() {
    leave_ = true;
    thread_.join();
  }
  pid_t id() const { return id_; }

 private:
  std::atomic<pid_t> id_ = 0;
  std::atomic<bool> leave_ = false;
  std::thread thread_;
};

TEST(LockWitnessLiveTest, SeesThatEveryThreadIsLocked) {
  EXPECT_THAT(
      InChild([] {
        const Bystander one, two;
        LockWitness witness;
        const LockSight before = witness.Start();
        CHILD_CHECK(before.fault == Fault::kNone);
        CHILD_CHECK(before.threads == 3);
        CHILD_CHECK(Lock(LoneFilter(ServicePreset()), Notify::kNobody).failed ==
                    LockStep::kDone);
        const LockSight after = witness.Check();
        CHILD_CHECK(after.fault == Fault::kNone);
        CHILD_CHECK(after.threads == 3);
      }),
      EndsClean());
}

TEST(LockWitnessLiveTest, WithoutALockItSaysSo) {
  EXPECT_THAT(InChild([] {
                LockWitness witness;
                CHILD_CHECK(witness.Start().fault == Fault::kNone);
                const LockSight after = witness.Check();
                CHILD_CHECK(after.fault == Fault::kNoNewPrivs);
                CHILD_CHECK(after.thread == getpid());
              }),
              EndsClean());
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(SetNoNewPrivs() == 0);
                LockWitness witness;
                CHILD_CHECK(witness.Start().fault == Fault::kNone);
                CHILD_CHECK(witness.Check().fault == Fault::kNoFilter);
              }),
              EndsClean());
}

TEST(LockWitnessLiveTest, NamesTheThreadThatWasMissed) {
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(SetNoNewPrivs() == 0);
                const Bystander missed;
                LockWitness witness;
                CHILD_CHECK(witness.Start().fault == Fault::kNone);
                CHILD_CHECK(InstallBare(kAllowAll, 0) == 0);
                const LockSight after = witness.Check();
                CHILD_CHECK(after.fault == Fault::kNoFilter);
                CHILD_CHECK(after.thread == missed.id());
              }),
              EndsClean());
}

TEST(LockWitnessLiveTest, AFilterFromBeforeIsNotThisOne) {
  EXPECT_THAT(InChild([] {
                CHILD_CHECK(SetNoNewPrivs() == 0);
                CHILD_CHECK(InstallBare(kAllowAll, 0) == 0);
                LockWitness witness;
                const LockSight before = witness.Start();
                CHILD_CHECK(before.fault == Fault::kNone);
                CHILD_CHECK(before.filters >= 1);
                const LockSight after = witness.Check();
                CHILD_CHECK(after.fault == Fault::kFilterMissing);
                CHILD_CHECK(after.thread == getpid());
              }),
              EndsClean());
}

// A main thread that has ended stays listed, and cannot be locked.
TEST(LockWitnessLiveTest, AMainThreadThatHasEndedIsPassedOver) {
  EXPECT_THAT(InChild([] {
                std::thread([] {
                  char text[4096];
                  const auto is_zombie = [&] {
                    const int fd = open("/proc/self/status", O_RDONLY);
                    const ssize_t length = read(fd, text, sizeof(text) - 1);
                    CHILD_CHECK(length > 0 && close(fd) == 0);
                    text[length] = 0;
                    return strstr(text, "\nState:\tZ") != nullptr;
                  };
                  while (!is_zombie()) usleep(100);
                  CHILD_CHECK(LockChild().threads == 1);
                  LeaveChild(0);
                }).detach();
                syscall(SYS_exit, 0);  // the thread alone
              }),
              EndsClean());
}

// Where fork is forbidden it cannot look, and that is said before the lock.
TEST(LockWitnessLiveTest, WhereItCannotBeStartedThatIsSaid) {
  EXPECT_THAT(
      InChild([] {
        const sock_filter no_clone[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
        CHILD_CHECK(SetNoNewPrivs() == 0);
        CHILD_CHECK(InstallBare(no_clone, 0) == 0);
        LockWitness witness;
        const LockSight before = witness.Start();
        CHILD_CHECK(before.fault == Fault::kNoAnswer);
        CHILD_CHECK(before.error == EAGAIN);
        const auto report = Lockdown(ServicePreset());
        CHILD_CHECK(report.status().code() == absl::StatusCode::kUnavailable);
      }),
      EndsClean());
}

// Its process, which is nobody's to wait for, is gone afterwards.
TEST(LockWitnessLiveTest, LeavesNoChildBehind) {
  EXPECT_THAT(InChild([] {
                for (int i = 0; i < 3; ++i) {
                  LockWitness witness;
                  CHILD_CHECK(witness.Start().fault == Fault::kNone);
                }
                CHILD_CHECK(waitpid(-1, nullptr, __WALL) == -1);
                CHILD_CHECK(errno == ECHILD);
              }),
              EndsClean());
}

}  // namespace
}  // namespace cellblock
