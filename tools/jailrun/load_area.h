// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LOAD_AREA_H_
#define CELLBLOCK_TOOLS_JAILRUN_LOAD_AREA_H_

// Which libraries the runtime is to load before the lock, and what came of it:
// in the memfd of the control block, behind that. The runtime maps it only
// while it loads, so after the lock nobody in the jail can reach it.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tools/jailrun/control.h"

namespace cellblock {

// Where it begins in the memfd.
inline constexpr size_t kLoadAreaOffset = (sizeof(Control) + 4095) & ~4095ul;

// What it means if a library cannot be loaded.
enum class LoadKind : char {
  kNamed = 'n',  // by its path: the run is refused
  kFound = 'f',  // by a glob or a preset: it is passed over
};

enum class LoadState : uint32_t {
  kWaiting,
  kLoading,  // the one at `index`
  kFailed,   // that one, as `reason` says
  kDone,
};

struct LoadArea {
  static constexpr size_t kMostReason = 1024;

  // By the runtime.
  std::atomic<LoadState> state;
  uint32_t index;
  uint32_t loaded;
  uint32_t passed_over;
  uint32_t first_passed_over;  // an index, if there is one
  // dlerror(3)'s words: of the one that failed, or was passed over first.
  char reason[kMostReason];

  // By jailrun, to the end of the area: for each library a LoadKind, its path
  // and a NUL.
  char entries[];
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LOAD_AREA_H_
