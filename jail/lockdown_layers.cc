// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lockdown_layers.h"

#include <string.h>

#include "absl/strings/str_cat.h"
#include "allocator/malloc/heap_access.h"
#include "jail/lock.h"
#include "jail/seal_code.h"
#include "jail/speculation.h"

namespace cellblock {
namespace {

constexpr char kEnforced[] = "enforced";
constexpr char kUnsupported[] = "unsupported";
constexpr char kOff[] = "off";

JailLayer Laid(const char* name, int error, const char* detail) {
  if (error != 0) return {name, kUnsupported, strerror(error)};
  return {name, kEnforced, detail};
}

int SealAll() {
  const int error = SealLoadedCode();
  const HeapAccess* const heap = FindHeapAccess();
  if (heap == nullptr) return error;
  void* base = nullptr;
  size_t bytes = 0;
  heap->pool(&base, &bytes);
  const int result =
      bytes > 0 ? SealMapping(reinterpret_cast<uintptr_t>(base), bytes) : 0;
  return error != 0 ? error : result;
}

JailLayer Malloc(const LockdownOptions& options) {
  if (options.heap == LockdownHeap::kNotChecked) {
    return {"malloc", kOff,
            "not checked; one that asks the kernel for memory ends the "
            "process"};
  }
  return {"malloc", kEnforced, "it and operator new serve from the pool"};
}

JailLayer Threads(const LockdownFacts& facts) {
  if (facts.threads > 0) {
    return {
        "thread_stacks", kEnforced,
        absl::StrCat(facts.threads, " of ", facts.options->thread_stack_bytes,
                     " bytes; one more gets EAGAIN")};
  }
  return {"thread_stacks", kOff,
          facts.options->threads == 0
              ? "no thread starts after the lock: none was asked for"
              : absl::StrCat("policy ", facts.policy->name(),
                             " lets no thread start")};
}

JailLayer Violations(const LockdownOptions& options) {
  if (options.on_violation == OnForbiddenCall::kKill) {
    return {"violation_report", kOff,
            "the filter kills a forbidden call, unnamed"};
  }
  return {"violation_report", kEnforced,
          "the process's own handler names a forbidden call and ends it; code "
          "that has taken the process over can silence it, not make the call"};
}

JailLayer Guessing(const LockdownFacts& facts) {
  constexpr char kName[] = "speculation";
  if (facts.options->guessing == LockdownGuessing::kAllowed) {
    return {kName, kOff, "the processor guesses as for any program"};
  }
  const SpeculationResult store =
      RestrictSpeculation(SpeculationKind::kStoreBypass);
  const SpeculationResult branch =
      RestrictSpeculation(SpeculationKind::kIndirectBranch);
  for (const SpeculationResult& result : {store, branch}) {
    if (result.state != SpeculationState::kAllowed) continue;
    return {kName, kUnsupported,
            result.error != 0 ? strerror(result.error)
                              : "the kernel agreed and did nothing"};
  }
  if (facts.threads_before > 1) {
    return {kName, kUnsupported,
            absl::StrCat(facts.threads_before - 1,
                         " threads were there already; it binds the one that "
                         "locks and those that it starts")};
  }
  return {kName, kEnforced, "past stores and by indirect branches"};
}

JailLayer WallLimit(const LockdownOptions& options) {
  if (options.wall_limit.count() == 0) {
    return {"wall_limit", kOff, "none was asked for"};
  }
  return {"wall_limit", kEnforced,
          absl::StrCat("the kernel kills the process after ",
                       options.wall_limit.count(), " ms")};
}

}  // namespace

std::vector<JailLayer> LayLockdownLayers(const LockdownFacts& facts) {
  const LockdownOptions& options = *facts.options;
  return {
      {"no_new_privs", kEnforced, "seen in /proc, of every thread"},
      {"seccomp", kEnforced,
       absl::StrCat("policy ", facts.policy->name(), ", ", facts.filter_length,
                    " instructions, proved equal to its table; seen in /proc, "
                    "of every thread")},
      Violations(options),
      Malloc(options),
      Threads(facts),
      {"retained_regions", kEnforced, "no destructor of a region unmaps it"},
      {"non_dumpable", kEnforced, "no core dump, no tracing by the same user"},
      {"core_limit", kEnforced, "no core file"},
      Laid("no_exec_gain", RefuseExecGain(),
           "no page becomes executable that was not"),
      Laid("sealed", SealAll(),
           "code, read-only data and the pool keep their mappings"),
      Guessing(facts),
      WallLimit(options),
      {"descriptors", kEnforced,
       "no io_uring, memory of a process, seccomp listener, userfaultfd, bpf "
       "or perf; all else that the service holds it keeps"},
      {"capabilities", kOff,
       "the service keeps those that it has, for what its calls still do"},
      {"landlock", kOff, "the policy decides what can be opened, if anything"},
  };
}

}  // namespace cellblock
