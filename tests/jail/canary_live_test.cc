// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <vector>

#include "jail/canary.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"
#include "tests/jail/live_filter.h"

namespace cellblock {
namespace {

TEST(CanaryLiveTest, EveryPresetKillsIt) {
  for (const Policy& preset : AllPresets()) {
    EXPECT_EQ(TryCanary(LoneFilter(preset)), CanaryEnd::kKilled)
        << preset.name();
  }
}

TEST(CanaryLiveTest, AFilterThatDoesNotKillIsSeen) {
  EXPECT_EQ(TryCanary(kAllowAll), CanaryEnd::kSurvived);
  for (const uint32_t answer :
       {SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_LOG, SECCOMP_RET_TRACE}) {
    const sock_filter lax[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_enter, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    EXPECT_EQ(TryCanary(lax), CanaryEnd::kSurvived) << answer;
  }
}

TEST(CanaryLiveTest, WhatCannotBeLockedIsNotTried) {
  EXPECT_EQ(TryCanary({}), CanaryEnd::kNotTried);
  const sock_filter endless[] = {BPF_STMT(BPF_LD | BPF_IMM, 0)};
  EXPECT_EQ(TryCanary(endless), CanaryEnd::kNotTried);
}

// Dying of anything else proves nothing.
TEST(CanaryLiveTest, AKilledThreadIsNoKilledProcess) {
  const sock_filter thread[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)};
  EXPECT_EQ(TryCanary(thread), CanaryEnd::kSurvived);
}

TEST(CanaryLiveTest, ItLeavesNoChildBehind) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(TryCanary(LoneFilter(StrictPreset())), CanaryEnd::kKilled);
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace cellblock
