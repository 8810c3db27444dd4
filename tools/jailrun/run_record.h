// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUN_RECORD_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUN_RECORD_H_

// Everything that a report says of one run. The reports only read it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "allocator/heap_stats.h"
#include "jail/verdict.h"
#include "tools/jailrun/code_place.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/profile/profile.h"

namespace cellblock {

enum class LayerState : uint8_t { kEnforced, kUnsupported, kOff };

// One layer of the confinement, as it really was.
struct Layer {
  std::string name;  // a JSON key too
  LayerState state;
  std::string detail;
};

// The thread that made a call.
struct CallingThread {
  uint32_t id = 0;
  bool main = false;
  std::string name = {};
  bool foreign = false;  // of a process that the program started
};

// What could be seen of a forbidden call while its thread still waited in it.
struct CallScene {
  CallingThread thread;
  std::vector<std::string> arguments = {};  // as DecodeArguments gives them
  std::vector<CodePlace> backtrace = {};    // the call's own instruction first
  std::string missing = {};  // what could not be had, and why; or empty
};

// What could be seen of a request that the pool refused, when it was. The
// program says by itself that there was one, and which.
struct RefusedAllocation {
  uint64_t number = 0;  // of all refusals, from 1; 0: none was seen
  uint64_t asked = 0;   // bytes
  uint64_t alignment = 0;
  CallScene scene = {};  // without arguments; who asked for it comes first
};

// A forbidden call with what to say of it.
struct ViolationReport {
  Violation call;
  std::string name = {};    // "socket"
  std::string text = {};    // "socket(2, 1, 0)"
  std::string reason = {};  // why it is refused
  std::string option = {};  // "--allow=socket", or empty
  std::string advice = {};  // what to do, in words
  std::string cost = {};    // what the option would cost, or empty
  CallScene scene = {};
};

// A forbidden call that --on-violation let the program survive.
struct ToleratedViolation {
  ViolationReport report;  // of the first time
  uint64_t count = 0;
};

// Calls that the supervisor answered with an errno.
struct RefusedCall {
  uint32_t number;
  int error;
  uint64_t count;
  // Of the first that would have changed a file, as the process named it, so
  // perhaps made up; empty: of none, or not seen.
  std::string path = {};
};

// What --load had loaded before the lock.
struct LoadedLibraries {
  uint64_t loaded = 0;
  uint64_t passed_over = 0;            // that a glob or a preset found
  std::string first_passed_over = {};  // and why
  std::string why_passed_over = {};
  // Of --auto-load: how many runs it learned from, which options it added, and
  // what it would load only if it were named.
  uint32_t learning_runs = 0;
  std::vector<std::string> learned = {};
  std::vector<std::string> not_trusted = {};
};

// Microseconds.
struct Times {
  int64_t wall = 0;
  int64_t setup = 0;  // start to lock
  int64_t user = 0;
  int64_t system = 0;
};

// Whom a set-up failure concerns.
enum class SetupFault : uint8_t {
  kAnyRun,   // it is not known to be the input's: others would fail too
  kProgram,  // it ended by itself before its main
  kWords,    // the words of this command alone
};

struct RunRecord {
  bool main_may_have_run = false;  // the lock was seen, whatever came then
  Options options;
  std::string program;                    // what execve got
  std::string script;                     // found by the name, iff it is one
  std::vector<std::string> interpreters;  // the last is what really ran it
  std::vector<std::string> named_paths;   // by its arguments, and so readable
  Verdict verdict;
  Evidence evidence;
  bool ended_by_user = false;  // by a signal that jailrun got, too
  bool outlives_run = false;   // it could not be killed, but by jailrun's end
  std::string reason;          // of a set-up failure or an odd end
  std::string advice;
  SetupFault setup_fault = SetupFault::kAnyRun;
  std::optional<ViolationReport> violation;
  std::vector<ToleratedViolation> tolerated;
  uint64_t more_tolerated = 0;  // calls that are not in there
  std::vector<RefusedCall> refused;
  // As the process itself wrote them, bounded by the pool: figures, not
  // evidence.
  HeapStats heap;
  uint64_t reserve_peak_bytes = 0;
  RuntimeCounters counters;
  ThreadFigures threads;
  uint64_t libc_stacks = 0;     // for threads that libc starts for itself
  bool starts_threads = false;  // the policy lets them
  // Of --dry-run: the first of the program and the libraries that it needs that
  // starts threads, by its symbols; empty: none does.
  std::optional<std::string> thread_starter;
  uint64_t refused_paths = 0;  // files that it was not let read, and
  std::vector<std::string> first_refused_paths;  // the first of them
  LoadedLibraries loaded;
  // Libraries that it was refused after the lock, how often, and the first.
  uint64_t late_loads = 0;
  std::vector<std::string> first_late_loads;
  // Of a record that was read from a report: the options that load them before
  // the lock, or empty ones. Else they are looked up.
  std::optional<std::vector<std::string>> late_load_options;
  RefusedAllocation refused_allocation;
  uint64_t suggested_pool_bytes = 0;  // 0: not known
  uint64_t table_bytes = 0;           // beside the pool
  std::vector<Layer> posture;
  Times times;
  uint64_t peak_resident_bytes = 0;
  size_t filter_length = 0;  // instructions
  std::optional<Profile> profile;
};

const char* Name(LayerState state);

// Fills suggested_pool_bytes: a --pool that holds what was in use at the peak,
// and what was asked for in vain, with an eighth for fragmentation.
void SuggestPool(RunRecord* record);

// False iff the counts of blocks are seen to be behind: each thread tells of
// its own now and then, and the program of all when it ends by exit(3).
bool CountsAreWhole(const RunRecord& record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUN_RECORD_H_
