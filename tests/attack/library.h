// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_LIBRARY_H_
#define CELLBLOCK_TESTS_ATTACK_LIBRARY_H_

// Attacks on a process that locks itself, without jailrun. Each takes a word:
// "locked" to lock first, anything else to show what it does without.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "jail/compiled_presets.h"
#include "jail/filter.h"
#include "jail/lock.h"
#include "tests/attack/attack.h"

namespace cellblock {

inline bool IsToLock(char** argv) { return strcmp(argv[1], "locked") == 0; }

// The decoder's filter for this process, which nothing frees.
inline std::vector<sock_filter>& OwnFilter(Notify notify) {
  const FilterProgram compiled = CompiledPreset("decoder");
  auto& program =
      *new std::vector<sock_filter>(compiled.begin(), compiled.end());
  BindFilter(program, {getpid(), notify});
  return program;
}

inline constexpr sock_filter kAllowAll[] = {
    {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};

// Locks for good; a lock that fails is a failure of the test.
inline void LockAlone() {
  const LockResult result = Lock(OwnFilter(Notify::kNobody), Notify::kNobody);
  Need(result.failed == LockStep::kDone);
}

// A thread that nobody joins.
inline void StartThread(void* (*body)(void*)) {
  pthread_t thread;
  Need(pthread_create(&thread, nullptr, body, nullptr) == 0);
  pthread_detach(thread);
}

inline void Sleep(long milliseconds) {
  const timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  Call(SYS_nanosleep, &time, nullptr);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_LIBRARY_H_
