// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/thread_limit.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace cellblock {
namespace {

TEST(ThreadLimitTest, TheLimitIsOfThoseThatThereAre) {
  ThreadLimit limit;
  EXPECT_FALSE(limit.MayStart());
  limit.Set(getpid(), 0);
  EXPECT_FALSE(limit.MayStart());
  limit.Set(getpid(), 1);
  EXPECT_TRUE(limit.MayStart());
  bool during = true;
  std::thread([&] { during = limit.MayStart(); }).join();
  EXPECT_FALSE(during);
}

TEST(ThreadLimitTest, NothingStartsWhereNothingCanBeCounted) {
  constexpr pid_t kNobody = 0;
  ThreadLimit limit;
  limit.Set(kNobody, 100);
  EXPECT_FALSE(limit.MayStart());
}

}  // namespace
}  // namespace cellblock
