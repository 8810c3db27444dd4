// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_WORKER_POLICY_H_
#define CELLBLOCK_JAIL_CALL_WORKER_POLICY_H_

// What a worker of the jail API may ask of the kernel, as three tables. A
// worker is forked from a template that is locked already, and then adds a
// filter of its own; the kernel takes the strictest answer of both.
//
//   a call that                   template  last filter   so it
//   the worker may make           allow     allow         is made
//   names the worker's own pid    allow     if it is that is made
//   neither may make              listener  kOuter        is told to the host
//   only the template may make    allow     kill          kills
//
// There is one listener to a chain of filters, and it is the template's. So the
// last filter says Notify::kOuter where its own would have been told: it does
// not carry the call out, and the host hears of it. What the template allows
// and the worker may not do has nobody to be told: the last filter kills.
//
// Each filter is a complete allow list: the last one confines by itself. (Who
// traces the worker could let through what is kOuter's, and write its registers
// as well.)

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "jail/call/worker_rows.h"
#include "jail/policy.h"
#include "jail/proved_filter.h"

namespace cellblock {

struct WorkerPolicyOptions {
  std::string preset = "worker";
  std::vector<std::string> allow;  // as of PolicyBuilder::Allow
  MemoryCalls memory = MemoryCalls::kViolation;
};

// The tables of a preset and what is added to it.
//
// Where they differ from the preset: calls that jailrun's runtime would answer
// from the pool are violations, as a worker has no such runtime; and
// recvmsg(-1, NULL, 0), by which a worker asks for a descriptor
// (jail/call/descriptor_request.h), is always its host's to answer.
//
// Lifecycle: a value; its policies are valid while it or a copy of it lives.
// Errors: Create: INVALID_ARGUMENT iff no worker can have the preset, or an
//   allowance is refused; the message says which, and why.
// Threads: immutable, so usable from any.
// Syscalls: none but those of memory; setup phase only.
class WorkerPolicy {
 public:
  static absl::StatusOr<WorkerPolicy> Create(
      const WorkerPolicyOptions& options);

  // What becomes of a worker's call, as the host tells it.
  Policy worker() const;

  // Of the template, with Notify::kSupervisor: what its workers may, with any
  // pid where they name their own; and what makes them (ForkingRules).
  Policy for_template() const;

  // Of a worker, with Notify::kOuter.
  Policy last() const;

  // What libseccomp compiles for all three; the calls of which they say
  // otherwise are decided in front of it (jail/front_calls.h).
  Policy base() const;
  FilterSource base_source() const;

 private:
  struct Tables;
  explicit WorkerPolicy(std::shared_ptr<const Tables> tables);

  std::shared_ptr<const Tables> tables_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_WORKER_POLICY_H_
