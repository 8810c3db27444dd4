// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/evaluator.h"

#include <cstring>

namespace cellblock {
namespace {

struct Machine {
  uint32_t a = 0;
  uint32_t x = 0;
  uint32_t memory[BPF_MEMWORDS] = {};
  uint32_t stored = 0;  // a bit for each word that has been written
};

// `a` after one ALU instruction. Empty iff it divides by zero, or shifts by a
// constant that the kernel refuses.
std::optional<uint32_t> Compute(uint16_t code, uint32_t a, uint32_t operand) {
  const bool constant = BPF_SRC(code) == BPF_K;
  switch (BPF_OP(code)) {
    case BPF_ADD:
      return a + operand;
    case BPF_SUB:
      return a - operand;
    case BPF_MUL:
      return a * operand;
    case BPF_DIV:
      if (operand == 0) return std::nullopt;
      return a / operand;
    case BPF_OR:
      return a | operand;
    case BPF_AND:
      return a & operand;
    case BPF_XOR:
      return a ^ operand;
    case BPF_NEG:
      return -a;
    default:
      break;
  }
  if (operand >= 32 && constant) return std::nullopt;
  // By X the processor shifts, and takes five bits of it.
  return BPF_OP(code) == BPF_LSH ? a << (operand % 32) : a >> (operand % 32);
}

bool Compare(uint16_t operation, uint32_t a, uint32_t operand) {
  switch (operation) {
    case BPF_JEQ:
      return a == operand;
    case BPF_JGT:
      return a > operand;
    case BPF_JGE:
      return a >= operand;
    default:  // BPF_JSET
      return (a & operand) != 0;
  }
}

bool IsAlu(uint16_t code) {
  switch (code & ~BPF_X) {
    case BPF_ALU | BPF_ADD:
    case BPF_ALU | BPF_SUB:
    case BPF_ALU | BPF_MUL:
    case BPF_ALU | BPF_DIV:
    case BPF_ALU | BPF_OR:
    case BPF_ALU | BPF_AND:
    case BPF_ALU | BPF_XOR:
    case BPF_ALU | BPF_LSH:
    case BPF_ALU | BPF_RSH:
      return true;
    default:
      return code == (BPF_ALU | BPF_NEG);
  }
}

bool IsBranch(uint16_t code) {
  switch (code & ~BPF_X) {
    case BPF_JMP | BPF_JEQ:
    case BPF_JMP | BPF_JGT:
    case BPF_JMP | BPF_JGE:
    case BPF_JMP | BPF_JSET:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<uint32_t> Evaluate(FilterProgram program,
                                 const seccomp_data& data) {
  Machine m;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& insn = program[pc];
    const uint32_t operand = BPF_SRC(insn.code) == BPF_X ? m.x : insn.k;
    if (IsAlu(insn.code)) {
      const std::optional<uint32_t> result = Compute(insn.code, m.a, operand);
      if (!result) return std::nullopt;
      m.a = *result;
      continue;
    }
    if (IsBranch(insn.code)) {
      pc += Compare(BPF_OP(insn.code), m.a, operand) ? insn.jt : insn.jf;
      continue;
    }
    switch (insn.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (insn.k % 4 != 0 || insn.k > sizeof(data) - 4) return std::nullopt;
        memcpy(&m.a, reinterpret_cast<const char*>(&data) + insn.k, 4);
        break;
      case BPF_LD | BPF_IMM:
        m.a = insn.k;
        break;
      case BPF_LDX | BPF_IMM:
        m.x = insn.k;
        break;
      case BPF_LD | BPF_W | BPF_LEN:
        m.a = sizeof(data);
        break;
      case BPF_LDX | BPF_W | BPF_LEN:
        m.x = sizeof(data);
        break;
      case BPF_LD | BPF_MEM:
      case BPF_LDX | BPF_MEM:
      case BPF_ST:
      case BPF_STX: {
        if (insn.k >= BPF_MEMWORDS) return std::nullopt;
        const uint32_t bit = 1u << insn.k;
        if (insn.code == BPF_ST || insn.code == BPF_STX) m.stored |= bit;
        if ((m.stored & bit) == 0) return std::nullopt;
        uint32_t& word = m.memory[insn.k];
        if (insn.code == (BPF_LD | BPF_MEM)) m.a = word;
        if (insn.code == (BPF_LDX | BPF_MEM)) m.x = word;
        if (insn.code == BPF_ST) word = m.a;
        if (insn.code == BPF_STX) word = m.x;
        break;
      }
      case BPF_MISC | BPF_TAX:
        m.x = m.a;
        break;
      case BPF_MISC | BPF_TXA:
        m.a = m.x;
        break;
      case BPF_JMP | BPF_JA:
        if (insn.k >= program.size()) return std::nullopt;
        pc += insn.k;
        break;
      case BPF_RET | BPF_K:
        return insn.k;
      case BPF_RET | BPF_A:
        return m.a;
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace cellblock
