// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every number on the real kernel, one child each: what the kernel does is what
// the evaluator says.
//
// So that each answer can be told from what a call returns by itself, the
// children run the preset's filter with two returns changed: an errno becomes
// one that no call gives, and what is for the supervisor another.

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "jail/filter_proof.h"
#include "jail/lock.h"
#include "jail/presets.h"
#include "tests/jail/child_check.h"
#include "tests/jail/live_filter.h"

namespace cellblock {
namespace {

// No descriptor, no address, no size, no command.
constexpr uint64_t kNone = ~uint64_t{0};
constexpr Args kAllOnes = {kNone, kNone, kNone, kNone, kNone, kNone};

constexpr uint32_t kErrnoTag = 4001;
constexpr uint32_t kNotifyTag = 4002;

// Exit codes of the children.
constexpr int kReached = 100;  // the kernel carried the call out
constexpr int kAnswered = 101;
constexpr int kNotified = 102;
constexpr int kTrapped = 103;

std::vector<sock_filter> Tagged(std::vector<sock_filter> program) {
  for (sock_filter& insn : program) {
    if (insn.code != (BPF_RET | BPF_K)) continue;
    if ((insn.k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
      insn.k = SECCOMP_RET_ERRNO | kErrnoTag;
    } else if (insn.k == SECCOMP_RET_USER_NOTIF) {
      insn.k = SECCOMP_RET_ERRNO | kNotifyTag;
    }
  }
  return program;
}

// Calls that do not come back when the kernel carries them out. The rest comes
// back at once from the arguments of this test.
std::optional<ChildEnd> WithoutReturn(uint32_t number, const Args& args) {
  switch (number) {
    case SYS_exit:
    case SYS_exit_group:
      return ChildEnd{false, static_cast<int>(args[0] & 0xff)};
    case SYS_rt_sigreturn:  // there is no frame to return to
      return ChildEnd{true, SIGSEGV};
    case SYS_pause:  // until the timer
      return ChildEnd{true, SIGALRM};
    default:
      return std::nullopt;
  }
}

// By the kernel's design no filter sees them; lock_live_test has them.
bool IsExempt(uint32_t number) { return number == 335 || number == 336; }

// Negative ones, the first and last of each range, and around them.
constexpr uint32_t kEdges[] = {
    1024,        1025,           5000,       0x1fffffff, 0x3fffffff, kX32Bit,
    kX32Bit + 1, kX32Bit + 1024, 0x7fffffff, 0x80000000, 0x80000009, 0xbfffffff,
    0xc0000000,  0xfffffffe,     0xffffffff, 0xffffffed, 0xfffffc00};

std::vector<uint32_t> SweptNumbers() {
  std::vector<uint32_t> numbers;
  for (uint32_t number = 0; number <= 1023; ++number) numbers.push_back(number);
  numbers.insert(numbers.end(), std::begin(kEdges), std::end(kEdges));
  return numbers;
}

ChildEnd Predicted(FilterProgram program, uint32_t number, const Args& args,
                   uint32_t arch = AUDIT_ARCH_X86_64) {
  const std::optional<uint32_t> answer =
      Evaluate(program, CallOf(arch, number, args));
  switch (answer.value()) {
    case SECCOMP_RET_ALLOW:
      return WithoutReturn(number, args).value_or(ChildEnd{false, kReached});
    case SECCOMP_RET_ERRNO | kErrnoTag:
      return {false, kAnswered};
    case SECCOMP_RET_ERRNO | kNotifyTag:
      return {false, kNotified};
    case SECCOMP_RET_TRAP:
      return {false, kTrapped};
    default:
      return {true, SIGSYS};
  }
}

void LeaveTrapped(int, siginfo_t* info, void*) {
  LeaveChild(info->si_code == kSentByFilter ? kTrapped : kCheckFailed);
}

// Locks this child; what follows is one call, and should it wait, a signal.
void LockForOne(FilterProgram program, bool waits) {
  struct sigaction action = {};
  action.sa_sigaction = LeaveTrapped;
  action.sa_flags = SA_SIGINFO;
  CHILD_CHECK(sigaction(SIGSYS, &action, nullptr) == 0);
  const itimerval soon = {{0, 0}, {0, 5'000}};
  CHILD_CHECK(!waits || setitimer(ITIMER_REAL, &soon, nullptr) == 0);
  CHILD_CHECK(Lock(program, Notify::kNobody).failed == LockStep::kDone);
}

// Makes one call under `program` and says what became of it.
ChildEnd Made(FilterProgram program, long number, const Args& a) {
  return InChild([&] {
    LockForOne(program, number == SYS_pause);
    errno = 0;
    const long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result == -1 && errno == kErrnoTag) LeaveChild(kAnswered);
    if (result == -1 && errno == kNotifyTag) LeaveChild(kNotified);
    LeaveChild(kReached);
  });
}

class SweepLiveTest : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    // Nothing is tried by a filter that is not proved.
    ASSERT_FALSE(
        ProveFilter(preset_, Supervised(kPid), PresetFilter(preset_, kPid))
            .has_value());
  }

  // Calls that are allowed whatever their arguments, and return.
  size_t RowsThatComeBack() const {
    return static_cast<size_t>(std::count_if(
        preset_.rules().begin(), preset_.rules().end(), [](const Rule& rule) {
          return rule.action == Action::kAllow && rule.condition_count == 0 &&
                 !WithoutReturn(rule.syscall, kAllOnes);
        }));
  }

  const Policy& preset_ = AllPresets()[GetParam()];
  const std::vector<sock_filter> program_ = Tagged(PresetFilter(preset_, kPid));
};

TEST_P(SweepLiveTest, EveryNumberMeetsItsAnswer) {
  size_t reached = 0;
  for (uint32_t number : SweptNumbers()) {
    if (IsExempt(number)) continue;
    const ChildEnd expected = Predicted(program_, number, kAllOnes);
    EXPECT_EQ(Made(program_, number, kAllOnes), expected) << number;
    if (expected == ChildEnd{false, kReached}) ++reached;
  }
  EXPECT_GE(reached, RowsThatComeBack());
}

// The arguments that a row wants, and all others impossible.
TEST_P(SweepLiveTest, EveryConditionMeetsItsAnswer) {
  for (const Rule& rule : preset_.rules()) {
    if (rule.condition_count == 0) continue;
    // Whoever has that pid: there is no such signal.
    const Args held = Satisfying(rule, kPid, kNone);
    EXPECT_EQ(Made(program_, rule.syscall, held),
              Predicted(program_, rule.syscall, held))
        << rule.syscall;
    Args missed = held;
    missed[rule.conditions[0].arg] ^= rule.conditions[0].mask;
    EXPECT_EQ(Made(program_, rule.syscall, missed),
              Predicted(program_, rule.syscall, missed))
        << rule.syscall;
  }
}

TEST_P(SweepLiveTest, EveryX32NumberMeetsItsAnswer) {
  constexpr uint32_t kNoNumber = 0xffffffff;  // what no kernel carries out
  for (uint32_t number : SweptNumbers()) {
    const uint32_t x32 = kX32Bit | number;
    const ChildEnd expected = Predicted(program_, x32, kAllOnes);
    ASSERT_EQ(expected == (ChildEnd{true, SIGSYS}), x32 != kNoNumber) << number;
    ASSERT_EQ(Made(program_, x32, kAllOnes), expected) << number;
  }
}

TEST_P(SweepLiveTest, EveryNumberOfThe32BitEntryMeetsItsAnswer) {
  const auto int80 = [](long number) {
    long result;
    asm volatile("int $0x80"
                 : "=a"(result)
                 : "a"(number), "b"(-1L), "c"(-1L), "d"(-1L)
                 : "memory", "r8", "r9", "r10", "r11");
    return result;
  };
  constexpr long kGetpid = 20;
  const ChildEnd unlocked = InChild([&] { CHILD_CHECK(int80(kGetpid) > 0); });
  if (unlocked == ChildEnd{true, SIGSEGV}) {
    SKIP_FOR_LACK_OF("int 0x80");
  }
  ASSERT_THAT(unlocked, EndsClean());
  for (uint32_t number : SweptNumbers()) {
    const ChildEnd expected =
        Predicted(program_, number, kAllOnes, AUDIT_ARCH_I386);
    ASSERT_THAT(expected, DiesOf(SIGSYS)) << number;
    ASSERT_EQ(InChild([&] {
                LockForOne(program_, false);
                int80(static_cast<int>(number));
                LeaveChild(kReached);
              }),
              expected)
        << number;
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, SweepLiveTest,
                         testing::Range(size_t{0}, AllPresets().size()),
                         [](const testing::TestParamInfo<size_t>& tested) {
                           return TestNameOf(AllPresets()[tested.param]);
                         });

}  // namespace
}  // namespace cellblock
