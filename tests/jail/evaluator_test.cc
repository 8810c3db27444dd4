// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/evaluator.h"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <cstddef>
#include <vector>

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

sock_filter Do(int code, uint32_t k = 0) {
  return BPF_STMT(static_cast<uint16_t>(code), k);
}

sock_filter Jump(int code, uint32_t k, uint8_t jt, uint8_t jf) {
  return BPF_JUMP(static_cast<uint16_t>(code), k, jt, jf);
}

constexpr int kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr int kSetA = BPF_LD | BPF_IMM;
constexpr int kSetX = BPF_LDX | BPF_IMM;
constexpr int kReturn = BPF_RET | BPF_K;
constexpr int kReturnA = BPF_RET | BPF_A;

constexpr seccomp_data kCall = {
    .nr = 0x11111111,
    .arch = AUDIT_ARCH_X86_64,
    .instruction_pointer = 0x2222222133333333,
    .args = {0xa0000001a0000000, 0xa1000001a1000000, 0xa2000001a2000000,
             0xa3000001a3000000, 0xa4000001a4000000, 0xa5000001a5000000}};

std::optional<uint32_t> Answer(const Program& program) {
  return Evaluate(program, kCall);
}

TEST(EvaluatorTest, LoadsEveryWordOfTheCall) {
  const uint32_t expected[] = {
      0x11111111, AUDIT_ARCH_X86_64, 0x33333333, 0x22222221,
      0xa0000000, 0xa0000001,        0xa1000000, 0xa1000001,
      0xa2000000, 0xa2000001,        0xa3000000, 0xa3000001,
      0xa4000000, 0xa4000001,        0xa5000000, 0xa5000001};
  static_assert(sizeof(expected) == sizeof(seccomp_data));
  for (uint32_t word = 0; word < std::size(expected); ++word) {
    EXPECT_EQ(Answer({Do(kLoad, 4 * word), Do(kReturnA)}), expected[word])
        << word;
  }
}

TEST(EvaluatorTest, RefusesLoadsFromOutsideTheCall) {
  for (uint32_t offset : {64u, 68u, 0x7ffffffcu, 0xfffffffcu, 0xffffffffu}) {
    EXPECT_EQ(Answer({Do(kLoad, offset), Do(kReturnA)}), std::nullopt)
        << offset;
  }
}

TEST(EvaluatorTest, RefusesUnalignedLoads) {
  for (uint32_t offset = 0; offset < 64; ++offset) {
    if (offset % 4 == 0) continue;
    EXPECT_EQ(Answer({Do(kLoad, offset), Do(kReturnA)}), std::nullopt)
        << offset;
  }
}

struct Arithmetic {
  int operation;
  uint32_t a;
  uint32_t operand;
  uint32_t result;
};

TEST(EvaluatorTest, ComputesWithConstantsAndWithX) {
  const Arithmetic table[] = {
      {BPF_ADD, 1, 2, 3},           {BPF_ADD, 0xffffffff, 2, 1},
      {BPF_SUB, 5, 3, 2},           {BPF_SUB, 3, 5, 0xfffffffe},
      {BPF_MUL, 6, 7, 42},          {BPF_MUL, 0x10001, 0x10001, 0x20001},
      {BPF_DIV, 43, 7, 6},          {BPF_DIV, 0xffffffff, 2, 0x7fffffff},
      {BPF_OR, 0xf0, 0x0f, 0xff},   {BPF_AND, 0xf6, 0x0f, 0x06},
      {BPF_XOR, 0xf6, 0x0f, 0xf9},  {BPF_LSH, 3, 4, 48},
      {BPF_LSH, 3, 31, 0x80000000}, {BPF_LSH, 3, 0, 3},
      {BPF_RSH, 0x80000000, 31, 1}, {BPF_RSH, 48, 4, 3},
  };
  for (const Arithmetic& row : table) {
    EXPECT_EQ(Answer({Do(kSetA, row.a),
                      Do(BPF_ALU | row.operation | BPF_K, row.operand),
                      Do(kReturnA)}),
              row.result)
        << std::hex << row.operation << " " << row.a << " " << row.operand;
    EXPECT_EQ(Answer({Do(kSetA, row.a), Do(kSetX, row.operand),
                      Do(BPF_ALU | row.operation | BPF_X), Do(kReturnA)}),
              row.result)
        << std::hex << row.operation << " " << row.a << " " << row.operand;
  }
  EXPECT_EQ(Answer({Do(kSetA, 5), Do(BPF_ALU | BPF_NEG), Do(kReturnA)}),
            0xfffffffbu);
}

