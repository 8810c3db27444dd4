// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Lock on the real kernel with a supervisor: this process holds the listener
// and answers the child's calls.

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <functional>
#include <optional>

#include "jail/lock.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"
#include "tests/jail/live_filter.h"

namespace cellblock {
namespace {

// A child that is locked, and this side of its listener.
//
// Lifecycle: Start, then Next and an answer for each call, then End.
class Supervised {
 public:
  // Locks a child, which then runs `body`.
  void Start(const std::function<void()>& body) {
    int told[2], fetched[2];
    ASSERT_EQ(pipe(told), 0);
    ASSERT_EQ(pipe(fetched), 0);
    child_ = StartChild([&] {
      CHILD_CHECK(close(told[0]) == 0 && close(fetched[1]) == 0);
      const LockResult result =
          Lock(OwnFilter(DecoderPreset()), Notify::kSupervisor);
      CHILD_CHECK(result.failed == LockStep::kDone && result.error == 0);
      CHILD_CHECK(result.listener >= 0);
      CHILD_CHECK(write(told[1], &result.listener, sizeof(int)) == 4);
      char byte;
      CHILD_CHECK(read(fetched[0], &byte, 1) == 0);  // the other side closed
      CHILD_CHECK(close(result.listener) == 0);
      body();
    });
    close(told[1]);
    close(fetched[0]);
    int number = -1;
    ASSERT_EQ(read(told[0], &number, sizeof(number)), 4);
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, child_, 0));
    ASSERT_GE(pidfd, 0);
    listener_ = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, number, 0));
    EXPECT_GE(listener_, 0) << strerror(errno);
    close(pidfd);
    close(told[0]);
    close(fetched[1]);
  }

  // The next call that the filter does not decide. Empty: the child ended.
  std::optional<seccomp_notif> Next() {
    pollfd wait = {listener_, POLLIN, 0};
    EXPECT_EQ(poll(&wait, 1, 10'000), 1);
    if ((wait.revents & POLLIN) == 0) return std::nullopt;
    seccomp_notif call = {};
    if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
      return std::nullopt;
    }
    return call;
  }

  void Refuse(const seccomp_notif& call, int error) {
    Answer({.id = call.id, .val = 0, .error = -error, .flags = 0});
  }

  void Continue(const seccomp_notif& call) {
    Answer({.id = call.id,
            .val = 0,
            .error = 0,
            .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE});
  }

  ChildEnd End() {
    CloseListener();
    return EndOf(child_);
  }

  void CloseListener() {
    if (listener_ >= 0) close(listener_);
    listener_ = -1;
  }

  pid_t child() const { return child_; }

 private:
  void Answer(seccomp_notif_resp response) {
    EXPECT_EQ(ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &response), 0)
        << strerror(errno);
  }

  pid_t child_ = -1;
  int listener_ = -1;
};

TEST(SupervisedLockLiveTest, TheSupervisorIsToldTheCallAndItsArguments) {
  Supervised supervised;
  supervised.Start([] {
    errno = 0;
    const long result =
        syscall(SYS_socket, AF_INET, SOCK_STREAM, 7, 0x1111222233334444, 5, 6);
    CHILD_CHECK(result == -1 && errno == EXDEV);
  });
  const std::optional<seccomp_notif> call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->pid, static_cast<uint32_t>(supervised.child()));
  EXPECT_EQ(call->data.nr, SYS_socket);
  EXPECT_EQ(call->data.arch, AUDIT_ARCH_X86_64);
  EXPECT_NE(call->data.instruction_pointer, 0u);
  EXPECT_EQ(call->data.args[0], static_cast<uint64_t>(AF_INET));
  EXPECT_EQ(call->data.args[2], 7u);
  EXPECT_EQ(call->data.args[3], 0x1111222233334444u);
  EXPECT_EQ(call->data.args[5], 6u);
  supervised.Refuse(*call, EXDEV);
  EXPECT_THAT(supervised.End(), EndsClean());
}

TEST(SupervisedLockLiveTest, WhatTheFilterDecidesIsNotTold) {
  Supervised supervised;
  supervised.Start([] {
    CHILD_CHECK(syscall(SYS_getpid) > 0);
    errno = 0;
    CHILD_CHECK(syscall(SYS_madvise, 0, 0, 0) == -1 && errno == EINVAL);
    CHILD_CHECK(open("/dev/null", O_RDONLY) >= 0);
    syscall(SYS_reboot, 1, 2, 3, 4);
  });
  const std::optional<seccomp_notif> call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->data.nr, SYS_reboot);
  supervised.Refuse(*call, EPERM);
  EXPECT_THAT(supervised.End(), EndsClean());
}

