// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ENV_COMMAND_H_
#define CELLBLOCK_TOOLS_JAILRUN_ENV_COMMAND_H_

// What env(1) of GNU coreutils does with its arguments. Scripts begin with
// `#!/usr/bin/env NAME`; a jail cannot start another program, so jailrun starts
// the one that env would.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

enum class EnvStart : uint8_t { kInherited, kCleared };

struct EnvCommand {
  EnvStart start = EnvStart::kInherited;
  std::vector<std::string> unset = {};      // names, before what is set
  std::vector<std::string> set = {};        // "NAME=VALUE"
  std::vector<std::string> arguments = {};  // of the program, its name first
};

// A variable's value; null iff it is not set.
using EnvLookup = std::function<const char*(const std::string& name)>;

// True iff a script's line that names `interpreter` means env.
[[nodiscard]] bool IsEnv(std::string_view interpreter);

// What env makes of `words`, its arguments: -i, -u and -S in all their
// spellings, then NAME=VALUE, then the program.
// Errors: one line that says why not, iff env would refuse them, no program is
//   named, or an option is another than those; else empty.
[[nodiscard]] std::string ParseEnvCommand(std::vector<std::string> words,
                                          const EnvLookup& lookup,
                                          EnvCommand* command);

// The words that `env -S text` makes, appended to `words`. Errors: as above.
[[nodiscard]] std::string SplitEnvString(std::string_view text,
                                         const EnvLookup& lookup,
                                         std::vector<std::string>* words);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ENV_COMMAND_H_
