// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_PROBES_H_
#define CELLBLOCK_TESTS_JAIL_PROBES_H_

// Calls that tell filters apart: dense where a policy has rows, and on each
// side of every constant that a filter compares with.

#include <linux/seccomp.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "jail/binding.h"
#include "jail/evaluator.h"
#include "jail/policy.h"

namespace cellblock {

inline constexpr uint32_t kX32Bit = 0x40000000;
inline constexpr pid_t kPid = 4242;

// Bound for process `pid`, and a supervisor.
inline Binding Supervised(pid_t pid) { return {pid, Notify::kSupervisor}; }

using Args = std::array<uint64_t, 6>;

// 0 to 600, and the neighbours of every number at which something may change.
std::vector<uint32_t> ProbeNumbers();

// The native architecture first, then others and its neighbours.
std::vector<uint32_t> ProbeArches();

// For a call with conditions: for each row arguments that satisfy it, with
// every single bit of every compared argument flipped, and the neighbours of
// every value. For any call: all zeros, all ones, a pattern, and each value
// that the policy compares some argument with.
std::vector<Args> ProbeArgs(const Policy& policy, uint32_t number, pid_t pid);

// Arguments that satisfy `rule`; those it does not compare are `rest`.
Args Satisfying(const Rule& rule, pid_t pid, uint64_t rest);

// All of it: every architecture with every number and its arguments.
std::vector<seccomp_data> ProbeCalls(const Policy& policy, pid_t pid);

seccomp_data CallOf(uint32_t arch, uint32_t number, const Args& args);

// What a filter for `policy` has to return for `call`, by Policy::Decide and
// the rules for calls that are not native.
uint32_t ExpectedAnswer(const Policy& policy, const seccomp_data& call,
                        pid_t pid);

// The filter of a preset as compiled at build time, bound; with a pid alone,
// for a supervisor.
std::vector<sock_filter> PresetFilter(const Policy& preset,
                                      const Binding& binding);
inline std::vector<sock_filter> PresetFilter(const Policy& preset, pid_t pid) {
  return PresetFilter(preset, Supervised(pid));
}

// A preset's name as the name of a test.
std::string TestNameOf(const Policy& preset);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_PROBES_H_
