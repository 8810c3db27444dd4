// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_DOCS_COMMANDS_H_
#define CELLBLOCK_TOOLS_DOCS_COMMANDS_H_

namespace cellblock {

// The commands of jailrun beside the run itself.
struct Command {
  const char* name;
  const char* arguments;
  const char* help;
};

inline constexpr Command kCommands[] = {
    {"batch", "[OPTIONS] [--] COMMAND [INPUT ...]",
     "run one command over many inputs, each in a jail of its own"},
    {"learn", "[OPTIONS] [--] PROGRAM [ARGUMENTS]",
     "run a program once without a jail, and print the options that it needs"},
    {"policy", "show|check|diff|explain|export ...",
     "show what a policy allows, check, compare, explain or export it"},
    {"report", "[--line=N] [--html[=OUT]] FILE",
     "show a report that was stored, as text or as a page"},
    {"diff", "[--json] A B", "compare two runs by their reports"},
    {"doctor", "[--json]", "tell what this kernel and container can enforce"},
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_DOCS_COMMANDS_H_
