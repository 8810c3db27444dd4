// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The proof against a program written by hand: it proves, and each kind of
// mistake, made once, does not.

#include "jail/filter_proof.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

constexpr uint32_t kNoNumber = 0xffffffff;
constexpr uint64_t kWriteBits = O_WRONLY | O_RDWR;

constexpr Rule kRules[] = {
    {SYS_getpid, Action::kAllow, 0, {}, 0, "tells the process about itself"},
    {SYS_madvise, Action::kErrno, EINVAL, {}, 0, "is answered in the filter"},
    {SYS_mmap, Action::kTrap, 0, {}, 0, "is answered from the pool"},
    {SYS_acct, Action::kKill, 0, {}, 0, "is never asked for"},
    {SYS_kill, Action::kAllow, 0, {{0, kLow32, kOwnPid}}, 1, "own process"},
    {SYS_kill, Action::kViolation, 0, {}, 0, "another process"},
    {SYS_prlimit64, Action::kAllow, 0, {{2, ~uint64_t{0}, 0}}, 1, "reads"},
    {SYS_prlimit64, Action::kRefuse, EPERM, {}, 0, "sets"},
    {SYS_openat, Action::kAllow, 0, {{2, kWriteBits, 0}}, 1, "reads"},
    {SYS_openat, Action::kRefuse, EROFS, {}, 0, "writes"},
};
constexpr Policy kPolicy("hand", kRules);

sock_filter Do(int code, uint32_t k) {
  return BPF_STMT(static_cast<uint16_t>(code), k);
}
sock_filter Load(size_t offset) {
  return Do(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
sock_filter And(uint64_t mask) {
  return Do(BPF_ALU | BPF_AND | BPF_K, static_cast<uint32_t>(mask));
}
sock_filter Jump(int operation, uint64_t k, uint8_t jt, uint8_t jf) {
  return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | operation | BPF_K),
                  static_cast<uint32_t>(k), jt, jf);
}
sock_filter Return(uint32_t answer) { return Do(BPF_RET | BPF_K, answer); }

constexpr size_t kNumber = offsetof(seccomp_data, nr);
constexpr size_t kArch = offsetof(seccomp_data, arch);
constexpr size_t Low(int arg) { return offsetof(seccomp_data, args) + 8 * arg; }
constexpr size_t High(int arg) { return Low(arg) + 4; }

// What kRules say, one call after the other. The tests name these places:
constexpr size_t kArchTest = 1, kX32Test = 4, kSkippedTest = 5, kGetpid = 8,
                 kMadvise = 10, kMmap = 12, kKill = 16, kKillPid = 18,
                 kPrlimit = 21, kPrlimitHigh = 22, kOpenat = 28, kOpenMask = 30,
                 kOpenTest = 31, kLast = 34;
Program ByHand() {
  return {
      Load(kArch),
      Jump(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0),  // kArchTest
      Return(SECCOMP_RET_KILL_PROCESS),
      Load(kNumber),
      Jump(BPF_JGE, kX32Bit, 0, 3),    // kX32Test
      Jump(BPF_JEQ, kNoNumber, 0, 1),  // kSkippedTest
      Return(SECCOMP_RET_USER_NOTIF),
      Return(SECCOMP_RET_KILL_PROCESS),
      Jump(BPF_JEQ, SYS_getpid, 0, 1),  // kGetpid
      Return(SECCOMP_RET_ALLOW),
      Jump(BPF_JEQ, SYS_madvise, 0, 1),  // kMadvise
      Return(SECCOMP_RET_ERRNO | EINVAL),
      Jump(BPF_JEQ, SYS_mmap, 0, 1),  // kMmap
      Return(SECCOMP_RET_TRAP),
      Jump(BPF_JEQ, SYS_acct, 0, 1),
      Return(SECCOMP_RET_KILL_PROCESS),
      Jump(BPF_JEQ, SYS_kill, 0, 4),  // kKill
      Load(Low(0)),
      Jump(BPF_JEQ, kPid, 0, 1),  // kKillPid
      Return(SECCOMP_RET_ALLOW),
      Return(SECCOMP_RET_USER_NOTIF),
      Jump(BPF_JEQ, SYS_prlimit64, 0, 6),  // kPrlimit
      Load(High(2)),                       // kPrlimitHigh
      Jump(BPF_JEQ, 0, 0, 3),
      Load(Low(2)),
      Jump(BPF_JEQ, 0, 0, 1),
      Return(SECCOMP_RET_ALLOW),
      Return(SECCOMP_RET_USER_NOTIF),
      Jump(BPF_JEQ, SYS_openat, 0, 5),  // kOpenat
      Load(Low(2)),
      And(kWriteBits),         // kOpenMask
      Jump(BPF_JEQ, 0, 0, 1),  // kOpenTest
      Return(SECCOMP_RET_ALLOW),
      Return(SECCOMP_RET_USER_NOTIF),
      Return(SECCOMP_RET_USER_NOTIF),  // kLast
  };
}

