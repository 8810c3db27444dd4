// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/jail/evaluator_fuzz.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "tests/allocator/fuzz_input.h"

namespace cellblock {
namespace {

constexpr size_t kWords = sizeof(seccomp_data) / sizeof(uint32_t);

// Each of those of seccomp, the frequent ones by weight: a program of few
// stores and many loads of scratch words would be refused at once.
constexpr uint16_t kCodes[] = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_LD | BPF_IMM,
    BPF_LD | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_ST,
    BPF_STX,
    BPF_STX,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_JMP | BPF_JA,
    BPF_ALU | BPF_NEG,
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JSET | BPF_X,
};

constexpr uint32_t kNumbers[] = {
    0, 1, 31, 32, 33, 63, 64, 0xff, 0x7fffffff, 0x80000000, 0xffffffff};

uint32_t AnyNumber(FuzzInput& input) {
  const uint32_t low = input.TwoBytes();
  return low | input.TwoBytes() << 16;
}

uint32_t ReadNumber(FuzzInput& input) {
  const uint32_t choice = input.Byte();
  if (choice < 128) return choice % 64;
  if (choice < 192) return kNumbers[choice % std::size(kNumbers)];
  return AnyNumber(input);
}

// One of those that `limit` allows; now and then the next one, or any.
uint32_t ReadBelow(FuzzInput& input, uint32_t limit) {
  const uint32_t choice = input.Byte();
  if (choice < 248) return choice % limit;
  return choice < 252 ? limit : AnyNumber(input);
}

uint16_t ReadCode(FuzzInput& input) {
  const uint32_t choice = input.Byte();
  if (choice < 252) return kCodes[choice % std::size(kCodes)];
  return static_cast<uint16_t>(choice == 255 ? input.TwoBytes() : input.Byte());
}

uint32_t ReadOperand(FuzzInput& input, uint16_t code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return 4 * ReadBelow(input, kWords) + (input.Byte() == 255);
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
      // Few, so that a word which is loaded has often been stored.
      return input.Byte() < 32 ? ReadBelow(input, BPF_MEMWORDS)
                               : ReadBelow(input, 2);
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K:
      return ReadBelow(input, 32);
    case BPF_JMP | BPF_JA:
      return ReadBelow(input, 3);
    default:
      return ReadNumber(input);
  }
}

sock_filter ReadInstruction(FuzzInput& input) {
  sock_filter insn = {.code = ReadCode(input), .jt = 0, .jf = 0, .k = 0};
  if (BPF_CLASS(insn.code) == BPF_JMP && BPF_OP(insn.code) != BPF_JA) {
    insn.jt = static_cast<uint8_t>(ReadBelow(input, 3));
    insn.jf = static_cast<uint8_t>(ReadBelow(input, 3));
  }
  insn.k = ReadOperand(input, insn.code);
  return insn;
}

std::vector<sock_filter> ReadProgram(FuzzInput& input) {
  std::vector<sock_filter> program;
  // Conditional jumps of the usual length then lead to one of the returns.
  const size_t returns = input.Byte() < 240 ? 4 : 0;
  while (!input.empty() && program.size() + returns < kMaxSecondInstructions) {
    program.push_back(ReadInstruction(input));
  }
  for (size_t i = 0; i < returns; ++i) {
    program.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
  }
  return program;
}

seccomp_data ReadCall(FuzzInput& input) {
  uint32_t words[kWords] = {};
  for (size_t count = input.Byte() % (kWords + 1), i = 0; i < count; ++i) {
    words[i] = ReadNumber(input);
  }
  seccomp_data call;
  static_assert(sizeof(call) == sizeof(words));
  memcpy(&call, words, sizeof(call));
  return call;
}

std::string Shown(const SecondAnswer& answer) {
  return answer.kind == SecondAnswer::kReturned ? std::to_string(answer.value)
                                                : "none";
}

[[noreturn]] void Report(FilterProgram program, const seccomp_data& call,
                         std::optional<uint32_t> answer,
                         const SecondAnswer& second) {
  std::fprintf(stderr, "the evaluators differ: %s, and the second one %s\n",
               answer ? std::to_string(*answer).c_str() : "none",
               Shown(second).c_str());
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& insn = program[at];
    std::fprintf(stderr, "%2zu: {0x%02x, %d, %d, 0x%x}\n", at, insn.code,
                 insn.jt, insn.jf, insn.k);
  }
  uint32_t words[kWords];
  memcpy(words, &call, sizeof(words));
  for (uint32_t word : words) std::fprintf(stderr, " 0x%x", word);
  std::fprintf(stderr, "\n");
  std::abort();
}

}  // namespace

SecondAnswer::Kind CheckWithSecond(FilterProgram program,
                                   const seccomp_data& call,
                                   std::optional<uint32_t> answer) {
  std::vector<BpfInstruction> copy;
  copy.reserve(program.size());
  for (const sock_filter& insn : program) {
    copy.push_back({insn.code, insn.jt, insn.jf, insn.k});
  }
  uint32_t words[kWords];
  memcpy(words, &call, sizeof(words));
  const SecondAnswer second = EvaluateSecond(copy, words);
  if (second.kind == SecondAnswer::kUnspecified) return second.kind;
  const bool same = second.kind == SecondAnswer::kReturned
                        ? answer == second.value
                        : !answer.has_value();
  if (!same) Report(program, call, answer, second);
  return second.kind;
}

SecondAnswer::Kind FuzzEvaluator(const uint8_t* bytes, size_t size) {
  FuzzInput input(bytes, size);
  const seccomp_data call = ReadCall(input);
  const std::vector<sock_filter> program = ReadProgram(input);
  return CheckWithSecond(program, call, Evaluate(program, call));
}

}  // namespace cellblock
