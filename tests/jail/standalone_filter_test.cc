// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/standalone_filter.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "jail/evaluator.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

constexpr uint32_t kFirstFar = 1024;  // of standalone_filter.cc
constexpr Binding kAlone = {kPid, Notify::kNobody};
constexpr Binding kHandled = {kPid, Notify::kHandler};

// What becomes of a call that a supervisor would have been told of.
uint32_t AnsweredAlone(const Policy& policy, const seccomp_data& call) {
  const uint32_t answer = ExpectedAnswer(policy, call, kPid);
  if (answer != SECCOMP_RET_USER_NOTIF) return answer;
  SyscallRequest request = {.number = static_cast<uint32_t>(call.nr),
                            .args = {}};
  std::copy(std::begin(call.args), std::end(call.args),
            std::begin(request.args));
  const Decision decision = policy.Decide(request, kPid);
  const bool answered =
      decision.action == Action::kRefuse && request.number < kFirstFar;
  return answered ? SECCOMP_RET_ERRNO | static_cast<uint32_t>(decision.error)
                  : SECCOMP_RET_KILL_PROCESS;
}

TEST(StandaloneFilterTest, EveryPresetIsCompiledAndProved) {
  for (const Policy& preset : AllPresets()) {
    const StandalonePolicy alone(preset);
    const CompiledFilter filter = alone.Compile(kAlone);
    ASSERT_EQ(filter.error, "") << preset.name();
    const auto failure = ProveFilter(alone.policy(), kAlone, filter.program);
    EXPECT_FALSE(failure.has_value())
        << preset.name() << ": " << failure->what << " " << failure->number;
    const bool refuses =
        preset.traits().unknown == UnknownCalls::kRefuse ||
        std::any_of(
            preset.rules().begin(), preset.rules().end(),
            [](const Rule& rule) { return rule.action == Action::kRefuse; });
    EXPECT_EQ(ProveFilter(preset, kAlone, filter.program).has_value(), refuses)
        << preset.name();
  }
}

// Where the process itself is told, violations trap, and refusals are answered
// all the same.
TEST(StandaloneFilterTest, EveryPresetIsProvedForAHandler) {
  for (const Policy& preset : AllPresets()) {
    const StandalonePolicy alone(preset);
    const CompiledFilter killing = alone.Compile(kAlone);
    const CompiledFilter trapping = alone.Compile(kHandled);
    ASSERT_EQ(trapping.error, "") << preset.name();
    EXPECT_FALSE(
        ProveFilter(alone.policy(), kHandled, trapping.program).has_value())
        << preset.name();
    EXPECT_TRUE(
        ProveFilter(alone.policy(), kAlone, trapping.program).has_value())
        << preset.name();
    size_t trapped = 0;
    for (const seccomp_data& call : ProbeCalls(preset, kPid)) {
      const auto kills = Evaluate(killing.program, call);
      const auto traps = Evaluate(trapping.program, call);
      if (kills == traps) continue;
      ++trapped;
      ASSERT_EQ(kills, SECCOMP_RET_KILL_PROCESS) << call.nr;
      ASSERT_EQ(traps, SECCOMP_RET_TRAP) << call.nr;
      ASSERT_EQ(call.arch, static_cast<uint32_t>(AUDIT_ARCH_X86_64));
    }
    EXPECT_GT(trapped, 100u) << preset.name();
  }
}