Program With(size_t at, const sock_filter& insn) {
  Program program = ByHand();
  program[at] = insn;
  return program;
}

// Puts `more` in front of the last return: what reaches it is still to be
// decided, and no jump goes past it.
Program WithAtEnd(std::initializer_list<sock_filter> more) {
  Program program = ByHand();
  program.insert(program.begin() + kLast, more);
  return program;
}

testing::AssertionResult Proves(const Program& program) {
  const auto failure = ProveFilter(kPolicy, Supervised(kPid), program);
  if (!failure) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << failure->what << ": call " << failure->number << ", arch 0x"
         << std::hex << failure->arch << ", expected 0x" << failure->expected
         << ", found 0x" << failure->found << std::dec << ", instruction "
         << failure->instruction;
}

std::string Refusal(const Program& program) {
  const auto failure = ProveFilter(kPolicy, Supervised(kPid), program);
  return failure ? failure->what : "proved";
}

constexpr char kOtherAnswer[] = "gives another answer than the policy";

// Refused since, on `number`, it answers `found` where the policy wants
// `expected`.
void ExpectOtherAnswer(const Program& program, uint32_t number,
                       uint32_t expected, uint32_t found,
                       uint32_t arch = AUDIT_ARCH_X86_64) {
  const auto failure = ProveFilter(kPolicy, Supervised(kPid), program);
  ASSERT_TRUE(failure.has_value());
  EXPECT_STREQ(failure->what, kOtherAnswer);
  EXPECT_EQ(failure->number, number);
  EXPECT_EQ(failure->expected, expected);
  EXPECT_EQ(failure->found, found);
  EXPECT_EQ(failure->arch, arch);
  EXPECT_EQ(program[failure->instruction].k, found);
}

constexpr uint32_t kAllowed = SECCOMP_RET_ALLOW;
constexpr uint32_t kNotified = SECCOMP_RET_USER_NOTIF;
constexpr uint32_t kKilled = SECCOMP_RET_KILL_PROCESS;

TEST(FilterProofTest, TheProgramByHandProves) {
  ASSERT_FALSE(kPolicy.Validate().has_value());
  EXPECT_TRUE(Proves(ByHand()));
  for (const seccomp_data& call : ProbeCalls(kPolicy, kPid)) {
    ASSERT_EQ(Evaluate(ByHand(), call), ExpectedAnswer(kPolicy, call, kPid));
  }
}

TEST(FilterProofTest, SwappedBranchesAreCaught) {
  for (size_t at = 0; at < ByHand().size(); ++at) {
    sock_filter insn = ByHand()[at];
    if (BPF_CLASS(insn.code) != BPF_JMP) continue;
    std::swap(insn.jt, insn.jf);
    EXPECT_FALSE(Proves(With(at, insn))) << at;
  }
}

TEST(FilterProofTest, WrongJumpOffsetsAreCaught) {
  for (size_t at = 0; at < ByHand().size(); ++at) {
    const sock_filter insn = ByHand()[at];
    if (BPF_CLASS(insn.code) != BPF_JMP) continue;
    // From 8 on every number that comes by is still undecided, so that a jump
    // to one of its neighbours is a change only where A or the answer is.
    if (at != kArchTest && at != kX32Test && at != kGetpid) continue;
    for (int by : {-1, 1}) {
      sock_filter taken = insn, other = insn;
      taken.jt = static_cast<uint8_t>(taken.jt + by);
      other.jf = static_cast<uint8_t>(other.jf + by);
      EXPECT_FALSE(Proves(With(at, taken))) << at << " " << by;
      EXPECT_FALSE(Proves(With(at, other))) << at << " " << by;
    }
  }
}

