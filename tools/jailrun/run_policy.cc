// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/run_policy.h"

#include <algorithm>

#include "jail/compiled_presets.h"
#include "jail/filter.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"

namespace cellblock {

std::string RunPolicy::Build(const Options& options) {
  std::string name = options.preset;
  if (!options.writable.empty()) name += "+rw";
  const Policy* preset = FindPreset(name);
  if (preset == nullptr) {
    std::string known;
    for (const Policy& each : AllPresets()) {
      if (std::string_view(each.name()).find('+') != std::string_view::npos) {
        continue;  // reached through an option
      }
      known += known.empty() ? "" : ", ";
      known += each.name();
    }
    return "--preset=" + options.preset + ": no such preset; there is " + known;
  }
  policy_ = *preset;
  if (options.allowed.empty()) return {};
  changed_ = true;
  rules_.assign(preset->rules().begin(), preset->rules().end());
  for (const std::string& call : options.allowed) {
    if (std::string error = Add(call); !error.empty()) {
      return std::string("--allow=").append(call) + ": " + error;
    }
  }
  policy_ = Policy(preset->name(), rules_);
  return {};
}

std::string RunPolicy::Add(const std::string& call) {
  const SyscallInfo* info = FindSyscallByName(call.data(), call.size());
  if (info == nullptr) return "no system call has that name";
  if (const char* reason = NeverAllowed(info->number)) {
    return std::string("no option allows it: ") + reason;
  }
  const uint32_t number = info->number;
  std::erase_if(rules_,
                [number](const Rule& r) { return r.syscall == number; });
  rules_.push_back({.syscall = number,
                    .action = Action::kAllow,
                    .error = 0,
                    .conditions = {},
                    .condition_count = 0,
                    .reason = "is allowed on the command line"});
  return {};
}

std::vector<sock_filter> RunPolicy::ProvedFilter(pid_t own_pid,
                                                 std::string* error) const {
  std::vector<sock_filter> program;
  if (changed_) {
    CompiledFilter filter = CompileFilter(policy_);
    if (!filter.error.empty()) {
      *error = filter.error;
      return {};
    }
    program = std::move(filter.program);
  } else {
    const FilterProgram compiled = CompiledPreset(policy_.name());
    program.assign(compiled.begin(), compiled.end());
  }
  const Binding binding = {own_pid, Notify::kSupervisor};
  BindFilter(program, binding);
  if (const auto failure = ProveFilter(policy_, binding, program)) {
    *error = std::string("the filter is not what the policy says: it ") +
             failure->what + " (call " + std::to_string(failure->number) + ")";
    return {};
  }
  return program;
}

}  // namespace cellblock
