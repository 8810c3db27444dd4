// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/wall_limit.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace cellblock {

// By number: libc's function keeps a list of its own, and a thread.
int WallLimit::Arm(std::chrono::milliseconds limit) {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  int timer = -1;
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) != 0) {
    return errno;
  }
  itimerspec when = {};
  when.it_value.tv_sec = limit.count() / 1000;
  when.it_value.tv_nsec = limit.count() % 1000 * 1'000'000;
  if (syscall(SYS_timer_settime, timer, 0, &when, nullptr) != 0) {
    const int error = errno;
    syscall(SYS_timer_delete, timer);
    return error;
  }
  timer_ = timer;
  return 0;
}

void WallLimit::Disarm() {
  if (timer_ < 0) return;
  syscall(SYS_timer_delete, timer_);
  timer_ = -1;
}

const char* WhatDisarms(const Policy& policy) {
  constexpr struct {
    uint32_t number;
    const char* name;
  } kCalls[] = {{SYS_timer_settime, "timer_settime"},
                {SYS_timer_delete, "timer_delete"}};
  for (const auto& call : kCalls) {
    for (const Rule& rule : policy.RulesFor(call.number)) {
      if (rule.action == Action::kAllow) return call.name;
    }
  }
  return nullptr;
}

}  // namespace cellblock
