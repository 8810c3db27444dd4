// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILER_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILER_H_

#include <string_view>

#include "tools/jailrun/options.h"
#include "tools/jailrun/profile/call_counter.h"
#include "tools/jailrun/profile/profile_area.h"
#include "tools/jailrun/profile/tick_clock.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// jailrun's side of --profile, for one run.
//
// Lifecycle: Start; the program's process calls AwaitTracer of calls() before
//   execve, and whoever else has to trace it Stop; End when it has ended, and
//   Finish.
// Errors: none; a profile says what it misses.
// Threads: the supervisor's.
class Profiler {
 public:
  // `runtime_socket` is the runtime's, by its number in the program.
  void Start(const Options& options, int runtime_socket);
  void End();

  CallCounter* calls() { return &calls_; }

  // Fills the record's profile from `area`. `maps` is the program's
  // memory as it was before the lock. Takes some time, 3 s at most.
  void Finish(const ProfileArea& area, std::string_view maps,
              RunRecord* record);

 private:
  CallCounter calls_;
  TickClock clock_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILER_H_
