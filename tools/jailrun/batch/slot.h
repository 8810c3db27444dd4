// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_SLOT_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_SLOT_H_

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "jail/unique_fd.h"
#include "tools/jailrun/batch/schedule.h"

namespace cellblock {

// A process that runs one input after the other, and supervises the jail that
// each has. It dies with whoever started it, and what it runs dies with it.
//
// Lifecycle: Start, then Give for each input, when that before has ended.
//   Destroyed, it is killed.
// Threads: the process that starts slots has one thread.
class Slot {
 public:
  enum class Next : uint8_t { kGoesOn, kEnds };

  struct Served {
    std::string text;  // the outcome's
    Next next;         // what the process does when that is told
  };

  // Carries out one order, with 0 to 2 in place.
  using Serve = std::function<Served(size_t input, PoolTier tier)>;

  struct Setup {
    // Called in the new process, once; notes what it finds of signals.
    std::function<Serve()> prepare;
    std::span<const int> kept;    // descriptors, beside 0, 1 and 2
    const sigset_t* signal_mask;  // that programs are to have
  };

  // What one input gets.
  struct Order {
    size_t input;
    PoolTier tier;
    int output;  // its standard output
    int words;   // its standard error
    int report;  // where the outcome goes
  };

  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot();

  // Errors: errno, of socketpair(2) or fork(2); then nothing runs.
  [[nodiscard]] int Start(const Setup& setup);

  // Errors: errno; EPIPE iff the process is gone.
  [[nodiscard]] int Give(const Order& order) const;

 private:
  pid_t pid_ = -1;
  UniqueFd orders_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_SLOT_H_
