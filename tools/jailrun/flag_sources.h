// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_FLAG_SOURCES_H_
#define CELLBLOCK_TOOLS_JAILRUN_FLAG_SOURCES_H_

#include <string>
#include <vector>

#include "tools/jailrun/flag_origins.h"
#include "tools/jailrun/flag_table.h"

namespace cellblock {

// An option as one source gives it.
struct GivenFlag {
  const Flag* flag;
  std::vector<std::string> values;
  // Where: "JAILRUN_POOL", "jail.toml, line 3"; empty: the command line.
  std::string origin;
};

// The variables JAILRUN_* of `environment`, whose last pointer is null. The
// first of a name counts, as for getenv(3); an empty one is as none. That of a
// list has one value in each line.
// Errors: one line, of the first; empty iff each names an option that can be
//   given so. `given` has all that do.
[[nodiscard]] std::string ReadVariables(char* const* environment,
                                        std::vector<GivenFlag>* given);

// The configuration file at `path`: TOML, in ASCII, at most 256 KiB. A key is
// an option's name; its value is a string, a number, or true or false, or a
// list of such where the option is repeatable.
// Errors: one line that names the file, the line and the key; else empty.
//   `given` has what is right.
[[nodiscard]] std::string ReadConfigFile(const std::string& path,
                                         std::vector<GivenFlag>* given);

// The options of all sources, one put above the other.
//
// Lifecycle: Add the furthest source first. An option of a source takes the
// place of the same one of those before, a list as a whole, and of the one that
// it excludes, unless its own source gives that too.
class FlagLayers {
 public:
  // Errors: the first, as SetFlag has it, behind the origin and the option.
  // What
  //   is right is added all the same.
  [[nodiscard]] std::string Add(const std::vector<GivenFlag>& source);

  // The same of the command line, whose values were read already.
  void AddCommandLine(const std::vector<const Flag*>& given,
                      const FlagWords& words);

  const FlagWords& words() const { return words_; }

  const FlagOrigins& origins() const { return origins_; }

 private:
  void ClearRivals(const std::vector<const Flag*>& given);

  FlagWords words_;
  FlagOrigins origins_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_FLAG_SOURCES_H_
