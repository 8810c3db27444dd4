// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "jail/launch.h"
#include "jail/unique_fd.h"

namespace cellblock {
namespace {

pid_t Child() {
  const pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  return pid;
}

UniqueFd PidFd(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

bool IsThere(pid_t pid) {
  return waitpid(pid, nullptr, WNOHANG) == 0 && kill(pid, 0) == 0;
}

TEST(SendSignal, EndsTheProcess) {
  const pid_t pid = Child();
  ASSERT_GT(pid, 0);
  const UniqueFd fd = PidFd(pid);
  EXPECT_FALSE(HasEnded(fd.get()));
  EXPECT_TRUE(SendSignal(fd.get(), pid, SIGKILL));
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_TRUE(HasEnded(fd.get()));
}

TEST(SendSignal, GoesByThePidWithoutAPidfd) {
  const pid_t pid = Child();
  ASSERT_GT(pid, 0);
  EXPECT_FALSE(HasEnded(-1));
  EXPECT_TRUE(SendSignal(-1, pid, SIGKILL));
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
}

// As when somebody else has waited for it and its pid was used again.
TEST(SendSignal, NeverReachesAnotherProcessThatHasThePid) {
  const pid_t gone = Child();
  ASSERT_GT(gone, 0);
  const UniqueFd fd = PidFd(gone);
  ASSERT_EQ(kill(gone, SIGKILL), 0);
  ASSERT_EQ(waitpid(gone, nullptr, 0), gone);
  const pid_t innocent = Child();
  ASSERT_GT(innocent, 0);
  EXPECT_FALSE(SendSignal(fd.get(), innocent, SIGKILL));
  usleep(50'000);
  EXPECT_TRUE(IsThere(innocent));
  kill(innocent, SIGKILL);
  (void)waitpid(innocent, nullptr, 0);
}

}  // namespace
}  // namespace cellblock
