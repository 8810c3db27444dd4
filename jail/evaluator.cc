// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/evaluator.h"

#include <cstring>

namespace cellblock {
namespace {

struct Machine {
  uint32_t a = 0;
  uint32_t x = 0;
  uint32_t memory[BPF_MEMWORDS] = {};
};

// Null iff the operation is unknown or divides by zero.
std::optional<uint32_t> Compute(uint16_t operation, uint32_t a,
                                uint32_t operand) {
  switch (operation) {
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
    case BPF_LSH:
      return operand < 32 ? a << operand : 0;
    case BPF_RSH:
      return operand < 32 ? a >> operand : 0;
    case BPF_NEG:
      return -a;
    default:
      return std::nullopt;
  }
}

std::optional<bool> Compare(uint16_t operation, uint32_t a, uint32_t operand) {
  switch (operation) {
    case BPF_JEQ:
      return a == operand;
    case BPF_JGT:
      return a > operand;
    case BPF_JGE:
      return a >= operand;
    case BPF_JSET:
      return (a & operand) != 0;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<uint32_t> Evaluate(FilterProgram program,
                                 const seccomp_data& data) {
  Machine m;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& insn = program[pc];
    switch (BPF_CLASS(insn.code)) {
      case BPF_LD:
        if (insn.code == (BPF_LD | BPF_W | BPF_ABS)) {
          if (insn.k % 4 != 0 || insn.k > sizeof(data) - 4) return std::nullopt;
          memcpy(&m.a, reinterpret_cast<const char*>(&data) + insn.k, 4);
        } else if (insn.code == (BPF_LD | BPF_IMM)) {
          m.a = insn.k;
        } else if (insn.code == (BPF_LD | BPF_MEM) && insn.k < BPF_MEMWORDS) {
          m.a = m.memory[insn.k];
        } else if (insn.code == (BPF_LD | BPF_W | BPF_LEN)) {
          m.a = sizeof(data);
        } else {
          return std::nullopt;
        }
        break;
      case BPF_LDX:
        if (insn.code == (BPF_LDX | BPF_IMM)) {
          m.x = insn.k;
        } else if (insn.code == (BPF_LDX | BPF_MEM) && insn.k < BPF_MEMWORDS) {
          m.x = m.memory[insn.k];
        } else if (insn.code == (BPF_LDX | BPF_W | BPF_LEN)) {
          m.x = sizeof(data);
        } else {
          return std::nullopt;
        }
        break;
      case BPF_ST:
        if (insn.code != BPF_ST || insn.k >= BPF_MEMWORDS) return std::nullopt;
        m.memory[insn.k] = m.a;
        break;
      case BPF_STX:
        if (insn.code != BPF_STX || insn.k >= BPF_MEMWORDS) return std::nullopt;
        m.memory[insn.k] = m.x;
        break;
      case BPF_ALU: {
        const uint32_t operand = BPF_SRC(insn.code) == BPF_X ? m.x : insn.k;
        const std::optional<uint32_t> result =
            Compute(BPF_OP(insn.code), m.a, operand);
        if (!result) return std::nullopt;
        m.a = *result;
        break;
      }
      case BPF_JMP: {
        if (BPF_OP(insn.code) == BPF_JA) {
          if (insn.k >= program.size()) return std::nullopt;
          pc += insn.k;
          break;
        }
        const uint32_t operand = BPF_SRC(insn.code) == BPF_X ? m.x : insn.k;
        const std::optional<bool> taken =
            Compare(BPF_OP(insn.code), m.a, operand);
        if (!taken) return std::nullopt;
        pc += *taken ? insn.jt : insn.jf;
        break;
      }
      case BPF_RET:
        if (insn.code == (BPF_RET | BPF_A)) return m.a;
        if (insn.code == (BPF_RET | BPF_K)) return insn.k;
        return std::nullopt;
      case BPF_MISC:
        if (insn.code == (BPF_MISC | BPF_TAX)) {
          m.x = m.a;
        } else if (insn.code == (BPF_MISC | BPF_TXA)) {
          m.a = m.x;
        } else {
          return std::nullopt;
        }
        break;
    }
  }
  return std::nullopt;
}

}  // namespace cellblock