TEST(FilterProofTest, AMissingArchitectureTestIsCaught) {
  ExpectOtherAnswer(With(kArchTest, Do(BPF_JMP | BPF_JA, 1)), 0, kKilled,
                    kNotified, 0);
  Program program = ByHand();
  program.erase(program.begin(), program.begin() + 3);
  EXPECT_EQ(Refusal(program), kOtherAnswer);
}

TEST(FilterProofTest, AnotherArchitectureIsCaught) {
  for (uint32_t arch : ProbeArches()) {
    if (arch == AUDIT_ARCH_X86_64) continue;
    EXPECT_EQ(Refusal(With(kArchTest, Jump(BPF_JEQ, arch, 1, 0))), kOtherAnswer)
        << std::hex << arch;
    // And one more beside the native one.
    Program more = ByHand();
    more.insert(more.begin() + kArchTest, Jump(BPF_JEQ, arch, 2, 0));
    EXPECT_EQ(Refusal(more), kOtherAnswer) << std::hex << arch;
  }
  EXPECT_EQ(Refusal(With(kArchTest, Jump(BPF_JGE, AUDIT_ARCH_X86_64, 1, 0))),
            kOtherAnswer);
  EXPECT_EQ(
      Refusal(With(kArchTest, Jump(BPF_JGT, AUDIT_ARCH_X86_64 - 1, 1, 0))),
      kOtherAnswer);
}

TEST(FilterProofTest, AnotherArchitectureAnsweredOtherwiseIsCaught) {
  for (uint32_t answer :
       {SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO | EINVAL,
        SECCOMP_RET_USER_NOTIF, SECCOMP_RET_ALLOW, SECCOMP_RET_LOG}) {
    EXPECT_EQ(Refusal(With(kArchTest + 1, Return(answer))), kOtherAnswer);
  }
}

TEST(FilterProofTest, AnAnswerBeforeAnyTestIsHeldToEveryRow) {
  for (uint32_t answer : {kKilled, kNotified, kAllowed}) {
    EXPECT_EQ(Refusal({Return(answer)}), kOtherAnswer) << std::hex << answer;
  }
}

TEST(FilterProofTest, AMissingX32TestIsCaught) {
  ExpectOtherAnswer(With(kX32Test, Do(BPF_JMP | BPF_JA, 3)), kX32Bit, kKilled,
                    kNotified);
}

TEST(FilterProofTest, AnX32TestOffByOneIsCaught) {
  EXPECT_EQ(Refusal(With(kX32Test, Jump(BPF_JGT, kX32Bit, 0, 3))),
            kOtherAnswer);
  EXPECT_EQ(Refusal(With(kX32Test, Jump(BPF_JGE, kX32Bit - 1, 0, 3))),
            kOtherAnswer);
  EXPECT_EQ(Refusal(With(kX32Test, Jump(BPF_JGE, kX32Bit + 1, 0, 3))),
            kOtherAnswer);
  EXPECT_TRUE(Proves(With(kX32Test, Jump(BPF_JGT, kX32Bit - 1, 0, 3))));
}

TEST(FilterProofTest, TheSkippedCallIsNeverAllowed) {
  ExpectOtherAnswer(With(kSkippedTest + 1, Return(kAllowed)), kNoNumber,
                    kNotified, kAllowed);
  EXPECT_EQ(Refusal(With(kSkippedTest, Jump(BPF_JEQ, kNoNumber - 1, 0, 1))),
            kOtherAnswer);
}

TEST(FilterProofTest, AnX32CallIsNeverAllowed) {
  Program program = ByHand();
  program.insert(program.begin() + kX32Test,
                 {Jump(BPF_JEQ, kX32Bit | SYS_getpid, 0, 1), Return(kAllowed)});
  ExpectOtherAnswer(program, kX32Bit | SYS_getpid, kKilled, kAllowed);
}

TEST(FilterProofTest, SwappedActionsAreCaught) {
  const uint32_t answers[] = {
      SECCOMP_RET_KILL_PROCESS,   SECCOMP_RET_KILL_THREAD,    SECCOMP_RET_TRAP,
      SECCOMP_RET_ERRNO | EINVAL, SECCOMP_RET_ERRNO | ENOSYS, SECCOMP_RET_ERRNO,
      SECCOMP_RET_USER_NOTIF,     SECCOMP_RET_TRACE,          SECCOMP_RET_LOG,
      SECCOMP_RET_ALLOW};
  for (size_t at = 0; at < ByHand().size(); ++at) {
    const sock_filter insn = ByHand()[at];
    if (BPF_CLASS(insn.code) != BPF_RET) continue;
    for (uint32_t answer : answers) {
      if (answer == insn.k) continue;
      EXPECT_EQ(Refusal(With(at, Return(answer))), kOtherAnswer)
          << at << " 0x" << std::hex << answer;
    }
  }
}

