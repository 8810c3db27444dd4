// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/filter.h"

#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>

#include "jail/own_descriptor.h"
#include "jail/own_pid.h"

namespace cellblock {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

// The library's answer for a row, or the default for what only the supervisor
// can tell apart.
uint32_t AnswerFor(const Rule& rule) {
  switch (rule.action) {
    case Action::kAllow:
      return SCMP_ACT_ALLOW;
    case Action::kErrno:
      return SCMP_ACT_ERRNO(static_cast<uint16_t>(rule.error));
    case Action::kTrap:
      return SCMP_ACT_TRAP;
    case Action::kKill:
      return SCMP_ACT_KILL_PROCESS;
    case Action::kRefuse:
    case Action::kViolation:
      return SCMP_ACT_NOTIFY;
  }
  return SCMP_ACT_KILL_PROCESS;
}

int AddRule(scmp_filter_ctx context, const Rule& rule) {
  scmp_arg_cmp comparisons[kMaxConditions] = {};
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    comparisons[i] = SCMP_CMP(condition.arg, SCMP_CMP_MASKED_EQ, condition.mask,
                              condition.value);
  }
  return seccomp_rule_add_exact_array(
      context, AnswerFor(rule), static_cast<int>(rule.syscall),
      static_cast<unsigned>(rule.condition_count), comparisons);
}

// 2.5.4 exports to a descriptor only.
std::vector<sock_filter> Export(scmp_filter_ctx context) {
  std::vector<sock_filter> program;
  const UniqueFd fd = MakeDescriptor(
      [] { return memfd_create("cellblock-filter", MFD_CLOEXEC); });
  if (!fd.ok()) return program;
  if (seccomp_export_bpf(context, fd.get()) == 0) {
    const off_t size = lseek(fd.get(), 0, SEEK_END);
    if (size > 0 && size % sizeof(sock_filter) == 0) {
      program.resize(static_cast<size_t>(size) / sizeof(sock_filter));
      if (pread(fd.get(), program.data(), static_cast<size_t>(size), 0) !=
          size) {
        program.clear();
      }
    }
  }
  return program;
}

CompiledFilter Fail(const std::string& what) { return {{}, what}; }

// By the kernel's order of answers, a listener of an outer filter comes before
// a tracer; without a tracer the call is not carried out.
uint32_t DeniedAnswer(Notify notify) {
  switch (notify) {
    case Notify::kNobody:
      return SECCOMP_RET_KILL_PROCESS;
    case Notify::kHandler:
      return SECCOMP_RET_TRAP;
    case Notify::kSupervisor:
      return SECCOMP_RET_USER_NOTIF;
    case Notify::kOuter:
      return SECCOMP_RET_TRACE;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

}  // namespace

CompiledFilter CompileFilter(const Policy& policy) {
  if (const auto fault = policy.Validate()) {
    return Fail(std::string("policy ") + policy.name() + ": " + fault->what);
  }
  Context context(seccomp_init(SCMP_ACT_NOTIFY), &seccomp_release);
  if (context == nullptr) return Fail("libseccomp: cannot start a filter");
  const struct {
    scmp_filter_attr attribute;
    uint32_t value;
  } attributes[] = {
      {SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},
      {SCMP_FLTATR_CTL_OPTIMIZE, 2},  // a balanced tree over the numbers
  };
  for (const auto& [attribute, value] : attributes) {
    if (const int rc = seccomp_attr_set(context.get(), attribute, value)) {
      return Fail(std::string("libseccomp refuses an attribute: ") +
                  strerror(-rc));
    }
  }
  for (const Rule& rule : policy.rules()) {
    if (AnswerFor(rule) == SCMP_ACT_NOTIFY) continue;  // the default
    if (const int rc = AddRule(context.get(), rule)) {
      return Fail("libseccomp refuses the row of call " +
                  std::to_string(rule.syscall) + ": " + strerror(-rc));
    }
  }
  CompiledFilter filter{Export(context.get()), {}};
  if (filter.program.empty()) return Fail("libseccomp cannot export");
  return filter;
}

void BindFilter(std::span<sock_filter> program, const Binding& binding) {
  const uint32_t denied = DeniedAnswer(binding.notify);
  BindOwnPid(program, binding.own_pid);
  for (sock_filter& insn : program) {
    if (insn.code == (BPF_RET | BPF_K) && insn.k == SECCOMP_RET_USER_NOTIF) {
      insn.k = denied;
    }
  }
}

}  // namespace cellblock
