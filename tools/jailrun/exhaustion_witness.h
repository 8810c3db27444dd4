// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXHAUSTION_WITNESS_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXHAUSTION_WITNESS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jail/listener.h"
#include "tools/jailrun/explain_protocol.h"
#include "tools/jailrun/run_record.h"
#include "tools/jailrun/witness.h"

namespace cellblock {

// Looks at a jailed process from outside when it says that the pool refused it
// memory (tools/jailrun/exhaustion_call.h): who asked for it. The process is
// not stopped, and goes on with its errno.
//
// A look only copies the stack; what it means is found out once, of the last
// look, when the process has ended. So a program that is refused often, and
// goes on, loses nothing by it.
//
// Lifecycle: Look any number of times; Explain when the process has ended.
// Errors: none; what cannot be had is left out, and `missing` says so.
//   A copy is of one stack, up to 1 MiB from the stack pointer on: of a handler
//   on a stack of its own, what it interrupted is not found.
// Cost: a look takes 10 us or so. After 512 looks, or a quarter of a second of
//   them, no more are made.
// Ownership: borrows the witness, which is prepared.
// Threads: the supervisor's.
class ExhaustionWitness {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ExhaustionWitness(const Witness* witness) : witness_(*witness) {}

  // `call` is one that IsExhaustionCall tells, and is left unanswered.
  void Look(const Listener::Call& call);

  // Takes no longer than until `deadline`, and 2 s.
  RefusedAllocation Explain(Clock::time_point deadline) const;

 private:
  struct Seen {
    RefusedAllocation refused;
    ExplainRequest request = {};
    size_t stack_bytes = 0;  // of stack_, 0: none
  };

  Seen Copy(const Listener::Call& call);

  const Witness& witness_;
  std::optional<Seen> last_;
  std::vector<char> stack_;  // from the stack pointer on
  std::string maps_;         // as they were at the first look: they stay so
  size_t looks_ = 0;
  Clock::duration spent_ = {};
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXHAUSTION_WITNESS_H_
