// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_WORKER_FILTERS_H_
#define CELLBLOCK_JAIL_CALL_WORKER_FILTERS_H_

#include <linux/filter.h>

#include <vector>

#include "absl/status/statusor.h"
#include "jail/call/worker_policy.h"

namespace cellblock {

// The programs of a template and its workers, each proved to be its table.
struct WorkerFilters {
  // For Lock with Notify::kSupervisor. Needs no pid.
  std::vector<sock_filter> template_filter;
  // For Narrow, once BindOwnPid (jail/own_pid.h) has put in the worker's pid.
  std::vector<sock_filter> last_filter;
};

// Errors: INTERNAL iff libseccomp cannot compile the table, or a program is not
//   proved; the message says which.
// Threads: any.
// Syscalls: none but those of memory, unless something was added to the preset:
//   then those of CompileFilter too. Setup phase only.
absl::StatusOr<WorkerFilters> CompileWorkerFilters(const WorkerPolicy& policy);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_WORKER_FILTERS_H_
