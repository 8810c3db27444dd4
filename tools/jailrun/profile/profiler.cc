// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/profiler.h"

#include <x86intrin.h>

#include <algorithm>
#include <utility>

#include "tools/jailrun/profile/profile_reader.h"
#include "tools/jailrun/profile/stack_names.h"

namespace cellblock {
namespace {

TickClock::Moment Now() {
  return {.ticks = __rdtsc(), .time = TickClock::Clock::now()};
}

void TakeRefusals(const std::vector<RefusedCall>& refused, Profile* profile) {
  for (Profile::Call& call : profile->after_lock) {
    for (const RefusedCall& each : refused) {
      if (each.number == call.number) call.refused += each.count;
    }
  }
}

}  // namespace

void Profiler::Start() {
  clock_.begin = Now();
  calls_.Start();
}

void Profiler::End() {
  clock_.end = Now();
  calls_.Stop();
}

void Profiler::Finish(const ProfileArea& area, std::string_view maps,
                      TickClock::Clock::time_point deadline,
                      RunRecord* record) {
  constexpr std::chrono::seconds kLongest{3};
  Profile profile =
      ReadProfile(area, {.pool_bytes = record->options.pool_bytes,
                         .high_water_bytes = record->heap.high_water_bytes,
                         .clock = clock_});
  calls_.Take(&profile);
  TakeRefusals(record->refused, &profile);
  NameStacks(maps, std::min(deadline, TickClock::Clock::now() + kLongest),
             &profile);
  record->profile = std::move(profile);
}

}  // namespace cellblock
