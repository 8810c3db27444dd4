// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/counted_threads.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "jail/evaluator.h"
#include "jail/policy.h"

namespace cellblock {
namespace {

constexpr uint32_t kOther = SECCOMP_RET_ERRNO | 7;

uint32_t Answer(uint32_t arch, uint32_t number, uint64_t flags) {
  seccomp_data data = {};
  data.arch = arch;
  data.nr = static_cast<int>(number);
  data.args[0] = flags;
  const auto answer =
      Evaluate(WithCountedThreads({BPF_STMT(BPF_RET | BPF_K, kOther)}), data);
  EXPECT_TRUE(answer);
  return answer.value_or(0);
}

TEST(CountedThreadsTest, TheStartOfAThreadIsHandedOverAndNothingElse) {
  EXPECT_EQ(Answer(AUDIT_ARCH_X86_64, SYS_clone, kThreadFlags),
            uint32_t{SECCOMP_RET_USER_NOTIF});
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(Answer(AUDIT_ARCH_X86_64, SYS_clone,
                     kThreadFlags ^ (uint64_t{1} << bit)),
              kOther)
        << bit;
  }
  constexpr uint32_t kX32 = 0x40000000;
  for (const uint32_t number : {0u, 55u, 57u, 435u, kX32 | SYS_clone}) {
    EXPECT_EQ(Answer(AUDIT_ARCH_X86_64, number, kThreadFlags), kOther);
  }
  EXPECT_EQ(Answer(AUDIT_ARCH_I386, SYS_clone, kThreadFlags), kOther);
}

TEST(CountedThreadsTest, TheLimitIsOfThoseThatThereAre) {
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

TEST(CountedThreadsTest, NothingStartsWhereNothingCanBeCounted) {
  constexpr pid_t kNobody = 0;
  ThreadLimit limit;
  limit.Set(kNobody, 100);
  EXPECT_FALSE(limit.MayStart());
}

}  // namespace
}  // namespace cellblock
