// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_PROGRAM_SEARCH_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROGRAM_SEARCH_H_

#include <string.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "tools/jailrun/refusal.h"

namespace cellblock {

// What execve would make of a path, as far as names and modes decide.
struct Target {
  int error = 0;           // An errno value; 0 iff the kernel may execute it.
  std::string_view fault;  // Why, where errno alone would not say.
  mode_t mode = 0;

  [[nodiscard]] std::string Why() const {
    return fault.empty() ? strerror(error) : std::string(fault);
  }
};

// Syscalls: stat, faccessat2.
[[nodiscard]] Target Examine(const std::string& path);

// Finds `name` as execvp(3) does by `path_env` (null: PATH is not set), and
// sets `path`, which always has a slash, and `target`.
// Errors: kNotFound: there is no such file; kNotExecutable: there are only such
//   as execve would refuse.
// Syscalls: those of Examine, for each directory tried.
[[nodiscard]] std::optional<Refusal> Locate(std::string_view name,
                                            const char* path_env,
                                            std::string* path, Target* target);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROGRAM_SEARCH_H_
