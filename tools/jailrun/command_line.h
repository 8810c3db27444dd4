// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_COMMAND_LINE_H_
#define CELLBLOCK_TOOLS_JAILRUN_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "tools/jailrun/flag_table.h"

namespace cellblock {

// The command line, taken apart.
struct CommandLine {
  FlagWords words;
  std::vector<const Flag*> given;  // the options that are there
  // What follows them: the first word that is no option, and all behind it.
  std::vector<std::string> rest;
  std::string help;   // then it is asked for, and nothing else counts
  std::string error;  // one line, or empty
};

// Errors: an option that is not there, is given twice and is no list, or has no
//   value or an empty one. The words then have what could be read, but lists.
CommandLine TakeApart(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_COMMAND_LINE_H_
