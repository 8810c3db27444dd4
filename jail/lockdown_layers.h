// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCKDOWN_LAYERS_H_
#define CELLBLOCK_JAIL_LOCKDOWN_LAYERS_H_

#include <cstddef>
#include <vector>

#include "jail/layer.h"
#include "jail/lockdown.h"
#include "jail/policy.h"

namespace cellblock {

// What Lockdown knows when all but the lock itself is done.
struct LockdownFacts {
  const Policy* policy;
  size_t filter_length;
  const LockdownOptions* options;
  size_t threads;      // stacks that were laid
  int threads_before;  // that the lock meets
};

// Lays what cannot be taken back (executable memory, mappings, guessing), and
// tells of every layer as it is once the lock holds.
// Syscalls: prctl, mseal. Setup phase only.
std::vector<JailLayer> LayLockdownLayers(const LockdownFacts& facts);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCKDOWN_LAYERS_H_
