// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The filter that jailrun loads for a program with threads, whole: the
// instructions that have the listener asked of each thread, and the preset's
// own behind them. Both proofs accept it, and what they refuse of it changed is
// the same.

#include "jail/asked_threads.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "jail/evaluator.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/mutations.h"
#include "tests/jail/probes.h"
#include "tests/jail/z3_proof.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

constexpr uint32_t kOther = SECCOMP_RET_ERRNO | 7;
constexpr Binding kAllowed = {kPid, Notify::kSupervisor};
constexpr Binding kAsked = {kPid, Notify::kSupervisor, ThreadStart::kAsked};

bool StartsThreads(const Policy& preset) {
  const SyscallRequest thread = {SYS_clone, {kThreadFlags}};
  return preset.Decide(thread, kPid).action == Action::kAllow;
}

std::vector<const Policy*> PresetsWithThreads() {
  std::vector<const Policy*> presets;
  for (const Policy& preset : AllPresets()) {
    if (IsInheritable(preset) && StartsThreads(preset)) {
      presets.push_back(&preset);
    }
  }
  return presets;
}

// How many instructions stand in front.
size_t FrontLength() { return WithAskedThreads({}).size(); }

bool Differs(const Policy& preset, const Binding& binding,
             const Program& program) {
  return FindDifference(preset, binding, program).has_value();
}

uint32_t Answer(uint32_t arch, uint32_t number, uint64_t flags) {
  seccomp_data data = {};
  data.arch = arch;
  data.nr = static_cast<int>(number);
  data.args[0] = flags;
  const auto answer =
      Evaluate(WithAskedThreads({BPF_STMT(BPF_RET | BPF_K, kOther)}), data);
  EXPECT_TRUE(answer);
  return answer.value_or(0);
}

TEST(AskedThreadsTest, TheStartOfAThreadIsHandedOverAndNothingElse) {
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

TEST(AskedThreadsTest, TheWholeFilterIsProvedTwice) {
  ASSERT_GE(PresetsWithThreads().size(), 2u);
  for (const Policy* preset : PresetsWithThreads()) {
    SCOPED_TRACE(preset->name());
    const Program whole = WithAskedThreads(PresetFilter(*preset, kPid));
    EXPECT_FALSE(ProveFilter(*preset, kAsked, whole));
    EXPECT_FALSE(Differs(*preset, kAsked, whole));
  }
}

TEST(AskedThreadsTest, WhoeverIsAskedInVainOrNotAskedIsCaught) {
  for (const Policy* preset : PresetsWithThreads()) {
    SCOPED_TRACE(preset->name());
    const Program body = PresetFilter(*preset, kPid);
    const Program whole = WithAskedThreads(body);
    EXPECT_TRUE(ProveFilter(*preset, kAsked, body));
    EXPECT_TRUE(Differs(*preset, kAsked, body));
    EXPECT_TRUE(ProveFilter(*preset, kAllowed, whole));
    EXPECT_TRUE(Differs(*preset, kAllowed, whole));
  }
}

// What ProveFilter accepts of the changed ones Z3 cannot tell from the policy.
TEST(AskedThreadsTest, AChangeOfTheFrontIsCaughtByBothProofs) {
  const Policy& preset = *FindPreset("decoder");
  const Program whole = WithAskedThreads(PresetFilter(preset, kPid));
  size_t caught = 0;
  for (size_t at = 0; at < FrontLength(); ++at) {
    for (const sock_filter& changed : Changes(whole[at])) {
      Program mutant = whole;
      mutant[at] = changed;
      if (ProveFilter(preset, kAsked, mutant)) {
        ++caught;
        continue;
      }
      SCOPED_TRACE("instruction " + std::to_string(at) + ", code " +
                   std::to_string(changed.code) + ", k " +
                   std::to_string(changed.k));
      EXPECT_FALSE(Differs(preset, kAsked, mutant));
    }
    Program shorter = whole;
    shorter.erase(shorter.begin() + static_cast<ptrdiff_t>(at));
    EXPECT_TRUE(ProveFilter(preset, kAsked, shorter)) << at;
    EXPECT_TRUE(Differs(preset, kAsked, shorter)) << at;
  }
  EXPECT_GT(caught, 10 * FrontLength());
}

// All that ProbeCalls finds to ask, by evaluation, beside the proofs.
TEST(AskedThreadsTest, EveryOtherCallIsAnsweredAsBefore) {
  for (const Policy* preset : PresetsWithThreads()) {
    SCOPED_TRACE(preset->name());
    const Program body = PresetFilter(*preset, kPid);
    const Program whole = WithAskedThreads(body);
    size_t threads = 0;
    for (const seccomp_data& call : ProbeCalls(*preset, kPid)) {
      const bool starts_thread = call.arch == AUDIT_ARCH_X86_64 &&
                                 call.nr == SYS_clone &&
                                 call.args[0] == kThreadFlags;
      threads += starts_thread ? 1 : 0;
      ASSERT_EQ(Evaluate(whole, call),
                starts_thread ? SECCOMP_RET_USER_NOTIF : Evaluate(body, call));
    }
    EXPECT_GT(threads, 0u);
  }
}

}  // namespace
}  // namespace cellblock
