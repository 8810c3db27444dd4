// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/posture.h"

#include <string.h>

#include <algorithm>

#include "tools/jailrun/limits.h"
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

std::string ReadDetail(const PostureFacts& facts, const Options& options) {
  std::string detail = "reading only the system's data";
  if (!facts.named_paths.empty()) {
    detail += "; what the arguments name: " + Listed(facts.named_paths);
  }
  if (!options.readable.empty())
    detail += "; --ro: " + Listed(options.readable);
  if (!options.writable.empty())
    detail += "; --rw: " + Listed(options.writable);
  return detail + "; below a directory also what appears there later";
}

Layer Landlock(const PostureFacts& facts, LayerState lock, const char* name,
               const std::string& detail) {
  if (facts.confined && !facts.landlock_missing.empty()) {
    return {name, LayerState::kUnsupported, facts.landlock_missing};
  }
  return {name, lock, detail};
}

Layer Notifications(const PostureFacts& facts, const Options& options,
                    LayerState lock) {
  static constexpr char kName[] = "violation_notify";
  if (facts.locked && facts.unheard_error != 0) {
    return {kName, LayerState::kUnsupported,
            WhyUnheard(facts.unheard_error) +
                ": the filter kills a forbidden call, and nobody can name it; "
                "it answers what it refuses by itself, uncounted"};
  }
  if (facts.locked && options.on_violation == OnViolation::kLog) {
    return {kName, LayerState::kOff,
            "--on-violation=log: forbidden calls are named and carried out; "
            "this is a diagnosis, and no jail"};
  }
  std::string detail = "forbidden calls are named by the kernel";
  if (options.on_violation == OnViolation::kErrno) {
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

std::string Descriptors(const PostureFacts& facts) {
  const std::string given = "0, 1, 2 and what --pass-fd names";
  if (!facts.locked) return given;
  const std::string opened = facts.opened_descriptors == 0
                                 ? "nothing"
                                 : std::to_string(facts.opened_descriptors);
  return given + "; " + opened +
         " more from before main: no io_uring, memory of a process, seccomp "
         "listener, userfaultfd, bpf or perf";
}

Layer Variables(const PostureFacts& facts, const Options& options) {
  if (options.environment == Environment::kCleared) {
    return {"environment", LayerState::kEnforced,
            std::to_string(facts.variables) + " variables, all named by --env"};
  }
  std::string detail = "as jailrun's own";
  if (!options.variables.empty()) detail += ", but for what --env names";
  return {"environment", LayerState::kOff,
          detail + "; --clearenv leaves what --env names"};
}

Layer Guessing(const PostureFacts& facts, const Options& options) {
  static constexpr char kName[] = "speculation";
  if (!facts.confined || options.speculation == Speculation::kAllowed) {
    return {kName, LayerState::kOff,
            "the processor guesses as for any program; "
            "--speculation=restrict has it guess less"};
  }
  return {kName,
          IsRestricted(facts.speculation) ? LayerState::kEnforced
                                          : LayerState::kUnsupported,
          Describe(facts.speculation)};
}

// One that the runtime lays down where the kernel has it.
Layer Laid(const char* name, int error, LayerState lock, const char* detail) {
  if (error != 0) return {name, LayerState::kUnsupported, strerror(error)};
  return {name, lock, detail};
}

}  // namespace

std::vector<Layer> Posture(const PostureFacts& facts, const Options& options) {
  const LayerState lock =
      facts.locked ? LayerState::kEnforced : LayerState::kOff;
  const LayerState start =
      facts.confined ? LayerState::kEnforced : LayerState::kOff;
  std::vector<Layer> posture = {
      {"no_new_privs", lock, "read back from /proc"},
      {"seccomp", lock,
       "preset " + facts.preset + ", " + std::to_string(facts.filter_length) +
           " instructions, proved equal to its table, read back from /proc"},
      Notifications(facts, options, lock),
      {"canary", options.canary == Canary::kTried ? lock : LayerState::kOff,
       options.canary == Canary::kTried
           ? "a child that this filter locked died of a forbidden call"
           : "--canary tries the filter on a child first"},
      {"non_dumpable", lock, "no core dump, no tracing by the same user"},
      {"capabilities", start, "none are held, by root neither"},
      {"parent_death_signal", LayerState::kEnforced,
       "the program dies with jailrun"},
      Laid("no_exec_gain", facts.hardening.exec_gain_error, lock,
           "no page becomes executable that was not"),
      {"no_writable_code", lock,
       "nothing was writable and executable at the lock, or executable and "
       "shared"},
      Laid("sealed", facts.hardening.seal_error, lock,
           "code, read-only data and the pool keep their mappings"),
      Guessing(facts, options),
      Landlock(facts, lock, "landlock_read", ReadDetail(facts, options)),
      Landlock(facts, lock, "landlock_write",
               options.writable.empty()
                   ? "nothing is written but to /dev/null; no other process is "
                     "looked into"
                   : "writing only to /dev/null and below what --rw names; no "
                     "other process is "
                     "looked into"),
      {"descriptors", start, Descriptors(facts)},
      Variables(facts, options),
  };
  AddLimitLayers(options, start, &posture);
  return posture;
}

}  // namespace cellblock
