// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Lockdown on the real kernel: what it refuses to begin with, and what is then
// as before. Each test has a child of its own.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <atomic>
#include <string>
#include <thread>

#include "jail/lockdown.h"
#include "jail/policy_builder.h"
#include "tests/jail/live_filter.h"
#include "tests/jail/lockdown/lockdown_child.h"

namespace cellblock {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(LockdownRefusalLiveTest, ASecondLockIsAnError) {
  EXPECT_THAT(InChild([] {
                LockChild();
                const auto again = Lockdown(ServicePreset());
                CHILD_CHECK(again.status().code() ==
                            absl::StatusCode::kFailedPrecondition);
              }),
              EndsClean());
}

TEST(LockdownRefusalLiveTest, WhatCannotBeIsRefusedAndNothingIsLocked) {
  const Rule greedy[] = {{SYS_mmap, Action::kAllow, 0, {}, 0, "grows"}};
  const struct {
    Policy policy;
    LockdownOptions options;
    const char* why;
  } cases[] = {
      {Policy("greedy", greedy), {}, "no policy may allow"},
      {TemplatePreset(), {}, "forks"},
      {ServicePreset(), {.threads = 4097}, "4096 at most"},
      {ServicePreset(), {.thread_stack_bytes = 65535}, "64 KiB to 1 GiB"},
      {ServicePreset(),
       {.thread_stack_bytes = (size_t{1} << 30) + 1},
       "64 KiB to 1 GiB"},
      {ServicePreset(), {.wall_limit = std::chrono::milliseconds(-1)}, "0"},
  };
  for (const auto& one : cases) {
    const auto report = Lockdown(one.policy, one.options);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(report.status().message()), HasSubstr(one.why));
  }
  // This process can still do everything.
  EXPECT_FALSE(StateOfLock().no_new_privs);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
  EXPECT_THAT(InChild([] { LockChild(); }), EndsClean());
}

// What would work past the filter.
TEST(LockdownRefusalLiveTest, ADescriptorThatPassesTheFilterIsRefused) {
  EXPECT_THAT(InChild([] {
                const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
                CHILD_CHECK(memory >= 0);
                const auto report = Lockdown(ServicePreset());
                CHILD_CHECK(report.status().code() ==
                            absl::StatusCode::kFailedPrecondition);
                const std::string message(report.status().message());
                CHILD_CHECK(message.find("the service left descriptor " +
                                         std::to_string(memory) + " open") !=
                            std::string::npos);
                CHILD_CHECK(close(memory) == 0);
                LockChild();
              }),
              EndsClean());
}

// A thread with a filter of its own cannot be locked: nothing is.
TEST(LockdownRefusalLiveTest, AThreadThatCannotBeLockedIsAnError) {
  EXPECT_THAT(
      InChild([] {
        std::atomic<bool> filtered = false, leave = false;
        std::thread other([&] {
          CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
          CHILD_CHECK(InstallBare(kAllowAll, 0) == 0);
          filtered = true;
          while (!leave) usleep(100);
        });
        while (!filtered) usleep(100);
        rlimit before, after;
        CHILD_CHECK(getrlimit(RLIMIT_CORE, &before) == 0);
        const auto report = Lockdown(ServicePreset());
        CHILD_CHECK(report.status().code() == absl::StatusCode::kUnavailable);
        CHILD_CHECK(report.status().message().find("filter of its own") !=
                    absl::string_view::npos);
        CHILD_CHECK(StateOfLock().seccomp_mode == 0);
        CHILD_CHECK(getrlimit(RLIMIT_CORE, &after) == 0);
        CHILD_CHECK(before.rlim_cur == after.rlim_cur);
        struct sigaction action;
        CHILD_CHECK(sigaction(SIGSYS, nullptr, &action) == 0);
        CHILD_CHECK(action.sa_handler == SIG_DFL);
        // Threads start and end, and memory is mapped, as before.
        leave = true;
        other.join();
        std::thread([] {}).join();
        void* const page =
            mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHILD_CHECK(page != MAP_FAILED && munmap(page, 4096) == 0);
        // And with that thread gone it locks.
        CHILD_CHECK(Lockdown(ServicePreset()).ok());
      }),
      EndsClean());
}

TEST(LockdownRefusalLiveTest, ALimitThatThePolicyLetsBePutOffIsRefused) {
  PolicyBuilder builder(ServicePreset());
  ASSERT_EQ(builder.Allow("timer_settime"), "");
  const auto report = Lockdown(builder.policy(),
                               {.wall_limit = std::chrono::milliseconds(1000)});
  EXPECT_THAT(std::string(report.status().message()),
              AllOf(HasSubstr("timer_settime"), HasSubstr("wall_limit")));
}

}  // namespace
}  // namespace cellblock
