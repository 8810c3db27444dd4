// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/profiler.h"

#include <x86intrin.h>

#include <utility>

#include "tools/jailrun/profile/profile_reader.h"
#include "tools/jailrun/profile/stack_names.h"

namespace cellblock {
namespace {

TickClock::Moment Now() {
  return {.ticks = __rdtsc(), .time = TickClock::Clock::now()};
}

}  // namespace

void Profiler::Start(std::function<CallCounter::Refuses> refuses) {
  clock_.begin = Now();
  calls_.Start(std::move(refuses));
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
