// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROFILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROFILE_H_

#include <cstddef>
#include <cstdint>

#include "allocator/malloc/process_heap.h"

namespace cellblock {

// For a run with --profile: from now on what the pool hands out and takes back
// is recorded where jailrun reads it. Who is to be told of that; null iff the
// run has no profile.
const HeapObserver* StartProfile(uintptr_t pool, size_t pool_bytes);

// Everything is loaded that will be. Setup phase only.
void PrepareProfile();

// Main begins.
void BeginProfile();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROFILE_H_
