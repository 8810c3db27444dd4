// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lockdown.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "allocator/region.h"
#include "jail/exit_code.h"
#include "jail/held_descriptors.h"
#include "jail/lock.h"
#include "jail/lock_witness.h"
#include "jail/lockdown_layers.h"
#include "jail/lockdown_policy.h"
#include "jail/locked_threads.h"
#include "jail/malloc_check.h"
#include "jail/trap_report.h"
#include "jail/wall_limit.h"
#include "jail/warm_up.h"

namespace cellblock {
namespace {

constexpr size_t kMostThreads = 4096;
constexpr size_t kMostStackBytes = size_t{1} << 30;
constexpr size_t kLeastBytes = size_t{64} << 10;

std::atomic<bool> g_once;

absl::Status Invalid(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("Lockdown: ", what));
}

absl::Status Refused(const char* step, int error) {
  return absl::UnavailableError(
      absl::StrCat("Lockdown: ", step, ": ", strerror(error),
                   "; nothing is locked, do not serve"));
}

absl::Status CheckOptions(const Policy& policy,
                          const LockdownOptions& options) {
  if (const auto fault = policy.Validate()) {
    return Invalid(absl::StrCat("policy ", policy.name(), ", row ", fault->row,
                                ": ", fault->what));
  }
  if (policy.traits().process != ProcessKind::kJail) {
    return Invalid(absl::StrCat("policy ", policy.name(),
                                " is for a process that forks; take service"));
  }
  if (options.threads > kMostThreads) {
    return Invalid(absl::StrCat(options.threads, " threads: 4096 at most"));
  }
  if (options.thread_stack_bytes < kLeastBytes ||
      options.thread_stack_bytes > kMostStackBytes) {
    return Invalid(absl::StrCat("thread_stack_bytes is ",
                                options.thread_stack_bytes,
                                ": 64 KiB to 1 GiB can be had"));
  }
  if (options.wall_limit.count() < 0) {
    return Invalid("wall_limit is below 0; 0 is none");
  }
  const char* const disarms = WhatDisarms(policy);
  if (options.wall_limit.count() > 0 && disarms != nullptr) {
    return Invalid(absl::StrCat("policy ", policy.name(), " allows ", disarms,
                                ", which puts wall_limit off; forbid it, or "
                                "set no limit"));
  }
  return absl::OkStatus();
}

absl::Status FromSight(const LockSight& sight) {
  if (sight.fault == LockSight::Fault::kNone) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "Lockdown: ", FaultName(sight.fault),
      sight.error != 0 ? absl::StrCat(" (", strerror(sight.error), ")") : "",
      "; nothing is locked, do not serve"));
}

// The filter is in force and its proof by /proc is not: going on would be to
// trust what was not seen.
[[noreturn]] void EndUnproven(const LockSight& sight) {
  char line[256];
  const int length =
      snprintf(line, sizeof(line),
               "cellblock: the lock is in force, but thread %d: %s; the "
               "process is ended\n",
               static_cast<int>(sight.thread), FaultName(sight.fault));
  static_cast<void>(!write(STDERR_FILENO, line, static_cast<size_t>(length)));
  _exit(static_cast<int>(ExitCode::kSetupFailed));
}

// What a process that has been locked goes on needing: it is never destroyed.
struct Locking {
  explicit Locking(const Policy& policy) : policy(policy) {}

  LockdownPolicy policy;
  std::vector<sock_filter> filter;
};

// Takes a step back, unless the lock holds.
template <typename Step>
class Undo {
 public:
  explicit Undo(const Step& step) : step_(step) {}
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    if (!kept_) step_();
  }
  void Keep() { kept_ = true; }

 private:
  const Step step_;
  bool kept_ = false;
};

class CoreLimit {
 public:
  [[nodiscard]] int Lower() {
    if (getrlimit(RLIMIT_CORE, &old_) != 0) return errno;
    const rlimit none = {.rlim_cur = 0, .rlim_max = old_.rlim_max};
    return setrlimit(RLIMIT_CORE, &none) == 0 ? 0 : errno;
  }
  void Restore() { setrlimit(RLIMIT_CORE, &old_); }

 private:
  rlimit old_ = {};
};

