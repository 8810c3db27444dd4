// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/standalone_filter.h"

#include <errno.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>

#include "jail/front_calls.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

// The first number that no libc will try in the lifetime of a table.
constexpr uint32_t kFirstFar = 1024;

bool AnswersUnknown(const Policy& policy) {
  return policy.traits().unknown == UnknownCalls::kRefuse;
}

// ENOSYS for the numbers that the table does not know, range by range.
void AddUnknown(FrontCalls* calls) {
  for (uint32_t begin = 0; begin < kFirstFar;) {
    if (FindSyscall(begin) != nullptr) {
      ++begin;
      continue;
    }
    uint32_t end = begin;
    while (end < kFirstFar && FindSyscall(end) == nullptr) ++end;
    calls->AddNumbers(begin, end, SECCOMP_RET_ERRNO | ENOSYS);
    begin = end;
  }
}

}  // namespace

StandalonePolicy::StandalonePolicy(const Policy& policy)
    : original_(policy), rules_(policy.rules().begin(), policy.rules().end()) {
  for (Rule& rule : rules_) {
    if (rule.action == Action::kRefuse) rule.action = Action::kErrno;
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

CompiledFilter StandalonePolicy::Compile(const Binding& binding) const {
  CompiledFilter filter = CompileFilter(original_);
  if (!filter.error.empty()) return filter;
  FrontCalls calls;
  if (AnswersUnknown(original_)) AddUnknown(&calls);
  calls.AddDifferences(std::span(rules_).first(original_.rules().size()),
                       original_);
  filter.program = calls.Before(filter.program);
  BindFilter(filter.program, binding);
  return filter;
}

}  // namespace cellblock
