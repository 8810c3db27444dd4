// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/stray_children.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <chrono>
#include <fstream>

namespace cellblock {
namespace {

void KillChildren() {
  std::ifstream children("/proc/thread-self/children");
  pid_t child;
  while (children >> child) kill(child, SIGKILL);
}

// False iff there is no child left.
bool ReapEnded() {
  pid_t ended;
  do {
    ended = waitpid(-1, nullptr, WNOHANG | __WALL);
  } while (ended > 0);
  return ended == 0;
}

}  // namespace

void AdoptOrphans() { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

void EndChild(const Launched& child) {
  if (!SendSignal(child, SIGKILL)) return;
  while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void EndChildren() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds kLongest{2};
  constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 200000};
  const Clock::time_point deadline = Clock::now() + kLongest;
  while (ReapEnded() && Clock::now() < deadline) {
    KillChildren();
    nanosleep(&kPause, nullptr);
  }
}

}  // namespace cellblock
