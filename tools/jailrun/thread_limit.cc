// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/thread_limit.h"

#include <stdio.h>
#include <sys/stat.h>

namespace cellblock {

void ThreadLimit::Set(pid_t process, uint64_t more) {
  process_ = process;
  const uint64_t now = CountThreads();
  most_ = now == UINT64_MAX ? 0 : now + more;
}

bool ThreadLimit::MayStart() const { return CountThreads() < most_; }

uint64_t ThreadLimit::CountThreads() const {
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/task", process_);
  struct stat status;
  // A link for each thread, beside those that every directory has.
  if (stat(path, &status) != 0 || status.st_nlink < 2) return UINT64_MAX;
  return status.st_nlink - 2;
}

}  // namespace cellblock
