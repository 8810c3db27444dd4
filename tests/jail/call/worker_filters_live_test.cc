// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Both filters on the real kernel: a locked template, whose listener this
// process holds, forks a worker, which adds the last one.

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include "jail/call/descriptor_request.h"
#include "jail/call/worker_filters.h"
#include "jail/lock.h"
#include "jail/own_pid.h"
#include "jail/policy.h"
#include "tests/jail/call/worker_chain.h"
#include "tests/jail/child_check.h"

namespace cellblock {
namespace {

pid_t OwnPid() { return static_cast<pid_t>(syscall(SYS_getpid)); }

// Not one that libc makes without the kernel.
void ReadClock() {
  timespec now;
  CHILD_CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0);
}

TEST(WorkerFiltersLiveTest, WhatAWorkerMayIsDone) {
  WorkerChain chain;
  chain.Start({}, [] {
    uint32_t word = 0;
    CHILD_CHECK(syscall(SYS_futex, &word, FUTEX_WAKE, 1) == 0);
    CHILD_CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 1, nullptr) == -1);
    CHILD_CHECK(errno == EAGAIN);
    ReadClock();
    CHILD_CHECK(write(STDERR_FILENO, "", 0) == 0);
    CHILD_CHECK(syscall(SYS_tgkill, OwnPid(), syscall(SYS_gettid), 0) == 0);
  });
  EXPECT_THAT(chain.End(), EndsClean());
}

// By a name, not by a tracer's ENOSYS: the host's answer is what it gets.
TEST(WorkerFiltersLiveTest, WhatNeitherMayIsTold) {
  const struct {
    long number;
    long args[3];
  } kTold[] = {
      {SYS_execve, {0, 0, 0}},
      {SYS_mmap, {0, 4096, PROT_READ}},
      {SYS_brk, {0, 0, 0}},
      {SYS_socket, {1, 2, 3}},
      {SYS_write, {STDOUT_FILENO, 0, 0}},
      {SYS_clone, {static_cast<long>(kThreadFlags), 0, 0}},
      {SYS_prctl, {PR_SET_NAME, 0, 0}},
      {SYS_seccomp, {SECCOMP_GET_ACTION_AVAIL, 0, 0}},
      {SYS_madvise, {0, 4096, MADV_DONTNEED}},
      {500, {1, 2, 3}},  // no call of today
  };
  WorkerChain chain;
  chain.Start({}, [&kTold] {
    for (const auto& [number, args] : kTold) {
      CHILD_CHECK(syscall(number, args[0], args[1], args[2]) == -1);
      CHILD_CHECK(errno == EXDEV);
    }
  });
  for (const auto& [number, args] : kTold) {
    const std::optional<Listener::Call> call = chain.Next();
    ASSERT_TRUE(call.has_value()) << number;
    EXPECT_EQ(call->pid, static_cast<uint32_t>(chain.worker()));
    EXPECT_EQ(call->request.number, static_cast<uint32_t>(number));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(call->request.args[i], static_cast<uint64_t>(args[i]));
    }
    chain.listener().Refuse(*call, EXDEV);
  }
  EXPECT_THAT(chain.End(), EndsClean());
}

// Nor is the host told: its filter allows them, to the template.
TEST(WorkerFiltersLiveTest, WhatMakesWorkersKillsAWorker) {
  const std::function<void()> kForks[] = {
      [] { syscall(SYS_clone, kForkFlags, 0, 0, 0); },
      [] { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); },
      [] {
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                nullptr);
      },
      [] { syscall(SYS_madvise, nullptr, 0, MADV_POPULATE_WRITE); },
      [] { syscall(SYS_getppid); },
      [] { syscall(SYS_tgkill, 1, 1, 0); },
  };
  for (const std::function<void()>& forks : kForks) {
    WorkerChain chain;
    chain.Start({}, forks);
    EXPECT_THAT(chain.End(), DiesOf(SIGSYS)) << &forks - kForks;
  }
}

TEST(WorkerFiltersLiveTest, AnAbortIsOne) {
  WorkerChain chain;
  chain.Start({}, [] { abort(); });
  EXPECT_THAT(chain.End(), DiesOf(SIGABRT));
}

