// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_PROGRAM_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROGRAM_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/jailrun/chosen_environment.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// What is to be started, as it was asked for.
struct Invocation {
  std::span<const std::string> command;  // the program and its arguments
  // PATH of jailrun, for a name without a slash; null: it is not set.
  const char* path = nullptr;
  // The program's. Where a script begins with `#!/usr/bin/env NAME=VALUE ...`
  // it is changed as env would change it.
  ChosenEnvironment* environment = nullptr;
};

// A program that can be confined.
struct Program {
  // What execve gets. The path always has a slash.
  std::string path = {};
  std::vector<std::string> arguments = {};
  // What was found by the name that was asked for, iff that is a script.
  std::string script = {};
  // For a script, what its `#!` line names, then what that file's line names if
  // it is a script again, and so on; behind env what env finds. The last is the
  // one that will run.
  std::vector<std::string> interpreters = {};
  // Libraries that the loader will open outside of the system's directories.
  std::vector<std::string> stray_libraries = {};

  // The ELF file that will really run, for messages.
  [[nodiscard]] const std::string& confined_path() const {
    return interpreters.empty() ? path : interpreters.back();
  }
};

// Finds the program as execvp(3) does, follows `#!` lines as the kernel does,
// and decides whether what will run can be confined. Starts nothing and leaves
// no descriptor open. `program` is complete iff nothing is returned.
//
// The kernel is given a script as it is, and starts the interpreter itself.
// Where that is env, which would start another program, which a jail cannot,
// the kernel is given what env would start, with the arguments and the
// environment that env would give it (tools/jailrun/env_command.h).
//
// What is decided is about the files as they are now: one that is replaced
// before execve is not looked at again.
//
// Errors: refuses iff
//   kNotFound: there is no such file, or none in PATH; for what env is to find,
//     in the program's PATH;
//   kNotExecutable: execve would fail: no permission, not a regular file,
//     neither ELF nor a script, an interpreter that is missing or not
//     executable, more than five interpreters in a row, or CheckElf says so; or
//     env leads to env more than five times;
//   kSetupFailed: it cannot be read, and so not inspected; the loader ignores
//     LD_PRELOAD for it (setuid, setgid, file capabilities; on a script these
//     bits mean nothing); env's arguments are not understood; or CheckElf says
//     so.
// Threads: any, on objects of their own.
// Syscalls: a stat for each directory of PATH tried; faccessat2, open,
//   fgetxattr, pread and close for each file of the chain; those of CheckElf.
[[nodiscard]] std::optional<Refusal> FindProgram(const Invocation& asked,
                                                 Program* program);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROGRAM_H_