TEST(EvaluatorTest, RefusesDivisionByZero) {
  EXPECT_EQ(
      Answer({Do(kSetA, 5), Do(BPF_ALU | BPF_DIV | BPF_K, 0), Do(kReturnA)}),
      std::nullopt);
  EXPECT_EQ(Answer({Do(kSetA, 5), Do(BPF_ALU | BPF_DIV | BPF_X), Do(kReturnA)}),
            std::nullopt);
}

TEST(EvaluatorTest, MovesValuesBetweenItsRegistersAndItsMemory) {
  EXPECT_EQ(Answer({Do(kSetA, 7), Do(BPF_MISC | BPF_TAX), Do(kSetA, 1),
                    Do(BPF_MISC | BPF_TXA), Do(kReturnA)}),
            7u);
  for (uint32_t cell = 0; cell < BPF_MEMWORDS; ++cell) {
    EXPECT_EQ(Answer({Do(kSetA, 7), Do(BPF_ST, cell), Do(kSetA, 1),
                      Do(BPF_LD | BPF_MEM, cell), Do(kReturnA)}),
              7u);
    EXPECT_EQ(Answer({Do(kSetX, 9), Do(BPF_STX, cell), Do(kSetX, 1),
                      Do(BPF_LDX | BPF_MEM, cell), Do(BPF_MISC | BPF_TXA),
                      Do(kReturnA)}),
              9u);
  }
  EXPECT_EQ(Answer({Do(BPF_LD | BPF_W | BPF_LEN), Do(kReturnA)}), 64u);
  EXPECT_EQ(Answer({Do(BPF_LDX | BPF_W | BPF_LEN), Do(BPF_MISC | BPF_TXA),
                    Do(kReturnA)}),
            64u);
}

TEST(EvaluatorTest, RefusesMemoryPastItsEnd) {
  for (int code : {BPF_ST, BPF_STX, BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM}) {
    EXPECT_EQ(Answer({Do(code, BPF_MEMWORDS), Do(kReturn, 1)}), std::nullopt);
    EXPECT_EQ(Answer({Do(code, 0xffffffff), Do(kReturn, 1)}), std::nullopt);
  }
}

struct Comparison {
  int operation;
  uint32_t a;
  uint32_t operand;
  bool taken;
};

TEST(EvaluatorTest, ComparesWithConstantsAndWithX) {
  const Comparison table[] = {
      {BPF_JEQ, 5, 5, true},   {BPF_JEQ, 5, 6, false},
      {BPF_JGT, 6, 5, true},   {BPF_JGT, 5, 5, false},
      {BPF_JGT, 4, 5, false},  {BPF_JGT, 0x80000000, 1, true},  // unsigned
      {BPF_JGE, 6, 5, true},   {BPF_JGE, 5, 5, true},
      {BPF_JGE, 4, 5, false},  {BPF_JGE, 0xffffffff, 0x40000000, true},
      {BPF_JSET, 6, 2, true},  {BPF_JSET, 6, 1, false},
      {BPF_JSET, 6, 0, false},
  };
  for (const Comparison& row : table) {
    const uint32_t expected = row.taken ? 1 : 2;
    EXPECT_EQ(Answer({Do(kSetA, row.a),
                      Jump(BPF_JMP | row.operation | BPF_K, row.operand, 0, 1),
                      Do(kReturn, 1), Do(kReturn, 2)}),
              expected)
        << std::hex << row.operation << " " << row.a << " " << row.operand;
    EXPECT_EQ(Answer({Do(kSetA, row.a), Do(kSetX, row.operand),
                      Jump(BPF_JMP | row.operation | BPF_X, 0, 0, 1),
                      Do(kReturn, 1), Do(kReturn, 2)}),
              expected)
        << std::hex << row.operation << " " << row.a << " " << row.operand;
  }
}

