// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/worker_rows.h"

#include <errno.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "jail/call/descriptor_request.h"
#include "jail/presets.h"

namespace cellblock {
namespace {

using Rows = std::vector<Rule>;

bool Allows(const Rule& rule) { return rule.action == Action::kAllow; }

bool IsUnconditional(const Rule& rule) { return rule.condition_count == 0; }

// What is told to a listener, and so not where the template allows the call.
bool IsTold(const Rule& rule) {
  return rule.action == Action::kRefuse || rule.action == Action::kViolation;
}

bool NamesOwnPid(const ArgCondition& condition) {
  return condition.value == kOwnPid;
}

bool NamesOwnPid(const Rule& rule) {
  return std::any_of(rule.conditions, rule.conditions + rule.condition_count,
                     [](const auto& c) { return NamesOwnPid(c); });
}

// `rule` as it is where the pid is not known.
Rule OfAnyPid(Rule rule) {
  ArgCondition* const end =
      std::remove_if(rule.conditions, rule.conditions + rule.condition_count,
                     [](const auto& c) { return NamesOwnPid(c); });
  rule.condition_count = static_cast<size_t>(end - rule.conditions);
  rule.reason = "is a jail's own pid, which its last filter knows";
  return rule;
}

constexpr uint32_t kMemory[] = {SYS_mmap,     SYS_munmap, SYS_mremap,
                                SYS_mprotect, SYS_brk,    SYS_madvise};

// 0 is below all memory, by which libc knows that brk(2) refused.
Rule NoMore(uint32_t call) {
  return {call,
          Action::kErrno,
          call == SYS_brk ? 0 : ENOMEM,
          {},
          0,
          "asks for memory, and there is no more"};
}

void RefuseMemory(Rows* rows) {
  for (const uint32_t call : kMemory) {
    std::erase_if(*rows,
                  [=](const Rule& rule) { return rule.syscall == call; });
    rows->push_back(NoMore(call));
  }
}

// In front of what else is said of recvmsg, if some of it is allowed.
void KeepRequestsFromTheKernel(Rows* rows) {
  const auto of_recvmsg = [](const Rule& rule) {
    return rule.syscall == SYS_recvmsg;
  };
  if (std::none_of(rows->begin(), rows->end(), [&](const Rule& rule) {
        return of_recvmsg(rule) && Allows(rule);
      })) {
    return;
  }
  Rule request = {SYS_recvmsg,
                  Action::kRefuse,
                  EBADF,
                  {},
                  std::size(kDescriptorRequest),
                  "asks for a descriptor"};
  std::copy(std::begin(kDescriptorRequest), std::end(kDescriptorRequest),
            request.conditions);
  rows->insert(std::find_if(rows->begin(), rows->end(), of_recvmsg), request);
}

// What a template does of `call` besides what its workers may; empty iff
// nothing.
Rows MoreInTemplate(uint32_t call, std::span<const Rule> worker) {
  Rows more;
  for (const Rule& rule : ForkingRules()) {
    if (rule.syscall == call && Allows(rule)) more.push_back(rule);
  }
  for (const Rule& rule : worker) {
    if (Allows(rule) && NamesOwnPid(rule)) more.push_back(OfAnyPid(rule));
  }
  return more;
}

// What is said of the rest of a call that only the template has rows of.
Rows RestOfForking(uint32_t call) {
  Rows rest;
  for (const Rule& rule : ForkingRules()) {
    if (rule.syscall == call && !Allows(rule)) rest.push_back(rule);
  }
  return rest;
}

// True iff the template makes the call whatever its arguments.
bool IsOpen(const Rows& more) {
  return std::any_of(more.begin(), more.end(), &IsUnconditional);
}

Rows TemplateRowsOf(const Policy& worker, uint32_t call) {
  const std::span<const Rule> rows = worker.RulesFor(call);
  Rows all = MoreInTemplate(call, rows);
  const auto open = std::find_if(all.begin(), all.end(), &IsUnconditional);
  if (open != all.end()) return {*open};
  const Rows rest =
      rows.empty() ? RestOfForking(call) : Rows(rows.begin(), rows.end());
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

Rule Killed(Rule rule, const char* reason) {
  rule.action = Action::kKill;
  rule.error = 0;
  rule.reason = reason;
  return rule;
}

constexpr char kTemplates[] = "is its template's to do";

// The worker's rows, and in front of the first one that would be told a death
// for what the template allows.
Rows LastRowsOf(const Policy& worker, uint32_t call) {
  const std::span<const Rule> rows = worker.RulesFor(call);
  const Rows more = MoreInTemplate(call, rows);
  if (rows.empty() && IsOpen(more)) return {Killed(more[0], kTemplates)};
  Rows all =
      rows.empty() ? RestOfForking(call) : Rows(rows.begin(), rows.end());
  if (IsOpen(more)) {
    for (Rule& rule : all) {
      if (IsTold(rule)) rule = Killed(rule, rule.reason);
    }
    return all;
  }
  const auto told = std::find_if(all.begin(), all.end(), &IsTold);
  if (told == all.end()) return all;
  Rows kills;
  for (const Rule& rule : more) kills.push_back(Killed(rule, kTemplates));
  all.insert(told, kills.begin(), kills.end());
  return all;
}

// The rows that `make` gives for each call that the worker or only its template
// has rows of.
template <typename F>
Rows ForEachCall(const Policy& worker, const F& make) {
  Rows all;
  std::vector<uint32_t> done;
  for (const std::span<const Rule> rules : {worker.rules(), ForkingRules()}) {
    for (const Rule& rule : rules) {
      if (std::find(done.begin(), done.end(), rule.syscall) != done.end()) {
        continue;
      }
      done.push_back(rule.syscall);
      const Rows rows = make(worker, rule.syscall);
      all.insert(all.end(), rows.begin(), rows.end());
    }
  }
  return all;
}

}  // namespace

Rows WorkerRows(const Policy& base, MemoryCalls memory) {
  Rows rows(base.rules().begin(), base.rules().end());
  for (Rule& rule : rows) {
    if (rule.action == Action::kTrap) rule.action = Action::kViolation;
  }
  if (memory == MemoryCalls::kRefuse) RefuseMemory(&rows);
  KeepRequestsFromTheKernel(&rows);
  return rows;
}

Rows TemplateRows(const Policy& worker) {
  return ForEachCall(worker, &TemplateRowsOf);
}

Rows LastRows(const Policy& worker) { return ForEachCall(worker, &LastRowsOf); }

}  // namespace cellblock