TEST(FilterProofTest, ANumberOffByOneIsCaught) {
  for (size_t at : {kGetpid, kMadvise, kMmap, kKill, kPrlimit, kOpenat}) {
    for (int by : {-1, 1}) {
      sock_filter insn = ByHand()[at];
      insn.k += static_cast<uint32_t>(by);
      EXPECT_EQ(Refusal(With(at, insn)), kOtherAnswer) << at << " " << by;
    }
  }
  EXPECT_EQ(Refusal(With(kGetpid, Jump(BPF_JGE, SYS_getpid, 0, 1))),
            kOtherAnswer);
}

TEST(FilterProofTest, OneMoreNumberIsCaughtHoweverHigh) {
  for (uint32_t number :
       {SYS_socket + 0u, SYS_getpid + 1u, 335u, 336u, 451u, 1023u, 1024u, 1025u,
        5000u, 65536u, kOwnPid & 0x3fffffff, 0x3fffffffu}) {
    const Program program =
        WithAtEnd({Jump(BPF_JEQ, number, 0, 1), Return(kAllowed)});
    ExpectOtherAnswer(program, number, kNotified, kAllowed);
    EXPECT_EQ(Evaluate(program, CallOf(AUDIT_ARCH_X86_64, number, {})),
              kAllowed);
  }
  EXPECT_EQ(
      Refusal(WithAtEnd({Jump(BPF_JGE, 0x3ffffff0, 0, 1), Return(kAllowed)})),
      kOtherAnswer);
  EXPECT_EQ(Refusal(WithAtEnd({Jump(BPF_JGT, 450, 0, 1), Return(kAllowed)})),
            kOtherAnswer);
}

TEST(FilterProofTest, AMissingHighHalfIsCaught) {
  // As if the condition were on an int: the low half alone decides.
  const Program program = With(kPrlimitHigh, Do(BPF_JMP | BPF_JA, 1));
  ExpectOtherAnswer(program, SYS_prlimit64, kNotified, kAllowed);
  EXPECT_EQ(Evaluate(program, CallOf(AUDIT_ARCH_X86_64, SYS_prlimit64,
                                     {0, 0, uint64_t{1} << 32})),
            kAllowed);
  EXPECT_FALSE(Proves(With(kPrlimitHigh, Load(Low(2)))));
  EXPECT_FALSE(Proves(With(kPrlimitHigh + 2, Load(High(2)))));
}

TEST(FilterProofTest, AnotherArgumentIsCaught) {
  for (int arg : {0, 1, 3, 4, 5}) {
    EXPECT_FALSE(Proves(With(kOpenMask - 1, Load(Low(arg))))) << arg;
    EXPECT_FALSE(Proves(With(kPrlimitHigh, Load(High(arg))))) << arg;
    EXPECT_EQ(static_cast<bool>(Proves(With(kKillPid - 1, Load(Low(arg))))),
              arg == 0);
  }
  EXPECT_FALSE(Proves(With(kOpenMask - 1, Load(High(2)))));
}

TEST(FilterProofTest, AnotherConstantIsCaught) {
  for (uint64_t pid : {kPid - 1, kPid + 1, 0, 1, static_cast<int>(kOwnPid)}) {
    EXPECT_EQ(Refusal(With(kKillPid, Jump(BPF_JEQ, pid, 0, 1))), kOtherAnswer);
  }
  for (int bit = 0; bit < 32; ++bit) {
    const uint64_t flipped = kWriteBits ^ (uint64_t{1} << bit);
    EXPECT_EQ(Refusal(With(kOpenMask, And(flipped))), kOtherAnswer) << bit;
    EXPECT_EQ(Refusal(With(kOpenTest, Jump(BPF_JEQ, uint64_t{1} << bit, 0, 1))),
              kOtherAnswer)
        << bit;
  }
}

