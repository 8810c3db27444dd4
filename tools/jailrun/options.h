// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_OPTIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "allocator/fill.h"
#include "allocator/region.h"
#include "tools/jailrun/exit_map.h"
#include "tools/jailrun/flag_origins.h"

namespace cellblock {

inline constexpr char kVersion[] = "0.1.0";

inline constexpr uint64_t kDefaultPoolBytes = uint64_t{256} << 20;
inline constexpr uint64_t kLeastPoolBytes = uint64_t{64} << 10;
inline constexpr uint64_t kMostPoolBytes = uint64_t{64} << 30;

// The kernel keeps a part of the main stack for arguments and environment.
inline constexpr uint64_t kLeastStackBytes = uint64_t{128} << 10;
inline constexpr uint64_t kMostAskedStackBytes = kMostPoolBytes;

inline constexpr uint32_t kDefaultThreads = 16;
inline constexpr uint32_t kMostThreads = 4096;
inline constexpr uint64_t kDefaultThreadStackBytes = uint64_t{2} << 20;
inline constexpr uint64_t kLeastThreadStackBytes = uint64_t{128} << 10;
inline constexpr uint64_t kMostThreadStackBytes = uint64_t{1} << 30;

// When the report in words is printed to standard error.
enum class ReportWhen : uint8_t {
  kAuto,    // when the jail ended the program, or the pool did
  kAlways,  // after every run
  kNever,
};

enum class Mode : uint8_t {
  kJailed,
  kUnjailed,  // the pool without the lock, for comparison
  kDryRun,    // nothing is started
  kLearning,  // as kUnjailed, and watched: `jailrun learn`
};

// Whether the kernel is tried before it is trusted.
enum class Canary : uint8_t {
  kNone,
  kTried,  // a child makes a forbidden call under the filter, and has to die
};

// What becomes of a forbidden call, beside being named.
enum class OnViolation : uint8_t {
  kKill,   // the program ends
  kErrno,  // the call fails with EPERM, and the program goes on
  kLog,    // the call is carried out: a diagnosis, and no jail
};

const char* Name(OnViolation on_violation);

// What the processor may guess at while it runs the program.
enum class Speculation : uint8_t {
  kRestricted,  // where the processor and the kernel let a process choose
  kAllowed,
};

// What becomes of libraries that the program loads after the lock.
enum class LateLoading : uint8_t {
  kRefused,  // it is refused them, and they are named
  // Runs before the one that counts find out which they are (auto_load.h).
  kLearned,
};

// Whether the report tells of the run's memory over time and of its calls.
enum class Profiling : uint8_t { kOff, kOn };

// What the program has of jailrun's environment.
enum class Environment : uint8_t { kInherited, kCleared };

// What the command line asks for.
struct Options {
  uint64_t pool_bytes = kDefaultPoolBytes;
  uint64_t reserve_bytes = 0;  // beside it, for reservations of address space
  Fill fill = Fill::kUninitialized;
  Commit commit = Commit::kLazy;
  std::string preset = "decoder";
  std::string policy_file;            // instead of a preset; empty: none
  std::vector<std::string> allowed;   // as PolicyBuilder::Allow takes them
  std::vector<std::string> readable;  // paths, beside the default ones
  std::vector<std::string> writable;  // paths
  std::string directory;              // to go to first; empty: none
  std::vector<std::string> loads;     // libraries, globs, presets (load_list.h)
  LateLoading late_loading = LateLoading::kRefused;
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<std::chrono::seconds> cpu_time;
  std::optional<uint64_t> output_bytes;  // to standard output and error
  std::optional<uint64_t> file_bytes;    // of each file that is written
  std::optional<uint64_t> stack_bytes;   // of the main stack
  // How many can be started at a time after the lock. Not given: stacks for
  // kDefaultThreads, where something that is loaded starts threads.
  std::optional<uint32_t> threads;
  uint64_t thread_stack_bytes = kDefaultThreadStackBytes;
  Mode mode = Mode::kJailed;
  ReportWhen report = ReportWhen::kAuto;
  Canary canary = Canary::kNone;
  OnViolation on_violation = OnViolation::kKill;
  Speculation speculation = Speculation::kRestricted;
  Profiling profiling = Profiling::kOff;
  int json_fd = -1;       // none
  std::string page_file;  // for the report as a page; empty: none
  ExitMap exit_map = ExitMap::kShell;
  Environment environment = Environment::kInherited;
  std::vector<std::string> variables;  // "NAME=VALUE", or "NAME" to keep it
  std::vector<int> passed_fds;         // descriptors, beside 0, 1 and 2
  std::vector<std::string> command;    // the program and its arguments
};

struct ParsedOptions {
  Options options;      // with an error: as far as they could be read
  FlagOrigins origins;  // for what turns out to be wrong later
  std::string error;    // one line; empty iff the options can be used
  std::string output;   // of --help or --version; then nothing is to be run
};

// What all variables have in front that stand for options.
inline constexpr char kVariablePrefix[] = "JAILRUN_";

// The options of the command line, above those of the variables JAILRUN_* in
// `environment` (null: none), above those of the file that --config names.
// Errors: as `error` says, naming where the option was given, the option, its
//   value and what is accepted.
ParsedOptions ParseOptions(int argc, char** argv,
                           char* const* environment = nullptr);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_OPTIONS_H_
