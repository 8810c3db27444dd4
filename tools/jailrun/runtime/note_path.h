// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_NOTE_PATH_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_NOTE_PATH_H_

#include <string.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tools/jailrun/control.h"

namespace cellblock {

// Keeps `path`, or as much of it as there is room for, if it is not there yet
// and a slot is free. Threads: any; two that bring the same path at once can
// both keep it. Syscalls: none.
template <uint32_t kPaths, size_t kBytes>
void NotePath(const char* path, NotedPaths<kPaths, kBytes>* noted) {
  for (const char* known : noted->paths) {
    if (strncmp(known, path, kBytes - 1) == 0) return;
  }
  if (noted->shown.load(std::memory_order_relaxed) >= kPaths) return;
  const uint32_t slot = noted->shown.fetch_add(1, std::memory_order_relaxed);
  if (slot >= kPaths) return;
  memcpy(noted->paths[slot], path, strnlen(path, kBytes - 1));
}

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_NOTE_PATH_H_