TEST(SupervisedLockLiveTest, ARefusedCallIsNotCarriedOut) {
  Supervised supervised;
  supervised.Start([] {
    errno = 0;
    CHILD_CHECK(open("/dev/null", O_WRONLY) == -1 && errno == EROFS);
    const int filters = StateOfLock().filters;
    errno = 0;
    CHILD_CHECK(InstallBare(kAllowAll, 0) == -1 && errno == EPERM);
    CHILD_CHECK(StateOfLock().filters == filters);
    errno = 0;
    CHILD_CHECK(syscall(451, 0) == -1 && errno == ENOSYS);
  });
  for (const auto& [number, error] :
       {std::pair{SYS_openat, EROFS}, {SYS_seccomp, EPERM}, {451, ENOSYS}}) {
    const std::optional<seccomp_notif> call = supervised.Next();
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->data.nr, number);
    supervised.Refuse(*call, error);
  }
  EXPECT_THAT(supervised.End(), EndsClean());
}

TEST(SupervisedLockLiveTest, UndumpableWorksIfTheSupervisorLetsItThrough) {
  Supervised supervised;
  supervised.Start([] {
    CHILD_CHECK(MakeUndumpable() == 0);
    CHILD_CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
  });
  std::optional<seccomp_notif> call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  uint64_t args[6];
  std::copy(std::begin(call->data.args), std::end(call->data.args), args);
  EXPECT_TRUE(IsMakeUndumpable(static_cast<uint32_t>(call->data.nr), args));
  supervised.Continue(*call);
  call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->data.args[0], static_cast<uint64_t>(PR_GET_DUMPABLE));
  supervised.Continue(*call);
  EXPECT_THAT(supervised.End(), EndsClean());
}

TEST(SupervisedLockLiveTest, ACallNobodyListensToIsRefusedWithEnosys) {
  Supervised supervised;
  supervised.Start([] {
    errno = 0;
    CHILD_CHECK(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) == -1);
    CHILD_CHECK(errno == ENOSYS);
    // What needs no supervisor is as before.
    errno = 0;
    CHILD_CHECK(syscall(SYS_mlockall, 0) == -1 && errno == EPERM);
  });
  const std::optional<seccomp_notif> call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  supervised.CloseListener();  // while the call waits
  EXPECT_THAT(supervised.End(), EndsClean());
}

TEST(SupervisedLockLiveTest, AProcessCanBeKilledWhileItsCallWaits) {
  Supervised supervised;
  supervised.Start([] { syscall(SYS_execve, 0, 0, 0); });
  const std::optional<seccomp_notif> call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->data.nr, SYS_execve);
  ASSERT_EQ(kill(supervised.child(), SIGKILL), 0);
  EXPECT_THAT(supervised.End(), DiesOf(SIGKILL));
}

// WAIT_KILLABLE_RECV: once received, a call is not begun again for a signal.
TEST(SupervisedLockLiveTest, AReceivedCallIsNotInterruptedByASignal) {
  Supervised supervised;
  supervised.Start([] {
    signal(SIGUSR1, [](int) {});
    errno = 0;
    CHILD_CHECK(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) == -1);
    CHILD_CHECK(errno == EXDEV);
  });
  const std::optional<seccomp_notif> call = supervised.Next();
  ASSERT_TRUE(call.has_value());
  ASSERT_EQ(kill(supervised.child(), SIGUSR1), 0);
  usleep(2'000);
  supervised.Refuse(*call, EXDEV);
  EXPECT_THAT(supervised.End(), EndsClean());
}

TEST(SupervisedLockLiveTest, AListenerInForceIsAnErrorAndNothingIsLocked) {
  EXPECT_THAT(
      InChild([] {
        CHILD_CHECK(SetNoNewPrivs() == 0);
        const int first = static_cast<int>(
            InstallBare(kAllowAll, SECCOMP_FILTER_FLAG_NEW_LISTENER));
        CHILD_CHECK(first >= 0);
        const LockState before = StateOfLock();
        const LockResult result =
            Lock(OwnFilter(DecoderPreset()), Notify::kSupervisor);
        CHILD_CHECK(result.failed == LockStep::kSeccomp);
        CHILD_CHECK(result.error == EBUSY);
        CHILD_CHECK(result.listener == -1);
        CHILD_CHECK(StateOfLock().filters == before.filters);
        // Nothing is locked: the socket is there.
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        CHILD_CHECK(fd >= 0 && close(fd) == 0);
        // Without a supervisor of its own the lock goes on top.
        CHILD_CHECK(Lock(LoneFilter(DecoderPreset()), Notify::kNobody).failed ==
                    LockStep::kDone);
        CHILD_CHECK(StateOfLock().filters == before.filters + 1);
      }),
      EndsClean());
}

TEST(SupervisedLockLiveTest, TheListenerIsClosedOnExec) {
  EXPECT_THAT(InChild([] {
                const LockResult result =
                    Lock(OwnFilter(DecoderPreset()), Notify::kSupervisor);
                CHILD_CHECK(result.failed == LockStep::kDone);
                CHILD_CHECK(fcntl(result.listener, F_GETFD) == FD_CLOEXEC);
              }),
              EndsClean());
}

}  // namespace
}  // namespace cellblock
