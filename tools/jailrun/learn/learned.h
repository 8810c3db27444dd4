// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARNED_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARNED_H_

// What was seen of one run without a jail. "Main" is where the lock would be.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jail/policy.h"
#include "jail/verdict.h"

namespace cellblock {

// One kind of call after main began: calls that no policy tells apart are one.
struct SeenCall {
  SyscallRequest request = {};
  uint64_t count = 0;
  bool succeeded = false;  // at least once
  bool idle = false;       // it gave descriptors to wait on, and none was used
  std::string text = {};   // the first one: "socket(AF_INET, SOCK_STREAM, 0)"
};

enum class FileUse : uint8_t {
  kRead,    // opened for reading
  kList,    // a directory, opened
  kWrite,   // opened for writing, or changed; it was there before
  kCreate,  // made, removed or renamed: its directory was changed
};

// A path of a call that succeeded, without links in it.
struct SeenFile {
  std::string path;
  FileUse use;

  friend auto operator<=>(const SeenFile&, const SeenFile&) = default;
};

// Memory calls that reached the kernel after main began. The last two were
// answered with EACCES, as the runtime of a jail does.
struct SeenMappings {
  uint64_t peak_bytes = 0;      // of those that the pool would have served
  uint64_t reserved_bytes = 0;  // at the peak, of those without access
  uint64_t executable = 0;      // not by the loader: code made at run time
  uint64_t shared = 0;          // writable ones of a file
};

struct Learned {
  bool main_began = false;
  pid_t pid = -1;
  ProcessEnd end;
  uint64_t calls_before = 0;
  uint64_t calls_after = 0;
  std::vector<SeenCall> calls;  // after; without those that the next ones tell
  std::vector<SeenFile> files;  // after; sorted, each once
  std::vector<std::string> late_libraries;  // in the order of loading
  SeenMappings mappings;
  uint64_t threads = 0;                    // started after main began
  uint64_t threads_needed = 0;             // at a time; 0: as by default
  uint64_t thread_stack_bytes_needed = 0;  // ditto
  uint64_t reserve_bytes_needed = 0;       // ditto
  // How other processes were started, with how often: "fork", "vfork".
  std::map<std::string, uint64_t> processes;
  std::string executed;      // the last program that it tried to become
  bool replaced = false;     // it became one, and was left alone
  bool foreign_abi = false;  // a call through another ABI than x86-64
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_LEARNED_H_
