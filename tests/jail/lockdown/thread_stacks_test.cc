// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/thread_stacks.h"

#include <dlfcn.h>
#include <errno.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>

namespace cellblock {
namespace {

constexpr size_t kBytes = size_t{256} << 10;

// libc's own, whatever replaces it.
ThreadStacks::Create* RealCreate() {
  return reinterpret_cast<ThreadStacks::Create*>(
      dlsym(RTLD_NEXT, "pthread_create"));
}

std::atomic<bool> g_leave;

void* WaitToLeave(void*) {
  while (!g_leave) sched_yield();
  return nullptr;
}

// A thread on `stack`, which waits for g_leave.
pthread_t StartOn(const ThreadStack& stack, int detach_state) {
  g_leave = false;
  pthread_attr_t attributes;
  pthread_t thread;
  EXPECT_EQ(pthread_attr_init(&attributes), 0);
  EXPECT_EQ(pthread_attr_setstack(&attributes, stack.begin(), stack.bytes()),
            0);
  EXPECT_EQ(pthread_attr_setdetachstate(&attributes, detach_state), 0);
  EXPECT_EQ(RealCreate()(&thread, &attributes, &WaitToLeave, nullptr), 0);
  pthread_attr_destroy(&attributes);
  return thread;
}

class ThreadStacksTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(stacks_.Prepare(RealCreate(), 2 * kLeastStackBytes), 0);
    before_ = stacks_.CountFree(kBytes);
  }

  ThreadStacks stacks_;
  size_t before_ = 0;
  uint32_t taken_ = 0;
};

TEST_F(ThreadStacksTest, LaysWhatIsMissing) {
  ASSERT_EQ(stacks_.Lay(3, kBytes), 0);
  EXPECT_EQ(stacks_.CountFree(kBytes), 3u);
  ASSERT_EQ(stacks_.Lay(3, kBytes), 0);
  EXPECT_EQ(stacks_.CountFree(kBytes), 3u);
  ASSERT_EQ(stacks_.Lay(5, kBytes), 0);
  EXPECT_EQ(stacks_.CountFree(kBytes), 5u);
  EXPECT_EQ(stacks_.Largest(), kBytes);
}

TEST_F(ThreadStacksTest, TakesTheSmallestThatFits) {
  ASSERT_EQ(stacks_.Lay(1, 4 * kBytes), 0);
  ThreadStack* const small = stacks_.Map(kBytes, 0, &taken_);
  ASSERT_NE(small, nullptr);
  small->Joined();
  EXPECT_EQ(stacks_.Take(kBytes, &taken_), small);
  ThreadStack* const large = stacks_.Take(kBytes, &taken_);
  ASSERT_NE(large, nullptr);
  EXPECT_EQ(large->bytes(), 4 * kBytes);
  EXPECT_EQ(stacks_.Take(kBytes, &taken_), nullptr);
  EXPECT_EQ(stacks_.Take(8 * kBytes, &taken_), nullptr);
}

TEST_F(ThreadStacksTest, WhatIsTooLargeIsNotMapped) {
  EXPECT_EQ(stacks_.Map(SIZE_MAX, 0, &taken_), nullptr);
  EXPECT_EQ(stacks_.Map(kBytes, SIZE_MAX, &taken_), nullptr);
  EXPECT_EQ(stacks_.Lay(1, size_t{1} << 60), ENOMEM);
}

TEST_F(ThreadStacksTest, AJoinableThreadKeepsItsStackUntilItIsJoined) {
  ThreadStack* const stack = stacks_.Map(kBytes, 0, &taken_);
  const pthread_t thread = StartOn(*stack, PTHREAD_CREATE_JOINABLE);
  stack->Started(ThreadStack::Start::kJoinable, taken_);
  EXPECT_EQ(stacks_.Find(thread), stack);
  g_leave = true;
  EXPECT_EQ(stacks_.CountFree(kBytes), before_);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  EXPECT_EQ(stacks_.CountFree(kBytes), before_);
  stack->Joined();
  EXPECT_EQ(stacks_.CountFree(kBytes), before_ + 1);
}

// Only the kernel says that it is done with it.
TEST_F(ThreadStacksTest, ADetachedThreadKeepsItsStackUntilItHasEnded) {
  ThreadStack* const stack = stacks_.Map(kBytes, 0, &taken_);
  StartOn(*stack, PTHREAD_CREATE_DETACHED);
  stack->Started(ThreadStack::Start::kDetached, taken_);
  EXPECT_EQ(stacks_.Take(kBytes, &taken_), nullptr);
  g_leave = true;
  while (stacks_.Take(kBytes, &taken_) != stack) sched_yield();
}

TEST_F(ThreadStacksTest, OnlyDetachedThreadsAreWaitedFor) {
  ThreadStack* const stack = stacks_.Map(kBytes, 0, &taken_);
  EXPECT_FALSE(stacks_.AnyDetached(kBytes));
  stack->Started(ThreadStack::Start::kJoinable, taken_);
  EXPECT_FALSE(stacks_.AnyDetached(kBytes));
  stack->Detached();
  EXPECT_TRUE(stacks_.AnyDetached(kBytes));
  EXPECT_FALSE(stacks_.AnyDetached(2 * kBytes));
}

TEST_F(ThreadStacksTest, StacksOfOneMappingHaveGuardsOnBothSides) {
  ASSERT_EQ(stacks_.Lay(3, kBytes), 0);
  for (int i = 0; i < 3; ++i) {
    ThreadStack* const stack = stacks_.Take(kBytes, &taken_);
    ASSERT_NE(stack, nullptr);
    char* const begin = static_cast<char*>(stack->begin());
    begin[0] = begin[stack->bytes() - 1] = 1;
    EXPECT_GE(stack->guard_bytes(), kStackGuardBytes);
    EXPECT_DEATH(begin[-1] = 1, "");
    EXPECT_DEATH(begin[-static_cast<ptrdiff_t>(stack->guard_bytes())] = 1, "");
    EXPECT_DEATH(begin[stack->bytes()] = 1, "");
  }
}

// A thread can be joined and its stack be another's before its creator is back.
TEST_F(ThreadStacksTest, ALateStartedDoesNotTouchTheNextThread) {
  ThreadStack* const stack = stacks_.Map(kBytes, 0, &taken_);
  const uint32_t first = taken_;
  stack->Joined();
  ASSERT_EQ(stacks_.Take(kBytes, &taken_), stack);
  stack->Started(ThreadStack::Start::kFailed, first);
  EXPECT_EQ(stacks_.Take(kBytes, &taken_), nullptr);
}

TEST_F(ThreadStacksTest, AThreadThatDidNotStartLeavesItsStack) {
  ThreadStack* const stack = stacks_.Map(kBytes, 0, &taken_);
  stack->Started(ThreadStack::Start::kFailed, taken_);
  EXPECT_EQ(stacks_.Take(kBytes, &taken_), stack);
}

TEST_F(ThreadStacksTest, ThreadsOnOtherStacksAreNotFound) {
  EXPECT_EQ(stacks_.Find(pthread_self()), nullptr);
}

TEST(ThreadStacksPrepareTest, AFailureToStartOneIsPassedOn) {
  ThreadStacks stacks;
  const auto create = [](pthread_t*, const pthread_attr_t*, void* (*)(void*),
                         void*) { return EAGAIN; };
  EXPECT_EQ(stacks.Prepare(create, 2 * kLeastStackBytes), EAGAIN);
}

}  // namespace
}  // namespace cellblock
