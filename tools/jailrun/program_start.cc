// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/program_start.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include "allocator/malloc/slab_pool.h"
#include "tools/jailrun/environment.h"

namespace cellblock {
namespace {

// The pool, its tables, and a little for their ends.
uint64_t LockedBytes(const Options& options) {
  if (options.commit != Commit::kLock) return 0;
  const uint64_t pool = options.pool_bytes;
  return pool + SlabPool::SideBytesFor(pool) + (uint64_t{1} << 20);
}

void AwaitTracer(const void* calls) {
  static_cast<const CallCounter*>(calls)->AwaitTracer();
}

}  // namespace

bool IsOfCpuTime(const ResourceLimit& limit) {
  return limit.resource == RLIMIT_CPU;
}

Launched StartProgram(const ProgramStart& start, SharedControl* shared,
                      std::vector<int>* runtime_fds) {
  const Options& options = *start.options;
  const Preparation& prepared = *start.prepared;
  const bool confine = options.mode == Mode::kJailed;
  Control* const control = shared->get();
  control->opens_files = !confine || prepared.Allows(SYS_openat);
  control->names_late_loads = prepared.Allows(SYS_readlink);
  if (!prepared.starts_threads) control->threads = 0;
  const int held = prepared.runtime.held_descriptor();
  const ProgramEnvironment environment(prepared.environment.get(),
                                       prepared.runtime.preload_name(),
                                       shared->Descriptors(held));
  const std::vector<char*> argv = ArgumentPointers(start.arguments);
  *runtime_fds = {shared->memfd(), shared->runtime_socket(), held};
  std::vector<int> kept = options.passed_fds;
  kept.insert(kept.end(), runtime_fds->begin(), runtime_fds->end());
  std::vector<ResourceLimit> limits = prepared.limits.limits;
  // Its time is that of no run: each has that limit of its own.
  if (control->serves_as_template) std::erase_if(limits, IsOfCpuTime);
  return Launch(
      {.path = prepared.program.path.c_str(),
       .argv = argv.data(),
       .envp = environment.get(),
       .signals = start.signals,
       .landlock = start.landlock,
       .landlock_necessity = start.landlock_necessity,
       .locked_bytes = LockedBytes(options),
       .kept = kept,
       .limits = limits,
       .most_stack_bytes = options.stack_bytes.value_or(kMostStackBytes),
       .confine = confine,
       .restrict_speculation = options.speculation == Speculation::kRestricted,
       .last = start.calls != nullptr ? &AwaitTracer : nullptr,
       .last_argument = start.calls});
}

}  // namespace cellblock