TEST(FilterProofTest, MasksAfterOneAnotherKeepWhatIsInBoth) {
  for (const auto& [mask, proves] :
       {std::pair{uint64_t{0xff}, true}, {O_WRONLY, false}, {0, false}}) {
    Program program = ByHand();
    program.insert(program.begin() + kOpenMask, And(mask));
    program[kOpenat].jf++;
    EXPECT_EQ(static_cast<bool>(Proves(program)), proves) << mask;
  }
}

TEST(FilterProofTest, AnotherPidIsCaught) {
  EXPECT_FALSE(ProveFilter(kPolicy, Supervised(kPid), ByHand()).has_value());
  for (pid_t pid : {1, kPid - 1, kPid + 1, static_cast<int>(kOwnPid)}) {
    EXPECT_TRUE(ProveFilter(kPolicy, Supervised(pid), ByHand()).has_value())
        << pid;
  }
}

// The bits of A that are all zero: an equality the other way round.
TEST(FilterProofTest, TestsOfBitsOfAnArgumentAreUnderstood) {
  Program program = With(kOpenMask, Do(BPF_JMP | BPF_JA, 0));
  program[kOpenTest] = Jump(BPF_JSET, kWriteBits, 1, 0);
  EXPECT_TRUE(Proves(program));
  // Behind the mask it says the same.
  EXPECT_TRUE(Proves(With(kOpenTest, Jump(BPF_JSET, 0xffffffff, 1, 0))));
  EXPECT_TRUE(Proves(With(kOpenTest, Jump(BPF_JSET, kWriteBits, 1, 0))));
}

TEST(FilterProofTest, WrongTestsOfBitsAreCaught) {
  for (const sock_filter& insn :
       {Jump(BPF_JSET, kWriteBits, 0, 1), Jump(BPF_JSET, O_WRONLY, 1, 0),
        Jump(BPF_JSET, O_RDWR, 1, 0), Jump(BPF_JSET, ~kWriteBits, 1, 0),
        Jump(BPF_JSET, 0, 1, 0), Jump(BPF_JSET, 0, 0, 1)}) {
    EXPECT_EQ(Refusal(With(kOpenTest, insn)), kOtherAnswer) << insn.k;
  }
}

TEST(FilterProofTest, TestsOfBitsOfTheNumberAreRefused) {
  EXPECT_EQ(Refusal(With(kX32Test, Jump(BPF_JSET, kX32Bit, 0, 3))),
            "tests what it need not");
  EXPECT_EQ(Refusal(With(kArchTest, Jump(BPF_JSET, 0x3e, 1, 0))),
            "tests what it need not");
}

TEST(FilterProofTest, OrderedComparisonsOfAnArgumentAreRefused) {
  for (int operation : {BPF_JGT, BPF_JGE}) {
    for (size_t at : {kKillPid, kPrlimitHigh + 1, kOpenTest}) {
      sock_filter insn = ByHand()[at];
      insn.code = static_cast<uint16_t>(BPF_JMP | operation | BPF_K);
      EXPECT_EQ(Refusal(With(at, insn)), "orders an argument") << at;
    }
  }
}

TEST(FilterProofTest, ArithmeticOnTheNumberIsRefused) {
  Program program = ByHand();
  program.insert(program.begin() + kX32Test, And(0x3ff));
  EXPECT_EQ(Refusal(program), "computes with the number");
  program = ByHand();
  program.insert(program.begin() + kArchTest, And(0xffffffff));
  EXPECT_EQ(Refusal(program), "computes with the number");
}

TEST(FilterProofTest, AnyOtherInstructionIsRefused) {
  for (uint32_t code = 0; code <= 0xffff; ++code) {
    switch (code) {
      case BPF_LD | BPF_W | BPF_ABS:
      case BPF_ALU | BPF_AND | BPF_K:
      case BPF_JMP | BPF_JA:
      case BPF_JMP | BPF_JEQ | BPF_K:
      case BPF_JMP | BPF_JGT | BPF_K:
      case BPF_JMP | BPF_JGE | BPF_K:
      case BPF_JMP | BPF_JSET | BPF_K:
      case BPF_RET | BPF_K:
        continue;
    }
    ASSERT_EQ(Refusal(WithAtEnd({Do(static_cast<int>(code), 0)})),
              "has an instruction that no filter here needs")
        << std::hex << code;
  }
}

