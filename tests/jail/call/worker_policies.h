// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_WORKER_POLICIES_H_
#define CELLBLOCK_TESTS_JAIL_CALL_WORKER_POLICIES_H_

// Policies of workers that differ in what makes their filters: the default,
// each preset, each kind of allowance, both answers to calls for memory.

#include <string>
#include <vector>

#include "jail/call/worker_policy.h"

namespace cellblock {

inline std::vector<WorkerPolicyOptions> VariousWorkers() {
  constexpr MemoryCalls kRefuse = MemoryCalls::kRefuse;
  return {
      {},
      {.allow = {}, .memory = kRefuse},
      {.allow = {"read:10", "pread64:10", "nanosleep", "getppid"}},
      {.allow = {"unsafe:recvmsg"}},
      {.allow = {"@threads", "unsafe:kill"}, .memory = kRefuse},
      {.allow = {"unsafe:tgkill"}},
      {.preset = "strict", .allow = {"unsafe:futex"}},
      {.preset = "decoder", .allow = {}},
      {.preset = "decoder", .allow = {"getxattr"}, .memory = kRefuse},
      {.preset = "service", .allow = {}},
      {.preset = "service", .allow = {"@network"}, .memory = kRefuse},
  };
}

// As one line, for messages.
inline std::string Describe(const WorkerPolicyOptions& options) {
  std::string text = options.preset;
  for (const std::string& what : options.allow) text += " " + what;
  if (options.memory == MemoryCalls::kRefuse) text += ", memory refused";
  return text;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_WORKER_POLICIES_H_
