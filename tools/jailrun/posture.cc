// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/posture.h"

#include <string.h>

#include <algorithm>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/launch.h"
#include "tools/jailrun/violation_report.h"

namespace cellblock {
namespace {

// A few by name: a command line can hold thousands.
std::string Listed(const std::vector<std::string>& paths) {
  constexpr size_t kMost = 8;
  std::string list;
  for (size_t i = 0; i < std::min(paths.size(), kMost); ++i) {
    list += (i == 0 ? "" : ", ") + paths[i];
  }
  if (paths.size() > kMost) {
    list += " and " + std::to_string(paths.size() - kMost) + " more";
  }
  return list;
}

std::string ReadDetail(const PostureFacts& facts) {
  std::string detail = "reading only the system's data";
  if (!facts.named_paths.empty()) {
    detail += "; what the arguments name: " + Listed(facts.named_paths);
  }
  if (!facts.readable.empty()) detail += "; --ro: " + Listed(facts.readable);
  if (!facts.writable.empty()) detail += "; --rw: " + Listed(facts.writable);
  return detail + "; below a directory also what appears there later";
}

Layer Landlock(const PostureFacts& facts, LayerState lock, const char* name,
               const std::string& detail) {
  if (facts.confined && !facts.landlock_missing.empty()) {
    return {name, LayerState::kUnsupported, facts.landlock_missing};
  }
  return {name, lock, detail};
}

Layer Notifications(const PostureFacts& facts, LayerState lock) {
  static constexpr char kName[] = "violation_notify";
  if (facts.unheard_error != 0) {
    return {kName, LayerState::kUnsupported,
            WhyUnheard(facts.unheard_error) +
                ": the filter kills a forbidden call, and nobody can name it; "
                "it answers what it refuses by itself, uncounted"};
  }
  if (facts.locked && facts.on_violation == OnViolation::kLog) {
    return {kName, LayerState::kOff,
            "--on-violation=log: forbidden calls are named and carried out; "
            "this is a diagnosis, and no jail"};
  }
  std::string detail = "forbidden calls are named by the kernel";
  if (facts.on_violation == OnViolation::kErrno) {
    detail += ", and answered with EPERM";
  }
  if (facts.locked && facts.hand_over == HandOver::kSent) {
    detail += "; the listener was sent, since no process may be reached into";
  }
  if (facts.locked && facts.hardening.wait == NotifyWait::kInterruptible) {
    detail += "; a signal may have a call asked for twice";
  }
  return {kName, lock, detail};
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
      Landlock(facts, lock, "landlock_read", ReadDetail(facts)),
      Landlock(facts, lock, "landlock_write",
               facts.writable.empty()
                   ? "nothing is written; no other process is looked into"
                   : "writing only below what --rw names; no other process is "
                     "looked into"),
      {"descriptors", start, "0, 1, 2 and what --pass-fd names"},
      {"rlimits", start,
       "no core file, stack at most " + FormatBytes(kMostStackBytes) +
           ", at most " + std::to_string(kMostDescriptors) + " descriptors"},
  };
}

}  // namespace cellblock
