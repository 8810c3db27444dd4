// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/front_calls.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace cellblock {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;

using Program = std::vector<sock_filter>;

uint32_t AnswerFor(const Rule& rule) {
  switch (rule.action) {
    case Action::kAllow:
      return SECCOMP_RET_ALLOW;
    case Action::kErrno:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(rule.error);
    case Action::kTrap:
      return SECCOMP_RET_TRAP;
    case Action::kKill:
      return SECCOMP_RET_KILL_PROCESS;
    case Action::kRefuse:
    case Action::kViolation:
      return SECCOMP_RET_USER_NOTIF;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

// Goes on to what follows iff the condition holds; the jumps of the others are
// left open.
void AddCondition(const ArgCondition& condition, Program* program) {
  for (const size_t half : {size_t{0}, size_t{1}}) {
    const auto mask = static_cast<uint32_t>(condition.mask >> (32 * half));
    if (mask == 0) continue;
    const auto word = static_cast<uint32_t>(
        offsetof(seccomp_data, args) + size_t{condition.arg} * 8 + half * 4);
    program->push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, word));
    if (mask != UINT32_MAX) {
      program->push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    }
    program->push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                 static_cast<uint32_t>(condition.value >> (32 * half)), 0, 0));
  }
}

// One row: its answer iff its conditions hold, else on to what follows.
Program CompileRow(const Rule& rule) {
  Program row;
  for (size_t i = 0; i < rule.condition_count; ++i) {
    AddCondition(rule.conditions[i], &row);
  }
  row.push_back(BPF_STMT(BPF_RET | BPF_K, AnswerFor(rule)));
  for (size_t i = 0; i < row.size(); ++i) {
    if (BPF_CLASS(row[i].code) != BPF_JMP) continue;
    row[i].jf = static_cast<uint8_t>(row.size() - i - 1);
  }
  return row;
}

bool SameDecision(const Rule& a, const Rule& b) {
  return a.action == b.action && a.error == b.error &&
         std::equal(a.conditions, a.conditions + a.condition_count,
                    b.conditions, b.conditions + b.condition_count);
}

}  // namespace

// Passed over by other numbers, which the program still holds then.
void FrontCalls::Add(std::span<const Rule> rows) {
  Program block;
  for (const Rule& rule : rows) {
    const Program row = CompileRow(rule);
    block.insert(block.end(), row.begin(), row.end());
  }
  const uint32_t number = rows.front().syscall;
  const size_t over = block.size();
  if (over <= UINT8_MAX) {
    calls_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0,
                              static_cast<uint8_t>(over)));
  } else {
    calls_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 1, 0));
    calls_.push_back(BPF_STMT(BPF_JMP | BPF_JA, static_cast<uint32_t>(over)));
  }
  calls_.insert(calls_.end(), block.begin(), block.end());
}

void FrontCalls::AddDifferences(std::span<const Rule> rows,
                                const Policy& base) {
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin;
    while (end < rows.size() && rows[end].syscall == rows[begin].syscall) {
      ++end;
    }
    const auto call = rows.subspan(begin, end - begin);
    const auto before = base.RulesFor(call.front().syscall);
    if (!std::equal(call.begin(), call.end(), before.begin(), before.end(),
                    &SameDecision)) {
      Add(call);
    }
    begin = end;
  }
}

void FrontCalls::AddNumbers(uint32_t begin, uint32_t end, uint32_t answer) {
  calls_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, begin, 0, 2));
  calls_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 1, 0));
  calls_.push_back(BPF_STMT(BPF_RET | BPF_K, answer));
}

Program FrontCalls::Before(std::span<const sock_filter> rest) const {
  const auto over = static_cast<uint32_t>(calls_.size());
  Program program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(BPF_JMP | BPF_JA, over + 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1),
      BPF_STMT(BPF_JMP | BPF_JA, over),
  };
  program.insert(program.end(), calls_.begin(), calls_.end());
  program.insert(program.end(), rest.begin(), rest.end());
  return program;
}

}  // namespace cellblock