absl::StatusOr<LockdownReport> LockOnce(const Policy& policy,
                                        const LockdownOptions& options) {
  auto locking = std::make_unique<Locking>(policy);
  const Notify notify = options.on_violation == OnForbiddenCall::kReportAndKill
                            ? Notify::kHandler
                            : Notify::kNobody;
  std::string error;
  locking->filter = locking->policy.ProvedFilter({getpid(), notify}, &error);
  if (!error.empty()) return Invalid(error);
  WarmUp();

  const bool starts_threads = locking->policy.StartsThreads();
  const size_t threads = starts_threads ? options.threads : 0;
  if (const int refused =
          LayThreadStacks({.threads = threads,
                           .stack_bytes = options.thread_stack_bytes,
                           .refused = locking->policy.WritesMessages()
                                          ? RefusedThreads::kSaid
                                          : RefusedThreads::kSilent})) {
    return Refused("laying stacks for threads", refused);
  }
  Region::SetUnmapping(Unmapping::kForLife);
  SealThreadStacks();
  Undo unseal([] {
    UnsealThreadStacks();
    Region::SetUnmapping(Unmapping::kAtEnd);
  });
  CoreLimit core;
  if (const int refused = core.Lower()) return Refused("RLIMIT_CORE", refused);
  Undo restore_core([&core] { core.Restore(); });
  if (notify == Notify::kHandler) {
    if (const int refused = InstallTrapReport(&locking->policy.policy())) {
      return Refused("handling SIGSYS", refused);
    }
  }
  Undo remove_handler([notify] {
    if (notify == Notify::kHandler) RemoveTrapReport();
  });
  WallLimit limit;
  if (options.wall_limit.count() > 0) {
    if (const int refused = limit.Arm(options.wall_limit)) {
      return Refused("arming wall_limit", refused);
    }
  }
  Undo disarm([&limit] { limit.Disarm(); });

  // Looked at as it will be after the lock.
  if (const int refused = MakeUndumpable()) {
    return Refused("prctl(PR_SET_DUMPABLE)", refused);
  }
  LockWitness witness;
  const LockSight before = witness.Start();
  if (absl::Status status = FromSight(before); !status.ok()) return status;
  LockdownReport report = {
      .layers = LayLockdownLayers({.policy = &locking->policy.policy(),
                                   .filter_length = locking->filter.size(),
                                   .options = &options,
                                   .threads = threads,
                                   .threads_before = before.threads})};

  const LockResult result = Lock(locking->filter, notify);
  if (result.failed == LockStep::kThreads) {
    return absl::UnavailableError(
        "Lockdown: a thread has a filter of its own and cannot be locked; "
        "nothing is locked, do not serve; let no thread install one before");
  }
  if (result.failed != LockStep::kDone) {
    return Refused(LockStepName(result.failed), result.error);
  }
  // Locked. Nothing below allocates or frees, until the report is given back.
  unseal.Keep();
  restore_core.Keep();
  remove_handler.Keep();
  disarm.Keep();
  static_cast<void>(locking.release());
  const LockSight after = witness.Check();
  if (after.fault != LockSight::Fault::kNone) EndUnproven(after);
  report.threads = after.threads;
  return report;
}

}  // namespace

absl::StatusOr<LockdownReport> Lockdown(const Policy& policy,
                                        const LockdownOptions& options) {
  if (absl::Status status = CheckOptions(policy, options); !status.ok()) {
    return status;
  }
  if (options.heap == LockdownHeap::kPool) {
    const std::string why = WhyMallocIsNotThePools();
    if (!why.empty()) {
      return absl::FailedPreconditionError(absl::StrCat("Lockdown: ", why));
    }
  }
  const std::string held =
      LookAtDescriptors(getpid(), {.who = "the service"}).refused;
  if (!held.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("Lockdown: ", held, "; close it before, and mount /proc"));
  }
  if (g_once.exchange(true)) {
    return absl::FailedPreconditionError(
        "Lockdown: this process has been locked, or is being locked; once is "
        "for good");
  }
  absl::StatusOr<LockdownReport> report = LockOnce(policy, options);
  if (!report.ok()) g_once = false;
  return report;
}

}  // namespace cellblock
