// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/disassembly.h"

#include <linux/audit.h>

#include <cstddef>
#include <cstdio>
#include <optional>

#include "jail/policy.h"
#include "jail/policy_text.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/text_table.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// What the accumulator holds: the offset in seccomp_data of a word that was
// loaded and not changed since.
using Held = std::optional<uint32_t>;

std::string NameOfWord(uint32_t offset) {
  constexpr uint32_t kArgs = offsetof(seccomp_data, args);
  switch (offset) {
    case offsetof(seccomp_data, nr):
      return "the number";
    case offsetof(seccomp_data, arch):
      return "the architecture";
    case offsetof(seccomp_data, instruction_pointer):
      return "the instruction pointer, low half";
    case offsetof(seccomp_data, instruction_pointer) + 4:
      return "the instruction pointer, high half";
    default:
      break;
  }
  if (offset % 4 != 0 || offset >= sizeof(seccomp_data)) return {};
  return "argument " + std::to_string((offset - kArgs) / 8) +
         (offset % 8 == 0 ? ", low half" : ", high half");
}

std::string MeaningOfNumber(uint32_t number) {
  if (number == 0x40000000) return "the first x32 number";
  const SyscallInfo* info = FindSyscall(number);
  return info != nullptr ? info->name : "";
}

// What the constant of a comparison says about the word that is compared.
std::string MeaningOfConstant(const Held& held, uint32_t constant) {
  if (!held) return {};
  if (*held == offsetof(seccomp_data, nr)) return MeaningOfNumber(constant);
  if (*held == offsetof(seccomp_data, arch)) {
    return constant == AUDIT_ARCH_X86_64 ? "x86-64" : "";
  }
  return constant == kOwnPid ? "the own pid" : "";
}

std::string MeaningOfAnswer(uint32_t answer) {
  const uint32_t data = answer & SECCOMP_RET_DATA;
  switch (answer & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
      return "allow";
    case SECCOMP_RET_ERRNO:
      return "errno " + ErrnoName(static_cast<int>(data));
    case SECCOMP_RET_TRAP:
      return "trap: the pool answers";
    case SECCOMP_RET_USER_NOTIF:
      return "the supervisor refuses or ends it";
    case SECCOMP_RET_KILL_PROCESS:
      return "kill the process";
    case SECCOMP_RET_KILL_THREAD:
      return "kill the thread";
    case SECCOMP_RET_TRACE:
      return "ask a tracer";
    case SECCOMP_RET_LOG:
      return "allow, and log";
    default:
      return {};
  }
}

const char* AluName(uint16_t code) {
  switch (BPF_OP(code)) {
    case BPF_ADD:
      return "add";
    case BPF_SUB:
      return "sub";
    case BPF_MUL:
      return "mul";
    case BPF_DIV:
      return "div";
    case BPF_OR:
      return "or";
    case BPF_AND:
      return "and";
    case BPF_XOR:
      return "xor";
    case BPF_LSH:
      return "lsh";
    case BPF_RSH:
      return "rsh";
    default:
      return nullptr;
  }
}

const char* BranchName(uint16_t code) {
  switch (BPF_OP(code)) {
    case BPF_JEQ:
      return "jeq";
    case BPF_JGT:
      return "jgt";
    case BPF_JGE:
      return "jge";
    case BPF_JSET:
      return "jset";
    default:
      return nullptr;
  }
}

constexpr char kUnknown[] = "unknown";

std::string Operand(const sock_filter& insn) {
  return BPF_SRC(insn.code) == BPF_X ? "x" : "#" + HexText(insn.k);
}

std::string Word(const sock_filter& insn) {
  return " M[" + std::to_string(insn.k) + "]";
}

DisassembledLine Load(const sock_filter& insn) {
  switch (insn.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return {"ld [" + std::to_string(insn.k) + "]", NameOfWord(insn.k)};
    case BPF_LD | BPF_W | BPF_LEN:
      return {"ld len", "the size of seccomp_data"};
    case BPF_LDX | BPF_W | BPF_LEN:
      return {"ldx len", "the size of seccomp_data"};
    case BPF_LD | BPF_IMM:
      return {"ld #" + HexText(insn.k), {}};
    case BPF_LDX | BPF_IMM:
      return {"ldx #" + HexText(insn.k), {}};
    case BPF_LD | BPF_MEM:
      return {"ld" + Word(insn), {}};
    case BPF_LDX | BPF_MEM:
      return {"ldx" + Word(insn), {}};
    default:
      return {kUnknown, {}};
  }
}

