// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/worker_filters.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "jail/filter.h"
#include "jail/front_calls.h"
#include "jail/proved_filter.h"

namespace cellblock {
namespace {

// For the pid that stands for all.
constexpr pid_t kAnyPid = static_cast<pid_t>(kOwnPid);

absl::StatusOr<std::vector<sock_filter>> Proved(const Policy& policy,
                                                Notify notify,
                                                const Policy& base,
                                                FilterProgram compiled) {
  FrontCalls calls;
  calls.AddDifferences(policy.rules(), base);
  std::vector<sock_filter> program = calls.Before(compiled);
  const Binding binding = {kAnyPid, notify};
  BindFilter(program, binding);
  const auto fault = policy.Validate();
  const std::string error =
      fault ? fault->what : WhyNotProved(policy, binding, program);
  if (!error.empty()) {
    return absl::InternalError(
        absl::StrCat("filter \"", policy.name(), "\": ", error));
  }
  return program;
}

}  // namespace

absl::StatusOr<WorkerFilters> CompileWorkerFilters(const WorkerPolicy& policy) {
  const Policy base = policy.base();
  const CompiledFilter compiled = UnboundFilter(base, policy.base_source());
  if (!compiled.error.empty()) return absl::InternalError(compiled.error);
  auto of_template = Proved(policy.for_template(), Notify::kSupervisor, base,
                            compiled.program);
  if (!of_template.ok()) return of_template.status();
  auto last = Proved(policy.last(), Notify::kOuter, base, compiled.program);
  if (!last.ok()) return last.status();
  return WorkerFilters{*std::move(of_template), *std::move(last)};
}

}  // namespace cellblock
