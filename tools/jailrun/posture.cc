// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/posture.h"

#include <string.h>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/launch.h"

namespace cellblock {
namespace {

Layer LandlockWrite(const PostureFacts& facts, LayerState lock) {
  static constexpr char kName[] = "landlock_write";
  if (facts.confined && !facts.landlock_missing.empty()) {
    return {kName, LayerState::kUnsupported, facts.landlock_missing};
  }
  return {kName, lock,
          facts.writable
              ? "writing only below what --rw names; no other process is "
                "looked into"
              : "nothing is written; no other process is looked into"};
}

Layer Notifications(const PostureFacts& facts, LayerState lock) {
  std::string detail = "forbidden calls are named by the kernel";
  if (facts.locked && facts.hand_over == HandOver::kSent) {
    detail += "; the listener was sent, since no process may be reached into";
  }
  if (facts.locked && facts.hardening.wait == NotifyWait::kInterruptible) {
    detail += "; a signal may have a call asked for twice";
  }
  return {"violation_notify", lock, detail};
}

// One that the runtime lays down where the kernel has it.
Layer Laid(const char* name, int error, LayerState lock, const char* detail) {
  if (error != 0) return {name, LayerState::kUnsupported, strerror(error)};
  return {name, lock, detail};
}

}  // namespace

std::vector<Layer> Posture(const PostureFacts& facts) {
  const LayerState lock =
      facts.locked ? LayerState::kEnforced : LayerState::kOff;
  const LayerState start =
      facts.confined ? LayerState::kEnforced : LayerState::kOff;
  return {
      {"no_new_privs", lock, "read back from /proc"},
      {"seccomp", lock,
       "preset " + facts.preset + ", " + std::to_string(facts.filter_length) +
           " instructions, proved equal to its table, read back from /proc"},
      Notifications(facts, lock),
      {"canary", facts.canary == Canary::kTried ? lock : LayerState::kOff,
       facts.canary == Canary::kTried
           ? "a child that this filter locked died of a forbidden call"
           : "--canary tries the filter on a child first"},
      {"non_dumpable", lock, "no core dump, no tracing by the same user"},
      {"capabilities", start, "none are held, by root neither"},
      {"parent_death_signal", LayerState::kEnforced,
       "the program dies with jailrun"},
      Laid("no_exec_gain", facts.hardening.exec_gain_error, lock,
           "no page becomes executable that was not"),
      Laid("sealed", facts.hardening.seal_error, lock,
           "code, read-only data and the pool keep their mappings"),
      LandlockWrite(facts, lock),
      {"landlock_read", LayerState::kOff,
       "every file that the user may read can be read"},
      {"descriptors", start, "0, 1, 2 and what --pass-fd names"},
      {"rlimits", start,
       "no core file, stack at most " + FormatBytes(kMostStackBytes) +
           ", at most " + std::to_string(kMostDescriptors) + " descriptors"},
  };
}

}  // namespace cellblock
