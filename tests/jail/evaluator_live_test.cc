// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The evaluator against its original: the kernel runs the same programs on the
// same calls. A program answers getppid(2) with an errno, into which all that
// it computed is folded; other calls pass.

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "jail/evaluator.h"
#include "jail/lock.h"
#include "tests/jail/child_check.h"
#include "tests/jail/probes.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

class Random {
 public:
  uint32_t Next() { return static_cast<uint32_t>(engine_()); }
  uint32_t Below(uint32_t limit) { return Next() % limit; }
  bool OneIn(uint32_t times) { return Below(times) == 0; }

 private:
  std::mt19937_64 engine_{TestSeed()};
};

constexpr uint32_t kErrnoMask = 0xfff;

void Put(Program* program, int code, uint32_t k = 0, uint8_t jt = 0,
         uint8_t jf = 0) {
  program->push_back(BPF_JUMP(static_cast<uint16_t>(code), k, jt, jf));
}

// A body between the entry and the fold.
Program Around(const Program& body) {
  Program program;
  Put(&program, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  Put(&program, BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0);
  Put(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  for (uint32_t cell : {0, 1}) Put(&program, BPF_ST, cell);
  Put(&program, BPF_LDX | BPF_IMM, 0);
  program.insert(program.end(), body.begin(), body.end());
  Put(&program, BPF_ALU | BPF_ADD | BPF_X);
  for (uint32_t cell : {0, 1}) {
    Put(&program, BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1);
    Put(&program, BPF_LDX | BPF_MEM, cell);
    Put(&program, BPF_ALU | BPF_XOR | BPF_X);
  }
  Put(&program, BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1);
  Put(&program, BPF_ALU | BPF_RSH | BPF_K, 20);
  Put(&program, BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
  Put(&program, BPF_RET | BPF_A);
  return program;
}

constexpr int kOperations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,
                               BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH};
constexpr int kComparisons[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};

// A constant that matters: small, a word of a probe, or anything.
uint32_t Constant(Random* random) {
  switch (random->Below(4)) {
    case 0:
      return random->Below(4);
    case 1:
      return 0xffffffff;
    case 2:
      return 0x80000000u >> random->Below(32);
    default:
      return random->Next();
  }
}

Program RandomBody(Random* random) {
  const uint32_t length = 1 + random->Below(24);
  Program body;
  for (uint32_t i = 0; i < length; ++i) {
    const uint32_t left = length - 1 - i;
    const int source = random->OneIn(2) ? BPF_X : BPF_K;
    switch (random->Below(10)) {
      case 0:
      case 1:
        // Not the instruction pointer, which differs between the two sides.
        Put(&body, BPF_LD | BPF_W | BPF_ABS,
            offsetof(seccomp_data, args) + 4 * random->Below(12));
        break;
      case 2:
        Put(&body, (random->OneIn(2) ? BPF_LD : BPF_LDX) | BPF_IMM,
            Constant(random));
        break;
      case 3:
        Put(&body, (random->OneIn(2) ? BPF_LD : BPF_LDX) | BPF_MEM,
            random->Below(2));
        break;
      case 4:
        Put(&body, random->OneIn(2) ? BPF_ST : BPF_STX, random->Below(2));
        break;
      case 5:
        Put(&body, BPF_MISC | (random->OneIn(2) ? BPF_TAX : BPF_TXA));
        break;
      case 6:
        Put(&body, random->OneIn(2)   ? BPF_ALU | BPF_NEG
                   : random->OneIn(2) ? BPF_LD | BPF_W | BPF_LEN
                                      : BPF_LDX | BPF_W | BPF_LEN);
        break;
      case 7:
      case 8: {
        const int operation = kOperations[random->Below(9)];
        uint32_t k = Constant(random);
        if (operation == BPF_LSH || operation == BPF_RSH) k %= 32;
        if (operation == BPF_DIV && k == 0) k = 3;
        Put(&body, BPF_ALU | operation | source, k);
        break;
      }
      default:
        if (random->OneIn(4)) {
          Put(&body, BPF_JMP | BPF_JA, random->Below(left + 1));
        } else {
          Put(&body, BPF_JMP | kComparisons[random->Below(4)] | source,
              Constant(random), static_cast<uint8_t>(random->Below(left + 1)),
              static_cast<uint8_t>(random->Below(left + 1)));
        }
    }
  }
  return body;
}

constexpr Args kCalls[] = {
    {},
    {1, 2, 3, 4, 5, 6},
    {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0},
     ~uint64_t{0}},
    {0x0123456789abcdef, 0xfedcba9876543210, 0x8000000000000000, 0x80000000, 31,
     32},
};

// What the kernel answers to each call, 0 to 4095; empty iff it refuses the
// program or it kills.
ChildEnd KernelAgrees(const Program& program,
                      const std::array<uint32_t, std::size(kCalls)>& expected) {
  return InChild([&] {
    CHILD_CHECK(Lock(program, Notify::kNobody).failed == LockStep::kDone);
    for (size_t i = 0; i < std::size(kCalls); ++i) {
      const Args& a = kCalls[i];
      errno = 0;
      const long result =
          syscall(SYS_getppid, a[0], a[1], a[2], a[3], a[4], a[5]);
      CHILD_CHECK(result == (expected[i] == 0 ? 0 : -1));
      CHILD_CHECK(static_cast<uint32_t>(errno) == expected[i]);
    }
  });
}

// Runs `body` on both. False iff the evaluator gives no answer.
testing::AssertionResult SameOnBoth(const Program& body) {
  const Program program = Around(body);
  std::array<uint32_t, std::size(kCalls)> expected;
  for (size_t i = 0; i < expected.size(); ++i) {
    const std::optional<uint32_t> answer =
        Evaluate(program, CallOf(AUDIT_ARCH_X86_64, SYS_getppid, kCalls[i]));
    if (!answer) return testing::AssertionFailure() << "no answer";
    EXPECT_EQ(*answer & ~kErrnoMask, SECCOMP_RET_ERRNO);
    expected[i] = *answer & kErrnoMask;
  }
  const ChildEnd end = KernelAgrees(program, expected);
  if (end == ChildEnd{false, 0}) return testing::AssertionSuccess();
  testing::AssertionResult failure = testing::AssertionFailure();
  failure << testing::PrintToString(end);
  for (const sock_filter& insn : body) {
    char line[64];
    snprintf(line, sizeof(line), "\n  {0x%x, %u, %u, 0x%x},", insn.code,
             insn.jt, insn.jf, insn.k);
    failure << line;
  }
  return failure;
}

TEST(EvaluatorLiveTest, RandomProgramsGiveTheKernelsAnswer) {
  Random random;
  int compared = 0;
  for (int i = 0; i < 400; ++i) {
    const Program body = RandomBody(&random);
    // Only a division by X can leave it without an answer.
    if (!Evaluate(Around(body), CallOf(AUDIT_ARCH_X86_64, SYS_getppid, {}))) {
      continue;
    }
    const testing::AssertionResult same = SameOnBoth(body);
    if (!same && std::string(same.message()) == "no answer") continue;
    ASSERT_TRUE(same);
    ++compared;
  }
  EXPECT_GE(compared, 300);
}

TEST(EvaluatorLiveTest, ShiftsByAWordOrMoreGiveTheKernelsAnswer) {
  for (uint32_t shift : {31u, 32u, 33u, 63u, 64u, 0xffffffffu}) {
    for (int operation : {BPF_LSH, BPF_RSH}) {
      Program body;
      Put(&body, BPF_LD | BPF_IMM, 0x8000'0101);
      Put(&body, BPF_LDX | BPF_IMM, shift);
      Put(&body, BPF_ALU | operation | BPF_X);
      EXPECT_TRUE(SameOnBoth(body)) << shift;
    }
  }
}

// What the kernel does not load, the evaluator does not run.
TEST(EvaluatorLiveTest, WhatTheKernelRefusesHasNoAnswer) {
  const sock_filter refused[] = {
      BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
      BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32),
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32),
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3),
      BPF_STMT(BPF_ALU | BPF_NEG | BPF_X, 0),
      BPF_STMT(BPF_JMP | BPF_JA | BPF_X, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
      BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS),
      BPF_STMT(BPF_ST, BPF_MEMWORDS),
      BPF_STMT(BPF_LD | BPF_MEM, 3),  // where nothing was stored
      BPF_STMT(BPF_LDX | BPF_MEM, 15),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(0x0100 | BPF_ALU | BPF_ADD | BPF_K, 1),
      BPF_JUMP(0x0100 | BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0),
      BPF_STMT(BPF_JMP | BPF_JA, 1000),
  };
  for (const sock_filter& insn : refused) {
    const Program program = Around({insn});
    EXPECT_EQ(Evaluate(program, CallOf(AUDIT_ARCH_X86_64, SYS_getppid, {})),
              std::nullopt)
        << "0x" << std::hex << insn.code << " " << insn.k;
    EXPECT_THAT(InChild([&] {
                  const LockResult result = Lock(program, Notify::kNobody);
                  CHILD_CHECK(result.failed == LockStep::kSeccomp);
                  CHILD_CHECK(result.error == EINVAL);
                }),
                EndsClean())
        << "0x" << std::hex << insn.code << " " << insn.k;
  }
}

}  // namespace
}  // namespace cellblock
