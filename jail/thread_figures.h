// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_THREAD_FIGURES_H_
#define CELLBLOCK_JAIL_THREAD_FIGURES_H_

#include <cstdint>

namespace cellblock {

// What a process counts of its threads. Zero bytes are valid. Of those that run
// on stacks of their creators nothing is counted.
struct ThreadFigures {
  uint64_t laid = 0;           // stacks that there are at the lock
  uint64_t most_in_use = 0;    // at once, of all stacks
  uint64_t refused = 0;        // threads that got none
  uint64_t refused_bytes = 0;  // the largest stack among those that were larger
                               // than any that was laid; 0: none was
  uint64_t most_asked_bytes = 0;  // of a stack, by those who ask for a size
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_THREAD_FIGURES_H_
