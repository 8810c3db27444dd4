// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BACKTRACE_H_
#define CELLBLOCK_TOOLS_JAILRUN_BACKTRACE_H_

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/explain_protocol.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

struct Backtrace {
  std::vector<CodePlace> places;  // addresses, functions and lines
  std::string missing;            // why there are none, or no more; or empty
};

// What jailrun-explain, which stands beside jailrun, makes of a thread's stack.
// It reads the debug information of the program's files and memory that the
// program could write anything to, so it is a process of its own: it gets two
// descriptors and no environment, and its end, whichever, changes nothing here.
//
// Errors: as `missing` says; the places found until then are kept.
// Units: it is killed at `deadline`; of what it writes 64 KiB are read.
// Ownership: borrows the descriptors, of /proc/PID/mem and /proc/PID/maps.
Backtrace RunExplainer(const ExplainRequest& request, int memory, int maps,
                       std::chrono::steady_clock::time_point deadline);

// Which functions and lines lie before each of `addresses`, of which there are
// kMostAddresses at most: the places of all of them, one after the other, as
// far as they were found in time. The same bounds, but that 4 MiB are read.
Backtrace RunExplainer(std::span<const uint64_t> addresses, int maps,
                       std::chrono::steady_clock::time_point deadline);

// Reads what it writes. For tests.
Backtrace ParseBacktrace(std::string_view text, size_t most = kMostFrames);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BACKTRACE_H_
