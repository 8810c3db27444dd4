// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_WITNESS_H_
#define CELLBLOCK_TOOLS_JAILRUN_WITNESS_H_

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "jail/listener.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/explain_protocol.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/run_record.h"
#include "tools/jailrun/stopped_thread.h"

namespace cellblock {

inline constexpr char kMemoryNotOpen[] =
    "the process's memory could not be opened";

// Says which file each of `places` is in, and where.
void Locate(const MemoryMap& map, std::vector<CodePlace>* places);

// Looks at a jailed process from outside when it makes a forbidden call: what
// it asked for, and from where. Nothing in the process helps, and nothing that
// is found there decides anything.
//
// Lifecycle: Prepare while the process is still dumpable, since nothing of it
//   can be opened afterwards; Look at the call that ends it; kill it; Release.
//   What follows Look is the process's end: the call may be answered then.
// Errors: none; what cannot be had is left out, and the scene says so.
// Cost: a few descriptors and about 20 us a run; the rest on a violation alone.
class Witness {
 public:
  using Clock = std::chrono::steady_clock;

  void Prepare(pid_t process);

  // The other threads of the process must stand still, so that what is seen is
  // of one moment. Takes no longer than until `deadline`, and 2 s.
  CallScene Look(const Listener& listener, const Listener::Call& call,
                 Clock::time_point deadline);

  // The same without an end: the call is left as it is, its thread is not
  // stopped, and others may go on meanwhile. With the instruction pointer
  // alone, so that callers are found by a search of the stack at best. Of a
  // call by a process that this one started nothing more is looked at.
  CallScene Glance(const Listener::Call& call,
                   Clock::time_point deadline) const;

  void Release() { thread_.Release(process_); }

  // What other looks at the process need: which thread makes a call; from
  // Prepare on the descriptors of its memory and of its map, -1 iff they could
  // not be opened.
  CallingThread ThreadOf(const Listener::Call& call) const;
  // False iff another process makes the call, one that this one started.
  bool IsThread(const Listener::Call& call) const;
  bool can_look() const { return memory_.ok() && maps_.ok(); }
  int memory() const { return memory_.get(); }
  int maps() const { return maps_.get(); }

 private:
  CallScene Look(const ExplainRequest& request, const Listener::Call& call,
                 Clock::time_point deadline) const;
  ExplainRequest Request(const Listener& listener, const Listener::Call& call);
  void AddBacktrace(const ExplainRequest& request, Clock::time_point deadline,
                    CallScene* scene) const;

  pid_t process_ = 0;
  UniqueFd memory_;
  UniqueFd maps_;
  // Of files that the program may read; see FileConfinement.
  std::vector<UniqueFd> held_;
  StoppedThread thread_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_WITNESS_H_
