// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_THREAD_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_THREAD_TEXT_H_

#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// "threads: 16 stacks laid, of 1M; at most 4 in use at once, 0 threads refused"
std::string ThreadsText(const RunRecord& record);

// What is laid for threads before the lock: "16 stacks of 2M where something
// that is loaded starts threads; '/usr/bin/xz' does".
std::string PlannedThreads(const RunRecord& record);

// How many threads got no stack, why, and what would give them one: "2 threads
// were refused with EAGAIN: ...".
std::string RefusedThreadsText(const RunRecord& record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_THREAD_TEXT_H_