TEST(EvaluatorTest, JumpsCountFromTheNextInstruction) {
  EXPECT_EQ(Answer({Do(BPF_JMP | BPF_JA, 0), Do(kReturn, 1), Do(kReturn, 2)}),
            1u);
  EXPECT_EQ(Answer({Do(BPF_JMP | BPF_JA, 1), Do(kReturn, 1), Do(kReturn, 2)}),
            2u);
  Program far(257, Do(kReturn, 1));
  far[0] = Jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 255, 0);
  far[256] = Do(kReturn, 9);
  EXPECT_EQ(Answer(far), 9u);
}

TEST(EvaluatorTest, RefusesJumpsPastTheEnd) {
  for (uint32_t offset : {2u, 3u, 0x7fffffffu, 0xfffffffeu, 0xffffffffu}) {
    EXPECT_EQ(
        Answer({Do(BPF_JMP | BPF_JA, offset), Do(kReturn, 1), Do(kReturn, 2)}),
        std::nullopt)
        << offset;
  }
  EXPECT_EQ(Answer({Jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), Do(kReturn, 1)}),
            std::nullopt);
  EXPECT_EQ(Answer({Jump(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), Do(kReturn, 1)}),
            std::nullopt);
}

TEST(EvaluatorTest, RefusesToFallOffTheEnd) {
  EXPECT_EQ(Answer({}), std::nullopt);
  EXPECT_EQ(Answer({Do(kSetA, 1)}), std::nullopt);
  EXPECT_EQ(Answer({Jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0)}), std::nullopt);
}

TEST(EvaluatorTest, ReturnsAConstantOrA) {
  EXPECT_EQ(Answer({Do(kReturn, 0x7fff0000)}), 0x7fff0000u);
  EXPECT_EQ(Answer({Do(kSetA, 5), Do(kReturnA)}), 5u);
  EXPECT_EQ(Answer({Do(BPF_RET | BPF_X), Do(kReturn, 1)}), std::nullopt);
}

// Every code that seccomp_check_filter() of the kernel accepts; no other.
bool KernelKnows(uint32_t code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_JMP | BPF_JA:
    case BPF_ALU | BPF_NEG:
      return true;
  }
  for (uint32_t operation :
       {BPF_ALU | BPF_ADD, BPF_ALU | BPF_SUB, BPF_ALU | BPF_MUL,
        BPF_ALU | BPF_DIV, BPF_ALU | BPF_AND, BPF_ALU | BPF_OR,
        BPF_ALU | BPF_XOR, BPF_ALU | BPF_LSH, BPF_ALU | BPF_RSH,
        BPF_JMP | BPF_JEQ, BPF_JMP | BPF_JGE, BPF_JMP | BPF_JGT,
        BPF_JMP | BPF_JSET}) {
    if (code == (operation | BPF_K) || code == (operation | BPF_X)) return true;
  }
  return false;
}

TEST(EvaluatorTest, KnowsExactlyTheInstructionsOfTheKernel) {
  std::vector<uint32_t> wrong;
  for (uint32_t code = 0; code <= 0xffff; ++code) {
    // Nothing but the code itself can make this program fail.
    const Program program = {Do(kSetX, 4), Do(kSetA, 4), Do(BPF_ST, 4),
                             Jump(static_cast<int>(code), 4, 0, 0)};
    Program padded = program;
    padded.insert(padded.end(), 8, Do(kReturn, 1));
    if (Answer(padded).has_value() != KernelKnows(code)) wrong.push_back(code);
  }
  EXPECT_EQ(wrong.size(), 0u) << "the first is 0x" << std::hex << wrong[0];
}

}  // namespace
}  // namespace cellblock