TEST(WorkerFiltersLiveTest, ADescriptorIsAskedOfTheHost) {
  for (const WorkerPolicyOptions& options :
       {WorkerPolicyOptions{}, {.allow = {"unsafe:recvmsg"}}}) {
    WorkerChain chain;
    chain.Start(options, [] {
      CHILD_CHECK(syscall(SYS_recvmsg, -1, nullptr, 0) == -1);
      CHILD_CHECK(errno == EXDEV);
    });
    const std::optional<Listener::Call> call = chain.Next();
    ASSERT_TRUE(call.has_value());
    EXPECT_TRUE(IsDescriptorRequest(call->request.number, call->request.args));
    chain.listener().Refuse(*call, EXDEV);
    EXPECT_THAT(chain.End(), EndsClean());
  }
}

// As in a copy of a host: this process's malloc is libc's.
TEST(WorkerFiltersLiveTest, WhereMemoryIsRefusedMallocGivesNone) {
  WorkerChain chain;
  chain.Start({.allow = {}, .memory = MemoryCalls::kRefuse}, [] {
    CHILD_CHECK(syscall(SYS_mmap, nullptr, 4096, PROT_READ, 0, -1, 0) == -1);
    CHILD_CHECK(errno == ENOMEM);
    CHILD_CHECK(syscall(SYS_brk, nullptr) == 0);
    errno = 0;
    CHILD_CHECK(sbrk(1 << 20) == reinterpret_cast<void*>(-1));
    CHILD_CHECK(errno == ENOMEM);
    void* blocks = nullptr;
    size_t taken = 0;
    for (; void* const block = malloc(5000); ++taken) {
      memset(block, 1, 5000);
      memcpy(block, &blocks, sizeof(blocks));
      blocks = block;
    }
    CHILD_CHECK(taken < 1 << 20);
    CHILD_CHECK(malloc(size_t{1} << 30) == nullptr);
    while (blocks != nullptr) {
      void* const block = blocks;
      memcpy(&blocks, block, sizeof(blocks));
      free(block);
    }
    void* const again = taken == 0 ? nullptr : malloc(5000);
    CHILD_CHECK((again != nullptr) == (taken != 0));
  });
  EXPECT_THAT(chain.End(), EndsClean());
}

TEST(WorkerFiltersLiveTest, WhatADecoderMayOfItselfItMayAsAWorker) {
  WorkerChain chain;
  chain.Start({.preset = "decoder", .allow = {}}, [] {
    CHILD_CHECK(syscall(SYS_kill, OwnPid(), 0) == 0);
    CHILD_CHECK(syscall(SYS_getppid) > 0);
    CHILD_CHECK(syscall(SYS_madvise, nullptr, 0, MADV_POPULATE_WRITE) == -1);
    CHILD_CHECK(errno == EINVAL);
    syscall(SYS_kill, 1, 0);
  });
  EXPECT_THAT(chain.End(), DiesOf(SIGSYS));
}

// No filter but the last: nothing is told, and nothing carried out.
ChildEnd InLastAlone(const std::function<void()>& body) {
  WorkerFilters filters =
      CompileWorkerFilters(WorkerPolicy::Create({}).value()).value();
  return InChild([&] {
    BindOwnPid(filters.last_filter, getpid());
    CHILD_CHECK(SetNoNewPrivs() == 0);
    CHILD_CHECK(Narrow(filters.last_filter).failed == LockStep::kDone);
    body();
  });
}

TEST(WorkerFiltersLiveTest, TheLastFilterConfinesAlone) {
  EXPECT_THAT(
      InLastAlone([] {
        ReadClock();
        for (const int number : {SYS_execve, SYS_mmap, SYS_brk, SYS_fork,
                                 SYS_openat, SYS_socket, SYS_recvmsg, 500}) {
          CHILD_CHECK(syscall(number, 0, 0, 0, 0, 0, 0) == -1);
          CHILD_CHECK(errno == ENOSYS);
        }
      }),
      EndsClean());
  EXPECT_THAT(InLastAlone([] { syscall(SYS_clone, kForkFlags, 0, 0, 0); }),
              DiesOf(SIGSYS));
}

}  // namespace
}  // namespace cellblock