TEST(FilterProofTest, TheInstructionPointerIsRefused) {
  for (size_t half : {0, 4}) {
    EXPECT_EQ(Refusal(WithAtEnd(
                  {Load(offsetof(seccomp_data, instruction_pointer) + half)})),
              "loads what it may not use");
  }
}

TEST(FilterProofTest, LoadsFromOutsideOrBetweenWordsAreRefused) {
  for (uint32_t offset : {1u, 2u, 3u, 5u, 17u, 22u, 61u, 62u, 63u, 64u, 65u,
                          68u, 0x80000000u, 0xfffffffcu, 0xffffffffu}) {
    EXPECT_EQ(Refusal(WithAtEnd({Load(offset)})), "loads what it may not use")
        << offset;
  }
}

TEST(FilterProofTest, ComparisonsOfAConstantAreRefused) {
  Program program = ByHand();
  program.erase(program.begin());
  EXPECT_EQ(Refusal(program), "tests what it need not");
}

TEST(FilterProofTest, RunningPastTheEndIsRefused) {
  Program program = ByHand();
  program.pop_back();
  EXPECT_EQ(Refusal(program), "runs past its end");
  EXPECT_EQ(Refusal({}), "runs past its end");
  EXPECT_EQ(Refusal({Load(kArch)}), "runs past its end");
  for (uint32_t by : {1u, 2u, 0x7fffffffu, 0xfffffffeu, 0xffffffffu}) {
    EXPECT_EQ(Refusal(With(kLast, Do(BPF_JMP | BPF_JA, by))),
              "runs past its end")
        << by;
  }
  EXPECT_EQ(Refusal(With(kOpenat, Jump(BPF_JEQ, SYS_openat, 0, 255))),
            "runs past its end");
}

TEST(FilterProofTest, TooManyComparisonsAreRefusedInsteadOfForgotten) {
  Program program = ByHand();
  // 33 values that the first argument of kill does not have.
  Program more;
  for (uint32_t i = 0; i < 33; ++i) more.push_back(Jump(BPF_JEQ, i, 0, 0));
  program.insert(program.begin() + kKillPid, more.begin(), more.end());
  program[kKill].jf = static_cast<uint8_t>(program[kKill].jf + more.size());
  EXPECT_EQ(Refusal(program), "compares one call's arguments too often");
}

TEST(FilterProofTest, TooManyPathsAreRefusedInsteadOfSkipped) {
  Program more;
  // Each doubles the paths: the bits of one word are independent.
  for (uint32_t bit = 0; bit < 25; ++bit) {
    more.push_back(Load(Low(5)));
    more.push_back(Jump(BPF_JSET, 1u << bit, 0, 0));
  }
  Program program = ByHand();
  program.insert(program.begin() + kLast, more.begin(), more.end());
  EXPECT_EQ(Refusal(program), "has too many paths");
}

TEST(FilterProofTest, OtherOrdersAndDetoursStillProve) {
  EXPECT_TRUE(Proves(WithAtEnd({Load(Low(3)), Jump(BPF_JEQ, 7, 0, 0)})));
  EXPECT_TRUE(Proves(
      WithAtEnd({Load(Low(3)), Jump(BPF_JSET, 1, 1, 0), Return(kNotified)})));
  EXPECT_TRUE(Proves(WithAtEnd({Do(BPF_JMP | BPF_JA, 1), Return(kAllowed)})));
  // A second look at what is already known takes one side only.
  EXPECT_TRUE(
      Proves(WithAtEnd({Jump(BPF_JEQ, SYS_getpid, 0, 1), Return(kAllowed)})));
  Program program = ByHand();
  program.insert(program.begin() + kKillPid + 1,
                 {Jump(BPF_JEQ, kPid, 1, 0), Return(kKilled)});
  program[kKill].jf += 2;
  program[kKillPid].jf += 2;
  EXPECT_TRUE(Proves(program));
}

TEST(FilterProofTest, ARowPastTheTableIsRefused) {
  for (uint32_t number : {1024u, 5000u, kX32Bit, kNoNumber}) {
    const Rule rules[] = {{number, Action::kViolation, 0, {}, 0, "far away"}};
    const auto failure =
        ProveFilter(Policy("far", rules), Supervised(kPid), ByHand());
    ASSERT_TRUE(failure.has_value());
    EXPECT_STREQ(failure->what, "is held against a row past the table");
    EXPECT_EQ(failure->number, number);
  }
}

}  // namespace
}  // namespace cellblock