DisassembledLine Alu(const sock_filter& insn) {
  if (insn.code == (BPF_ALU | BPF_NEG)) return {"neg", {}};
  const char* name = AluName(insn.code);
  if (name == nullptr) return {kUnknown, {}};
  return {std::string(name) + " " + Operand(insn), {}};
}

DisassembledLine Jump(const sock_filter& insn, size_t at, const Held& held) {
  const size_t next = at + 1;
  if (insn.code == (BPF_JMP | BPF_JA)) {
    return {"ja " + std::to_string(next + insn.k), {}};
  }
  const char* name = BranchName(insn.code);
  if (name == nullptr) return {kUnknown, {}};
  const bool constant = BPF_SRC(insn.code) == BPF_K;
  return {std::string(name) + " " + Operand(insn) + " to " +
              std::to_string(next + insn.jt) + " else " +
              std::to_string(next + insn.jf),
          constant ? MeaningOfConstant(held, insn.k) : ""};
}

DisassembledLine Line(const sock_filter& insn, size_t at, const Held& held) {
  switch (BPF_CLASS(insn.code)) {
    case BPF_LD:
    case BPF_LDX:
      return Load(insn);
    case BPF_ALU:
      return Alu(insn);
    case BPF_JMP:
      return Jump(insn, at, held);
    default:
      break;
  }
  switch (insn.code) {
    case BPF_ST:
      return {"st" + Word(insn), {}};
    case BPF_STX:
      return {"stx" + Word(insn), {}};
    case BPF_RET | BPF_K:
      return {"ret #" + HexText(insn.k), MeaningOfAnswer(insn.k)};
    case BPF_RET | BPF_A:
      return {"ret a", {}};
    case BPF_MISC | BPF_TAX:
      return {"tax", {}};
    case BPF_MISC | BPF_TXA:
      return {"txa", {}};
    default:
      return {kUnknown, {}};
  }
}

Held After(const sock_filter& insn, const Held& before) {
  switch (BPF_CLASS(insn.code)) {
    case BPF_LD:
      if (insn.code == (BPF_LD | BPF_W | BPF_ABS)) return insn.k;
      return std::nullopt;
    case BPF_ALU:
      // A part of an argument is still explained by it; no other word is.
      if (before && *before >= offsetof(seccomp_data, args)) return before;
      return std::nullopt;
    case BPF_MISC:
      return insn.code == (BPF_MISC | BPF_TXA) ? std::nullopt : before;
    default:
      return before;
  }
}

// What is held in front of each instruction. All jumps go forward, so that one
// pass knows every way to an instruction before it gets there.
class Flow {
 public:
  explicit Flow(FilterProgram program)
      : program_(program), held_(program.size()), seen_(program.size()) {
    for (size_t at = 0; at < program.size(); ++at) Follow(at);
  }

  const Held& At(size_t at) const { return held_[at]; }

 private:
  void Follow(size_t at) {
    const sock_filter& insn = program_[at];
    const Held after = After(insn, held_[at]);
    if (BPF_CLASS(insn.code) == BPF_RET) return;
    if (BPF_CLASS(insn.code) != BPF_JMP) return Reach(at + 1, after);
    if (BPF_OP(insn.code) == BPF_JA) return Reach(at + 1 + insn.k, after);
    Reach(at + 1 + insn.jt, after);
    Reach(at + 1 + insn.jf, after);
  }

  void Reach(size_t at, const Held& held) {
    if (at >= program_.size()) return;
    if (seen_[at] && held_[at] != held) {
      held_[at] = std::nullopt;
    } else {
      held_[at] = held;
    }
    seen_[at] = true;
  }

  FilterProgram program_;
  std::vector<Held> held_;
  std::vector<bool> seen_;
};

}  // namespace

std::vector<DisassembledLine> Disassemble(FilterProgram program) {
  const Flow flow(program);
  std::vector<DisassembledLine> lines;
  for (size_t at = 0; at < program.size(); ++at) {
    lines.push_back(Line(program[at], at, flow.At(at)));
  }
  return lines;
}

std::string ListingOf(FilterProgram program) {
  TextTable table;
  size_t at = 0;
  for (const DisassembledLine& line : Disassemble(program)) {
    const std::string comment = line.comment.empty() ? "" : "; " + line.comment;
    char number[24];
    snprintf(number, sizeof(number), "%4zu:", at++);
    table.Add({number, line.text, comment});
  }
  return table.Text();
}

}  // namespace cellblock
