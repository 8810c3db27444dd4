// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_PROGRAM_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROGRAM_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/needed_libraries.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// Where to look, as the environment says; null where the variable is not set.
struct SearchPaths {
  // PATH of jailrun, for a name without a slash.
  const char* path = nullptr;
  LibraryPaths libraries = {};
};

// A program that can be confined.
struct Program {
  // What execve gets. Always has a slash.
  std::string path;
  // For a script, what its `#!` line names, then what that file's line names if
  // it is a script again, and so on. The last is the one that will run.
  std::vector<std::string> interpreters;
  // Libraries that the loader will open outside of the system's directories.
  std::vector<std::string> stray_libraries;

  // The ELF file that will really run, for messages.
  [[nodiscard]] const std::string& confined_path() const {
    return interpreters.empty() ? path : interpreters.back();
  }
};

// Finds `name` as execvp(3) does, follows `#!` lines as the kernel does, and
// decides whether what will run can be confined. Starts nothing and leaves no
// descriptor open. `program` is complete iff nothing is returned.
//
// What is decided is about the files as they are now: one that is replaced
// before execve is not looked at again.
//
// Errors: refuses iff
//   kNotFound: there is no such file, or none in PATH;
//   kNotExecutable: execve would fail: no permission, not a regular file,
//     neither ELF nor a script, an interpreter that is missing or not
//     executable, more than five interpreters in a row, or CheckElf says so;
//   kSetupFailed: it cannot be read, and so not inspected; the loader ignores
//     LD_PRELOAD for it (setuid, setgid, file capabilities; on a script these
//     bits mean nothing); or CheckElf says so.
// Threads: any, on objects of their own.
// Syscalls: a stat for each directory of PATH tried; faccessat2, open,
//   fgetxattr, pread and close for each file of the chain; those of CheckElf.
[[nodiscard]] std::optional<Refusal> FindProgram(std::string_view name,
                                                 const SearchPaths& paths,
                                                 Program* program);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROGRAM_H_
