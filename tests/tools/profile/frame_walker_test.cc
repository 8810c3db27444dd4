// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/frame_walker.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <cstdint>
#include <cstring>

#include "tools/jailrun/profile/frame_rules.h"

namespace cellblock {
namespace {

constexpr uint32_t kMost = 48;

struct Walked {
  uint64_t frames[kMost] = {};
  uint32_t count = 0;
};

FrameWalker g_walker;
Walked g_walked;

// The test and what it tests are one file: a walk is of the callers elsewhere.
// So it goes by way of libc, which calls back.
int Compare(const void*, const void*) {
  const auto end = reinterpret_cast<uintptr_t>(environ);
  g_walked = {};
  g_walked.count = g_walker.Walk(end, g_walked.frames, kMost);
  return 0;
}

bool IsInLibc(uint64_t address) {
  Dl_info info;
  return dladdr(reinterpret_cast<void*>(address), &info) != 0 &&
         strstr(info.dli_fname, "libc.so") != nullptr;
}

TEST(FrameWalkerTest, NothingIsFoundBeforeCollect) {
  const FrameWalker walker;
  uint64_t frames[kMost];
  EXPECT_EQ(walker.Walk(reinterpret_cast<uintptr_t>(environ), frames, kMost),
            0u);
}

TEST(FrameWalkerTest, CallersInOtherFilesAreFoundUpToTheOwnAgain) {
  g_walker.Collect();
  int pair[2] = {1, 2};
  qsort(pair, 2, sizeof(int), &Compare);
  // qsort, and what it does by itself.
  ASSERT_GE(g_walked.count, 1u);
  ASSERT_LE(g_walked.count, 4u);
  for (uint32_t i = 0; i < g_walked.count; ++i) {
    EXPECT_TRUE(IsInLibc(g_walked.frames[i])) << i;
  }
}

TEST(FrameWalkerTest, AStackThatEndsAtOnceGivesNothing) {
  g_walker.Collect();
  uint64_t frames[kMost];
  EXPECT_EQ(g_walker.Walk(0, frames, kMost), 0u);
}

TEST(FrameWalkerTest, RulesOfAFunctionAreThoseThatItsFileTells) {
  FrameRules rules;
  // No such index: a head of another version.
  alignas(8) const uint8_t index[32] = {2};
  EXPECT_FALSE(FindFrameRules(reinterpret_cast<uintptr_t>(index),
                              reinterpret_cast<uintptr_t>(index), &rules));
}

void OnSignal(int) { Compare(nullptr, nullptr); }

// raise() is what the handler interrupted: its frames are there, and those of
// the return from the handler are not.
TEST(FrameWalkerTest, AHandlerLeadsToWhatItInterrupted) {
  g_walker.Collect();
  struct sigaction action = {};
  action.sa_handler = &OnSignal;
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
  ASSERT_GE(g_walked.count, 1u);
  for (uint32_t i = 0; i < g_walked.count; ++i) {
    EXPECT_TRUE(IsInLibc(g_walked.frames[i])) << i;
  }
}

void* WalkInThread(void*) {
  auto* const walked = new Walked;
  const auto own = reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
  walked->count = g_walker.Walk(own, walked->frames, kMost);
  return walked;
}

TEST(FrameWalkerTest, AThreadsStackEndsWhereItStarted) {
  g_walker.Collect();
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, nullptr, &WalkInThread, nullptr), 0);
  void* result = nullptr;
  pthread_join(thread, &result);
  auto* const walked = static_cast<Walked*>(result);
  // start_thread, and clone.
  EXPECT_GE(walked->count, 1u);
  EXPECT_LE(walked->count, 2u);
  delete walked;
}

}  // namespace
}  // namespace cellblock
