// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_THREAD_LIMIT_H_
#define CELLBLOCK_TOOLS_JAILRUN_THREAD_LIMIT_H_

// A filter can let threads start, but not count them, and for each the kernel
// keeps some 30 KiB that no pool bounds. So the supervisor is asked
// (jail/asked_threads.h).

#include <sys/types.h>

#include <cstdint>

namespace cellblock {

// How many threads a program may have, by the kernel's own count of them.
//
// Calls that are let through at the same time do not see each other, so there
// can be twice as many as `most`, and never more.
class ThreadLimit {
 public:
  // Of `process`, which has the threads that it has, and may have `more`.
  void Set(pid_t process, uint64_t more);

  [[nodiscard]] bool MayStart() const;

 private:
  uint64_t CountThreads() const;  // UINT64_MAX: that cannot be told

  pid_t process_ = 0;
  uint64_t most_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_THREAD_LIMIT_H_
