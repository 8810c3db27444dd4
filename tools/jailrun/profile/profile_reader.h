// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_READER_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_READER_H_

#include <cstdint>

#include "tools/jailrun/profile/profile.h"
#include "tools/jailrun/profile/profile_area.h"
#include "tools/jailrun/profile/tick_clock.h"

namespace cellblock {

// What is known from outside.
struct ProfileFacts {
  uint64_t pool_bytes = 0;
  TickClock clock;
};

// What the program left in the area, which it could write anything to: copied
// once, then bounded by the pool, the length of the run and the places that
// there are. Without calls, and without the names of places.
Profile ReadProfile(const ProfileArea& area, const ProfileFacts& facts);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_PROFILE_READER_H_
