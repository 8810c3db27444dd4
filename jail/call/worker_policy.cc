// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/worker_policy.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "jail/call/worker_rows.h"
#include "jail/policy_builder.h"
#include "jail/presets.h"

namespace cellblock {
namespace {

using Rows = std::vector<Rule>;

// True iff a process can wait for another and wake it by `policy`.
bool CanHandOver(const Policy& policy) {
  constexpr SyscallRequest kNeeded[] = {{SYS_futex, {0, FUTEX_WAIT}},
                                        {SYS_futex, {0, FUTEX_WAKE}}};
  return std::all_of(std::begin(kNeeded), std::end(kNeeded),
                     [&](const SyscallRequest& request) {
                       return policy.Decide(request, 0).action ==
                              Action::kAllow;
                     });
}

std::string PresetsForWorkers() {
  std::string names;
  for (const Policy& preset : AllPresets()) {
    if (!IsInheritable(preset) || !CanHandOver(preset)) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", preset.name());
  }
  return names;
}

}  // namespace

struct WorkerPolicy::Tables {
  explicit Tables(const Policy& preset) : base(preset) {}

  PolicyBuilder base;
  PolicyTraits traits;
  Rows worker;
  Rows for_template;
  Rows last;
};

WorkerPolicy::WorkerPolicy(std::shared_ptr<const Tables> tables)
    : tables_(std::move(tables)) {}

absl::StatusOr<WorkerPolicy> WorkerPolicy::Create(
    const WorkerPolicyOptions& options) {
  const Policy* const preset = FindPreset(options.preset);
  if (preset == nullptr || !IsInheritable(*preset)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "preset \"", options.preset, "\" is none for workers; take one of ",
        PresetsForWorkers()));
  }
  auto tables = std::make_shared<Tables>(*preset);
  for (const std::string& what : options.allow) {
    if (const std::string error = tables->base.Allow(what); !error.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("allow \"", what, "\": ", error));
    }
  }
  const Policy base = tables->base.policy();
  if (!CanHandOver(base)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "preset \"", options.preset,
        "\" has no futex(2), by which a worker waits for its host and wakes "
        "it; take one of ",
        PresetsForWorkers()));
  }
  tables->traits = base.traits();
  tables->worker = WorkerRows(base, options.memory);
  const Policy worker(base.name(), tables->worker, tables->traits);
  tables->for_template = TemplateRows(worker);
  tables->last = LastRows(worker);
  return WorkerPolicy(std::move(tables));
}

Policy WorkerPolicy::worker() const {
  return {tables_->base.policy().name(), tables_->worker, tables_->traits};
}

Policy WorkerPolicy::for_template() const {
  return {
      "template",
      tables_->for_template,
      {.unknown = tables_->traits.unknown, .process = ProcessKind::kTemplate}};
}

Policy WorkerPolicy::last() const {
  return {
      "last",
      tables_->last,
      {.unknown = tables_->traits.unknown, .process = ProcessKind::kForked}};
}

Policy WorkerPolicy::base() const { return tables_->base.policy(); }

FilterSource WorkerPolicy::base_source() const {
  return tables_->base.changed() ? FilterSource::kCompile
                                 : FilterSource::kBuiltIn;
}

}  // namespace cellblock
