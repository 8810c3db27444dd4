// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/profiler.h"

#include <sys/syscall.h>
#include <x86intrin.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "jail/lock.h"
#include "jail/policy.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/profile/profile_reader.h"
#include "tools/jailrun/profile/stack_names.h"
#include "tools/jailrun/run_policy.h"

namespace cellblock {
namespace {

TickClock::Moment Now() {
  return {.ticks = __rdtsc(), .time = TickClock::Clock::now()};
}

// What the runtime has to do before main is not refused. What is wrong with the
// policy is told where the filter is made of it.
std::function<CallCounter::Refuses> CallsRefusedBy(const Options& options,
                                                   int runtime_socket) {
  RunPolicy policy;
  if (policy.Build(options).empty()) {
    (void)policy.AllowStart(runtime_socket, HandOver::kFetched);
  }
  const auto socket = static_cast<uint64_t>(runtime_socket);
  const bool carries_out = options.on_violation == OnViolation::kLog;
  return [rows = policy.policy(), socket, carries_out, locked = false](
             const SyscallRequest& request, pid_t program) mutable {
    const bool sends =
        request.number == SYS_sendmsg && request.args[0] == socket;
    const bool locks =
        !locked && IsMakeUndumpable(request.number, request.args);
    locked |= locks;
    const Action action = rows.Decide(request, program).action;
    return !locks && !sends && action != Action::kAllow &&
           action != Action::kTrap &&
           !(carries_out && action == Action::kViolation);
  };
}

}  // namespace

void Profiler::Start(const Options& options, int runtime_socket) {
  clock_.begin = Now();
  calls_.Start(CallsRefusedBy(options, runtime_socket));
}

void Profiler::End() {
  clock_.end = Now();
  calls_.Stop();
}

void Profiler::Finish(const ProfileArea& area, std::string_view maps,
                      RunRecord* record) {
  constexpr std::chrono::seconds kLongest{3};
  Profile profile = ReadProfile(
      area, {.pool_bytes = record->options.pool_bytes, .clock = clock_});
  calls_.Take(&profile);
  NameStacks(maps, TickClock::Clock::now() + kLongest, &profile);
  record->profile = std::move(profile);
}

}  // namespace cellblock
