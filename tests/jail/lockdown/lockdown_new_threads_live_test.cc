// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Threads that start after the lock. Each test has a child of its own.

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <threads.h>

#include <array>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/jail/lockdown/lockdown_child.h"
#include "tests/jail/lockdown/threads.h"

namespace cellblock {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(LockdownNewThreadsLiveTest, AllStacksAreUsedAndOneMoreIsRefusedWithAHint) {
  const Story story = StoryOf([] {
    LockChild(ServicePreset(), {.threads = 4});
    Gate leave;
    std::vector<std::thread> threads;
    for (int round = 0; round < 3; ++round) {
      while (threads.size() < 4) threads.emplace_back([&] { leave.Pass(); });
      for (int more = 0; more < 2; ++more) {
        pthread_t thread;
        CHILD_CHECK(pthread_create(&thread, nullptr, &Nothing, nullptr) ==
                    EAGAIN);
      }
      bool refused = false;
      try {
        std::thread([] {}).join();
      } catch (const std::system_error& error) {
        refused = error.code() == std::errc::resource_unavailable_try_again;
      }
      CHILD_CHECK(refused);
      leave.Open();
      for (std::thread& thread : threads) thread.join();
      threads.clear();
    }
    std::thread([] {}).join();
  });
  EXPECT_THAT(story.end, EndsClean());
  EXPECT_EQ(story.said,
            "cellblock: no stack is left for a further thread after the lock; "
            "raise the number of threads that it is given\n");
}

TEST(LockdownNewThreadsLiveTest, TenThousandShortThreadsOnFourStacks) {
  EXPECT_THAT(InChild([] {
                LockChild(ServicePreset(), {.threads = 4});
                std::atomic<int> ran = 0;
                for (int i = 0; i < 10'000; i += 4) {
                  std::array<std::thread, 4> threads;
                  for (std::thread& thread : threads) {
                    thread = std::thread([&] { ++ran; });
                  }
                  for (std::thread& thread : threads) thread.join();
                }
                CHILD_CHECK(ran == 10'000);
              }),
              EndsClean());
}

// A stack comes back when the kernel has cleared the thread's id: who starts
// too many at once is told to try again.
TEST(LockdownNewThreadsLiveTest, TenThousandDetachedThreadsOnFourStacks) {
  EXPECT_THAT(InChild([] {
                LockChild(ServicePreset(), {.threads = 4});
                static std::atomic<int> ran = 0;
                struct Owned {
                  void* argument;
                  pthread_t thread;
                };
                pthread_attr_t detached;
                CHILD_CHECK(pthread_attr_init(&detached) == 0);
                CHILD_CHECK(pthread_attr_setdetachstate(
                                &detached, PTHREAD_CREATE_DETACHED) == 0);
                const auto body = [](void* own) -> void* {
                  // The creator's memory may be gone before it has returned.
                  delete static_cast<Owned*>(own);
                  // A stack with two owners would not keep what it holds.
                  volatile char frame[4096];
                  for (volatile char& byte : frame) byte = 7;
                  for (const volatile char& byte : frame)
                    CHILD_CHECK(byte == 7);
                  ++ran;
                  return nullptr;
                };
                for (int i = 0; i < 10'000; ++i) {
                  for (;;) {
                    auto* const own = new Owned;
                    own->argument = own;
                    const int error = pthread_create(&own->thread, &detached,
                                                     body, own->argument);
                    if (error == 0) break;
                    CHILD_CHECK(error == EAGAIN);
                    delete own;
                    sched_yield();
                  }
                }
                Await([] { return ran == 10'000; });
              }),
              EndsClean());
}

TEST(LockdownNewThreadsLiveTest, ThreadsDetachThemselvesAndAreDetached) {
  EXPECT_THAT(InChild([] {
                LockChild(ServicePreset(), {.threads = 2});
                std::atomic<int> ran = 0;
                const auto start = [&](const auto& body) {
                  for (;;) {
                    try {
                      return std::thread(body);
                    } catch (const std::system_error&) {
                      sched_yield();
                    }
                  }
                };
                for (int i = 0; i < 500; ++i) {
                  start([&] { ++ran; }).detach();
                  pthread_t thread;
                  const auto self = [](void* count) -> void* {
                    pthread_detach(pthread_self());
                    ++*static_cast<std::atomic<int>*>(count);
                    return nullptr;
                  };
                  while (pthread_create(&thread, nullptr, self, &ran) != 0) {
                    sched_yield();
                  }
                }
                Await([&] { return ran == 1000; });
              }),
              EndsClean());
}

TEST(LockdownNewThreadsLiveTest, EveryWayToJoinGivesTheStackBack) {
  EXPECT_THAT(
      InChild([] {
        LockChild(ServicePreset(), {.threads = 1});
        timespec soon;
        CHILD_CHECK(clock_gettime(CLOCK_REALTIME, &soon) == 0);
        soon.tv_sec += 10;
        for (int round = 0; round < 3; ++round) {
          pthread_t thread;
          void* result;
          const auto start = [&](int number) {
            CHILD_CHECK(pthread_create(&thread, nullptr, &Nothing,
                                       reinterpret_cast<void*>(number)) == 0);
          };
          start(1);
          CHILD_CHECK(pthread_join(thread, &result) == 0);
          start(2);
          Await([&] { return pthread_tryjoin_np(thread, &result) == 0; });
          start(3);
          CHILD_CHECK(pthread_timedjoin_np(thread, &result, &soon) == 0);
          start(4);
          CHILD_CHECK(pthread_clockjoin_np(thread, &result, CLOCK_REALTIME,
                                           &soon) == 0);
          CHILD_CHECK(result == reinterpret_cast<void*>(4));
          thrd_t c11;
          int code = 0;
          CHILD_CHECK(thrd_create(
                          &c11, [](void*) { return -5; }, nullptr) ==
                      thrd_success);
          CHILD_CHECK(thrd_join(c11, &code) == thrd_success && code == -5);
        }
      }),
      EndsClean());
}

TEST(LockdownNewThreadsLiveTest, ThreadsEndInEveryWay) {
  EXPECT_THAT(InChild([] {
                LockChild(ServicePreset(), {.threads = 2});
                static std::atomic<int> destroyed = 0;
                struct Counts {
                  ~Counts() { ++destroyed; }
                };
                for (int round = 0; round < 50; ++round) {
                  std::thread([] {
                    static thread_local Counts counts;
                    static_cast<void>(&counts);
                    const Counts on_stack;
                    pthread_exit(nullptr);
                  }).join();
                  std::thread cancelled([] {
                    const Counts on_stack;
                    for (;;) pause();
                  });
                  CHILD_CHECK(pthread_cancel(cancelled.native_handle()) == 0);
                  cancelled.join();
                }
                CHILD_CHECK(destroyed >= 100);
              }),
              EndsClean());
}

TEST(LockdownNewThreadsLiveTest, WhatTheCreatorAsksForIsKeptOrRefused) {
  const Story story = StoryOf([] {
    constexpr size_t kOwn = size_t{1} << 20;
    void* const own = mmap(nullptr, kOwn, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHILD_CHECK(own != MAP_FAILED);
    LockChild(ServicePreset(),
              {.threads = 1, .thread_stack_bytes = size_t{256} << 10});
    pthread_attr_t attributes;
    pthread_t thread;
    uintptr_t here = 0;
    const auto where = [](void* at) -> void* {
      int local = 0;
      *static_cast<uintptr_t*>(at) = reinterpret_cast<uintptr_t>(&local);
      return nullptr;
    };
    // Twice at a time: the one with its own stack takes none of ours.
    Gate leave;
    std::thread other([&] { leave.Pass(); });
    CHILD_CHECK(pthread_attr_init(&attributes) == 0);
    CHILD_CHECK(pthread_attr_setstack(&attributes, own, kOwn) == 0);
    CHILD_CHECK(pthread_create(&thread, &attributes, where, &here) == 0);
    CHILD_CHECK(pthread_join(thread, nullptr) == 0);
    CHILD_CHECK(here - reinterpret_cast<uintptr_t>(own) < kOwn);
    leave.Open();
    other.join();
    // A size that fits, and attributes that ask for none.
    CHILD_CHECK(pthread_attr_init(&attributes) == 0);
    CHILD_CHECK(pthread_create(&thread, &attributes, where, &here) == 0);
    CHILD_CHECK(pthread_join(thread, nullptr) == 0);
    CHILD_CHECK(pthread_attr_setstacksize(&attributes, 128 << 10) == 0);
    CHILD_CHECK(pthread_create(&thread, &attributes, where, &here) == 0);
    CHILD_CHECK(pthread_join(thread, nullptr) == 0);
    // One that is larger than any.
    CHILD_CHECK(pthread_attr_setstacksize(&attributes, 512 << 10) == 0);
    CHILD_CHECK(pthread_create(&thread, &attributes, where, &here) == EAGAIN);
  });
  EXPECT_THAT(story.end, EndsClean());
  EXPECT_THAT(story.said, HasSubstr("raise thread_stack_bytes"));
}

TEST(LockdownNewThreadsLiveTest, AStackEndsAtAGuard) {
  EXPECT_THAT(
      InChild([] {
        LockChild(ServicePreset(), {.threads = 2});
        std::thread([] {
          pthread_attr_t attributes;
          void* begin;
          size_t bytes;
          CHILD_CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
          CHILD_CHECK(pthread_attr_getstack(&attributes, &begin, &bytes) == 0);
          volatile char* const lowest = static_cast<char*>(begin);
          lowest[0] = 1;
          lowest[-1] = 1;
        }).join();
      }),
      DiesOf(SIGSEGV));
}

}  // namespace
}  // namespace cellblock
