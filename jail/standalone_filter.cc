// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/standalone_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "jail/syscall_table.h"

namespace cellblock {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;
// The first number that no libc will try in the lifetime of a table.
constexpr uint32_t kFirstFar = 1024;

using Program = std::vector<sock_filter>;

uint32_t AnswerFor(const Rule& rule) {
  switch (rule.action) {
    case Action::kAllow:
      return SECCOMP_RET_ALLOW;
    case Action::kErrno:
    case Action::kRefuse:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(rule.error);
    case Action::kTrap:
      return SECCOMP_RET_TRAP;
    case Action::kKill:
    case Action::kViolation:
      return SECCOMP_RET_KILL_PROCESS;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

// Goes on to what follows iff the condition holds; the jumps of the others are
// left open.
void AddCondition(const ArgCondition& condition, Program* program) {
  for (const int half : {0, 1}) {
    const auto mask = static_cast<uint32_t>(condition.mask >> (32 * half));
    if (mask == 0) continue;
    const auto word = static_cast<uint32_t>(offsetof(seccomp_data, args) +
                                            condition.arg * 8 + half * 4);
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

// All rows of one call, of which the last has no condition; passed over by
// other numbers, which the program still holds then.
void AddCall(std::span<const Rule> rules, Program* program) {
  Program block;
  for (const Rule& rule : rules) {
    const Program row = CompileRow(rule);
    block.insert(block.end(), row.begin(), row.end());
  }
  program->push_back(
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rules.front().syscall, 1, 0));
  program->push_back(
      BPF_STMT(BPF_JMP | BPF_JA, static_cast<uint32_t>(block.size())));
  program->insert(program->end(), block.begin(), block.end());
}

bool AnswersUnknown(const Policy& policy) {
  return policy.traits().unknown == UnknownCalls::kRefuse;
}

// ENOSYS for the numbers that the table does not know, range by range.
void AddUnknown(Program* program) {
  for (uint32_t begin = 0; begin < kFirstFar;) {
    if (FindSyscall(begin) != nullptr) {
      ++begin;
      continue;
    }
    uint32_t end = begin;
    while (end < kFirstFar && FindSyscall(end) == nullptr) ++end;
    program->push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, begin, 0, 2));
    program->push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 1, 0));
    program->push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    begin = end;
  }
}

bool Refuses(const Rule& rule) { return rule.action == Action::kRefuse; }

}  // namespace

StandalonePolicy::StandalonePolicy(const Policy& policy)
    : original_(policy), rules_(policy.rules().begin(), policy.rules().end()) {
  for (Rule& rule : rules_) {
    if (Refuses(rule)) rule.action = Action::kErrno;
  }
  if (!AnswersUnknown(policy)) return;
  for (uint32_t number = 0; number < kFirstFar; ++number) {
    if (FindSyscall(number) != nullptr) continue;
    rules_.push_back({number,
                      Action::kErrno,
                      ENOSYS,
                      {},
                      0,
                      "is newer than this program's table"});
  }
}

Policy StandalonePolicy::policy() const {
  return {original_.name(), rules_, original_.traits()};
}

CompiledFilter StandalonePolicy::Compile(pid_t own_pid) const {
  CompiledFilter rest = CompileFilter(original_);
  if (!rest.error.empty()) return rest;
  Program calls;
  if (AnswersUnknown(original_)) AddUnknown(&calls);
  const std::span<const Rule> rules = original_.rules();
  for (size_t begin = 0; begin < rules.size();) {
    size_t end = begin;
    while (end < rules.size() && rules[end].syscall == rules[begin].syscall) {
      ++end;
    }
    const auto rows = rules.subspan(begin, end - begin);
    if (std::any_of(rows.begin(), rows.end(), &Refuses)) AddCall(rows, &calls);
    begin = end;
  }
  // Other ABIs go straight to what follows, which kills them.
  const auto over = static_cast<uint32_t>(calls.size());
  CompiledFilter filter{
      {
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
          BPF_STMT(BPF_JMP | BPF_JA, over + 3),
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
          BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1),
          BPF_STMT(BPF_JMP | BPF_JA, over),
      },
      {}};
  filter.program.insert(filter.program.end(), calls.begin(), calls.end());
  filter.program.insert(filter.program.end(), rest.program.begin(),
                        rest.program.end());
  BindFilter(filter.program, {own_pid, Notify::kNobody});
  return filter;
}

}  // namespace cellblock