// The proof's conclusion by another way: running the filter.
TEST(StandaloneFilterTest, RefusalsAreAnsweredAndTheRestDies) {
  size_t probes = 0;
  size_t refused = 0;
  for (const Policy& preset : AllPresets()) {
    const CompiledFilter filter = StandalonePolicy(preset).Compile(kAlone);
    for (const seccomp_data& call : ProbeCalls(preset, kPid)) {
      const uint32_t answer =
          Evaluate(filter.program, call).value_or(SECCOMP_RET_LOG);
      ++probes;
      refused += (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
      ASSERT_EQ(answer, AnsweredAlone(preset, call))
          << preset.name() << std::hex << ": arch " << call.arch << " number "
          << call.nr << " args " << call.args[0] << " " << call.args[1] << " "
          << call.args[2];
    }
  }
  EXPECT_GT(probes, 10'000u);
  EXPECT_GT(refused, 1'000u);
}

// A program that differs in one instruction is another policy, or the same one
// written otherwise; it is never accepted and different.
TEST(StandaloneFilterTest, NoChangedJumpIsAcceptedUnlessItChangesNothing) {
  const StandalonePolicy alone(DecoderPreset());
  const std::vector<sock_filter> program = alone.Compile(kAlone).program;
  const std::vector<seccomp_data> calls = ProbeCalls(DecoderPreset(), kPid);
  size_t caught = 0;
  for (size_t i = 0; i < program.size(); ++i) {
    std::vector<sock_filter> changed = program;
    switch (BPF_CLASS(program[i].code)) {
      case BPF_JMP:
        if (BPF_OP(program[i].code) == BPF_JA) {
          ++changed[i].k;
        } else {
          std::swap(changed[i].jt, changed[i].jf);
        }
        break;
      case BPF_RET:
        changed[i].k = SECCOMP_RET_ALLOW;
        break;
      default:
        continue;
    }
    if (ProveFilter(alone.policy(), kAlone, changed).has_value()) {
      ++caught;
      continue;
    }
    for (const seccomp_data& call : calls) {
      ASSERT_EQ(Evaluate(changed, call), Evaluate(program, call)) << i;
    }
  }
  EXPECT_GT(caught, program.size() / 3);
}

TEST(StandaloneFilterTest, RowsInFrontDecideFirst) {
  const Rule rules[] = {
      {SYS_ioctl, Action::kAllow, 0, {{1, kLow32, 5}, {0, ~0ull, 1}}, 2, "a"},
      {SYS_ioctl, Action::kRefuse, EBADF, {{1, kLow32, 5}}, 1, "b"},
      {SYS_ioctl, Action::kRefuse, ENOTTY, {}, 0, "c"},
      {SYS_kill, Action::kAllow, 0, {{0, kLow32, kOwnPid}}, 1, "d"},
      {SYS_kill, Action::kRefuse, EPERM, {}, 0, "e"},
  };
  const Policy policy("rows", rules);
  const CompiledFilter filter = StandalonePolicy(policy).Compile(kAlone);
  ASSERT_EQ(filter.error, "");
  const auto answer = [&](uint32_t number, const Args& args) {
    return Evaluate(filter.program, CallOf(AUDIT_ARCH_X86_64, number, args));
  };
  EXPECT_EQ(answer(SYS_ioctl, {1, 5}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(SYS_ioctl, {2, 5}), SECCOMP_RET_ERRNO | EBADF);
  EXPECT_EQ(answer(SYS_ioctl, {1ull << 32 | 1, 5}), SECCOMP_RET_ERRNO | EBADF);
  EXPECT_EQ(answer(SYS_ioctl, {1, 6}), SECCOMP_RET_ERRNO | ENOTTY);
  EXPECT_EQ(answer(SYS_kill, {kPid}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(answer(SYS_kill, {kPid + 1}), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(answer(SYS_read, {}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(answer(400, {}), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(answer(1000, {}), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(answer(1023, {}), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(answer(1024, {}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(answer(1u << 20, {}), SECCOMP_RET_KILL_PROCESS);
}

TEST(StandaloneFilterTest, APolicyThatDoesNotValidateIsNotCompiled) {
  const Rule rules[] = {{SYS_mmap, Action::kAllow, 0, {}, 0, "grows"}};
  const CompiledFilter filter =
      StandalonePolicy(Policy("greedy", rules)).Compile(kAlone);
  EXPECT_TRUE(filter.program.empty());
  EXPECT_THAT(filter.error, HasSubstr("no policy may allow"));
}

}  // namespace
}  // namespace cellblock
