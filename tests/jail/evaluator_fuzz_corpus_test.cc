// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The evaluator against a second one: what the fuzzer has found worth keeping,
// and random programs, without the fuzzer; and what both of it hangs on.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "jail/evaluator.h"
#include "tests/allocator/fuzz_corpus.h"
#include "tests/jail/evaluator_fuzz.h"
#include "tests/jail/second_evaluator.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

TEST(EvaluatorFuzzCorpusTest, TheCorpusPasses) {
  const std::vector<NamedInput> inputs =
      ReadCorpus("tests/jail/corpus/evaluator");
  ASSERT_GE(inputs.size(), 50u) << "the corpus was not found";
  EXPECT_EXIT(RunAll(inputs, FuzzEvaluator), testing::ExitedWithCode(0), "");
}

TEST(EvaluatorFuzzCorpusTest, RandomProgramsEndAsInTheSecondEvaluator) {
  std::mt19937_64 random(TestSeed());
  constexpr int kPrograms = 200'000;
  int count[3] = {};
  for (int i = 0; i < kPrograms; ++i) {
    std::vector<uint8_t> bytes(16 + random() % 150);
    std::generate(bytes.begin(), bytes.end(),
                  [&] { return static_cast<uint8_t>(random()); });
    ++count[FuzzEvaluator(bytes.data(), bytes.size())];
  }
  printf("%d returned, %d refused, %d unspecified\n",
         count[SecondAnswer::kReturned], count[SecondAnswer::kRefused],
         count[SecondAnswer::kUnspecified]);
  // Both kinds of end are common, and nearly all programs are compared.
  EXPECT_GT(count[SecondAnswer::kReturned], kPrograms * 40 / 100);
  EXPECT_GT(count[SecondAnswer::kRefused], kPrograms * 10 / 100);
  EXPECT_LT(count[SecondAnswer::kUnspecified], kPrograms * 3 / 100);
}

constexpr seccomp_data kCall = {.nr = 0x01020304,
                                .arch = 5,
                                .instruction_pointer = 0x0600000007,
                                .args = {8, 0, 0, 0, 0, 0x0900000000}};

using Program = std::vector<sock_filter>;

sock_filter Do(int code, uint32_t k = 0) {
  return BPF_STMT(static_cast<uint16_t>(code), k);
}

constexpr int kSetA = BPF_LD | BPF_IMM;
constexpr int kSetX = BPF_LDX | BPF_IMM;
constexpr int kReturnA = BPF_RET | BPF_A;

SecondAnswer Second(const Program& program) {
  std::vector<BpfInstruction> copy;
  for (const sock_filter& insn : program) {
    copy.push_back({insn.code, insn.jt, insn.jf, insn.k});
  }
  uint32_t words[16];
  static_assert(sizeof(words) == sizeof(kCall));
  memcpy(words, &kCall, sizeof(words));
  return EvaluateSecond(copy, words);
}

SecondAnswer Returned(uint32_t value) {
  return {SecondAnswer::kReturned, value};
}

constexpr SecondAnswer kRefused = {SecondAnswer::kRefused};
constexpr SecondAnswer kUnspecified = {SecondAnswer::kUnspecified};

TEST(EvaluatorFuzzDeathTest, NoticesAnotherAnswer) {
  const Program returns = {Do(BPF_RET | BPF_K, 7)};
  EXPECT_EQ(CheckWithSecond(returns, kCall, 7), SecondAnswer::kReturned);
  EXPECT_EXIT(CheckWithSecond(returns, kCall, 8),
              testing::KilledBySignal(SIGABRT), "8, and the second one 7");
  EXPECT_EXIT(CheckWithSecond(returns, kCall, std::nullopt),
              testing::KilledBySignal(SIGABRT), "none, and the second one 7");
  const Program falls = {Do(kSetA, 7)};
  EXPECT_EQ(CheckWithSecond(falls, kCall, std::nullopt),
            SecondAnswer::kRefused);
  EXPECT_EXIT(CheckWithSecond(falls, kCall, 0),
              testing::KilledBySignal(SIGABRT), "0, and the second one none");
}

