// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_PLAN_H_
#define CELLBLOCK_JAIL_CALL_PLAN_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "jail/call/template_main.h"
#include "jail/call/template_process.h"
#include "jail/jail.h"

namespace cellblock {

// What the options ask for, checked, with filters that are proved to be the
// policy's. Errors: INVALID_ARGUMENT names the option and what it may be;
// UNAVAILABLE iff this machine refuses something.
// Syscalls: whatever it takes.
absl::StatusOr<TemplatePlan> MakePlan(const JailOptions& options,
                                      std::string_view decoder,
                                      WorkerHeap heap);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_PLAN_H_
