// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_MAPPING_RECORDER_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_MAPPING_RECORDER_H_

#include <sys/types.h>

#include <cstdint>

#include "jail/policy.h"
#include "tools/jailrun/learn/learned.h"
#include "tools/jailrun/learn/mapped_pieces.h"

namespace cellblock {

// Follows the memory calls that reach the kernel after main began: those by
// number, those from inside libc, and those that the pool refuses. In a jail
// the runtime would answer them.
class MappingRecorder {
 public:
  // The results go to `learned`, which outlives this.
  explicit MappingRecorder(Learned* learned) : learned_(learned) {}

  // The errno that a call is to get instead of being carried out, or 0.
  int AnswerTo(const SyscallRequest& request);

  // A call that succeeded with `result`; others than memory calls are passed
  // over.
  void OnReturn(pid_t thread, const SyscallRequest& request, uint64_t result);

 private:
  void Map(pid_t thread, const SyscallRequest& request, uint64_t address);
  void Serve(uint64_t address, uint64_t bytes);
  void Remove(uint64_t address, uint64_t bytes);
  void AddLibrary(pid_t thread, int fd);

  Learned* const learned_;
  MappedPieces served_;    // by the pool, in a jail
  MappedPieces reserved_;  // without access: address space
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_MAPPING_RECORDER_H_