TEST(SecondEvaluatorTest, TellsEveryNumberFromItsMarks) {
  for (uint32_t value : {0u, 1u, 2u, 0x7fffffffu, 0xfffffffeu, 0xffffffffu}) {
    EXPECT_EQ(Second({Do(BPF_RET | BPF_K, value)}), Returned(value));
    EXPECT_EQ(Second({Do(kSetA, value), Do(kReturnA)}), Returned(value));
  }
}

TEST(SecondEvaluatorTest, LoadsTheWordsOfTheCallInHostOrder) {
  const auto load = [](uint32_t offset) {
    return Second({Do(BPF_LD | BPF_W | BPF_ABS, offset), Do(kReturnA)});
  };
  EXPECT_EQ(load(0), Returned(0x01020304));
  EXPECT_EQ(load(8), Returned(7));
  EXPECT_EQ(load(12), Returned(6));
  EXPECT_EQ(load(60), Returned(9));
  EXPECT_EQ(load(2), kRefused);
  EXPECT_EQ(load(64), kRefused);
  EXPECT_EQ(load(0xfffffffc), kRefused);
}

TEST(SecondEvaluatorTest, RefusesWhatSeccompDoes) {
  for (int code : {BPF_ALU | BPF_MOD, BPF_LD | BPF_B | BPF_ABS,
                   BPF_LD | BPF_W | BPF_IND, BPF_LDX | BPF_MSH | BPF_B,
                   BPF_RET | BPF_X, BPF_ALU | BPF_NEG | BPF_X, 0xffff}) {
    EXPECT_EQ(Second({Do(code, 3), Do(kReturnA)}), kRefused) << code;
  }
  EXPECT_EQ(Second({Do(BPF_ALU | BPF_DIV, 0), Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({Do(BPF_ALU | BPF_DIV | BPF_X), Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({Do(BPF_ALU | BPF_LSH, 32), Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({Do(BPF_ST, 16), Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({}), kRefused);
  EXPECT_EQ(Second({Do(kSetA, 1)}), kRefused);
  EXPECT_EQ(Second({Do(BPF_JMP | BPF_JA, 1), Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({Do(BPF_JMP | BPF_JA, ~0u), Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 255, 0), Do(kReturnA)}),
            kRefused);
}

TEST(SecondEvaluatorTest, ShiftsByFiveBitsOfXAndKeepsTheRest) {
  const Program shift = {Do(kSetX, 7),
                         Do(BPF_STX, 0),
                         Do(kSetA, 3),
                         Do(kSetX, 0xe4),
                         Do(BPF_ALU | BPF_LSH | BPF_X),
                         Do(BPF_ALU | BPF_ADD | BPF_X),
                         Do(BPF_LDX | BPF_MEM, 0),
                         Do(BPF_ALU | BPF_ADD | BPF_X),
                         Do(kReturnA)};
  EXPECT_EQ(Second(shift), Returned((3 << 4) + 0xe4 + 7));
  Program no_room;
  for (uint32_t word = 0; word < 15; ++word) {
    no_room.push_back(Do(BPF_ST, word));
  }
  no_room.insert(no_room.end(), shift.begin(), shift.end());
  EXPECT_EQ(Second(no_room), kUnspecified);
}

TEST(SecondEvaluatorTest, LoadsOnlyScratchWordsThatAreWritten) {
  const sock_filter load = Do(BPF_LD | BPF_MEM, 3);
  EXPECT_EQ(Second({load, Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({Do(BPF_ST, 2), load, Do(kReturnA)}), kRefused);
  EXPECT_EQ(Second({Do(kSetA, 5), Do(BPF_ST, 3), load, Do(kReturnA)}),
            Returned(5));
  EXPECT_EQ(Second({BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 1), Do(BPF_ST, 3), load,
                    Do(kReturnA)}),
            kUnspecified);
}

}  // namespace
}  // namespace cellblock
