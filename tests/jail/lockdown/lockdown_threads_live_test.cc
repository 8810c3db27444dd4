// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Threads that the lock meets. Each test has a child of its own.

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <atomic>
#include <thread>
#include <vector>

#include "jail/inject_call.h"
#include "tests/jail/live_filter.h"
#include "tests/jail/lockdown/lockdown_child.h"
#include "tests/jail/lockdown/threads.h"

namespace cellblock {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Row 39: each thread, one by one, by what the kernel says of it to itself.
TEST(LockdownThreadsLiveTest, SeedParity_Row39_EachThreadProvesItsLock) {
  EXPECT_THAT(
      InChild([] {
        constexpr int kThreads = 8;
        const int before = StateOfLock().filters;
        const int main_status = open("/proc/thread-self/status", O_RDONLY);
        CHILD_CHECK(main_status >= 0);
        const auto prove = [before](int status) {
          char text[8192];
          const ssize_t length = pread(status, text, sizeof(text), 0);
          CHILD_CHECK(length > 0);
          const auto state =
              ParseLockState({text, static_cast<size_t>(length)});
          CHILD_CHECK(state.has_value() && state->no_new_privs);
          CHILD_CHECK(state->seccomp_mode == 2);
          CHILD_CHECK(state->filters == before + 1);
        };
        std::atomic<int> ready = 0, proved = 0;
        Gate locked;
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i) {
          threads.emplace_back([&] {
            const int status = open("/proc/thread-self/status", O_RDONLY);
            CHILD_CHECK(status >= 0);
            ++ready;
            locked.Pass();
            prove(status);
            ++proved;
          });
        }
        Await([&] { return ready == kThreads; });
        CHILD_CHECK(LockChild().threads == kThreads + 1);
        prove(main_status);
        locked.Open();
        for (std::thread& thread : threads) thread.join();
        CHILD_CHECK(proved == kThreads);
      }),
      EndsClean());
}

// Row 41: on any thread.
TEST(LockdownThreadsLiveTest, SeedParity_Row41_AForbiddenCallDiesOnAnyThread) {
  const auto on_main = [] {
    LockChild();
    InjectForbiddenCall(SYS_socket);
  };
  const auto on_old = [] {
    Gate locked;
    std::thread old([&] {
      locked.Pass();
      InjectForbiddenCall(SYS_socket);
    });
    LockChild();
    locked.Open();
    old.join();
  };
  const auto on_new = [] {
    LockChild();
    std::thread([] { InjectForbiddenCall(SYS_socket); }).join();
  };
  for (const Story& story :
       {StoryOf(on_main), StoryOf(on_old), StoryOf(on_new)}) {
    EXPECT_THAT(story.end, DiesOf(SIGSYS));
    EXPECT_THAT(story.said, HasSubstr("forbidden call socket("));
  }
  EXPECT_EQ(InjectForbiddenCall(SYS_socket), -EAFNOSUPPORT);
}

// libc would unmap the sixth of them, with all signals blocked.
TEST(LockdownThreadsLiveTest, ManyEarlierThreadsEndAfterTheLock) {
  EXPECT_THAT(InChild([] {
                Gate leave;
                std::vector<std::thread> workers;
                for (int i = 0; i < 32; ++i) {
                  workers.emplace_back([&] { leave.Pass(); });
                }
                LockChild(ServicePreset(), {.threads = 2});
                leave.Open();
                for (std::thread& worker : workers) worker.join();
                // Their stacks serve later threads.
                Gate end;
                std::vector<std::thread> later;
                for (int i = 0; i < 34; ++i) {
                  later.emplace_back([&] { end.Pass(); });
                }
                end.Open();
                for (std::thread& thread : later) thread.join();
              }),
              EndsClean());
}

// Threads that start while the lock comes have it, or start after it.
TEST(LockdownThreadsLiveTest, ThreadsThatStartDuringTheLockAreLocked) {
  for (int round = 0; round < 10; ++round) {
    EXPECT_THAT(
        InChild([] {
          std::atomic<bool> leave = false;
          std::atomic<int> started = 0;
          std::vector<std::thread> starters;
          // A guard of its own size, so that each has a stack mapped.
          pthread_attr_t attributes;
          CHILD_CHECK(pthread_attr_init(&attributes) == 0);
          CHILD_CHECK(pthread_attr_setguardsize(&attributes, 128 << 10) == 0);
          for (int i = 0; i < 2; ++i) {
            starters.emplace_back([&] {
              while (!leave) {
                pthread_t thread;
                if (pthread_create(&thread, &attributes, &Nothing, nullptr) !=
                    0) {
                  continue;
                }
                CHILD_CHECK(pthread_join(thread, nullptr) == 0);
                ++started;
              }
            });
          }
          Await([&] { return started > 10; });
          CHILD_CHECK(LockChild().threads >= 3);
          const int so_far = started;
          Await([&] { return started > so_far + 100; });
          leave = true;
          for (std::thread& starter : starters) starter.join();
        }),
        EndsClean());
  }
}

// Without a lock threads are as they always were.
TEST(LockdownThreadsLiveTest, BeforeTheLockThreadsAreAsEver) {
  EXPECT_THAT(InChild([] {
                std::vector<std::thread> threads;
                Gate leave;
                for (int i = 0; i < 100; ++i) {
                  threads.emplace_back([&] {
                    volatile char frame[1 << 20];
                    frame[0] = 1;
                    frame[sizeof(frame) - 1] = 1;
                    leave.Pass();
                  });
                }
                leave.Open();
                for (std::thread& thread : threads) thread.join();
                for (int i = 0; i < 1000; ++i) {
                  std::thread([] {}).detach();
                  std::thread([] {}).join();
                }
              }),
              EndsClean());
}

}  // namespace
}  // namespace cellblock
