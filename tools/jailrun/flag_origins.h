// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_FLAG_ORIGINS_H_
#define CELLBLOCK_TOOLS_JAILRUN_FLAG_ORIGINS_H_

#include <string>
#include <vector>

namespace cellblock {

struct Flag;

// Where each option was given, for what is wrong with it: "JAILRUN_POOL",
// "jail.toml, line 3"; empty: on the command line, or nowhere.
class FlagOrigins {
 public:
  void Set(const Flag& flag, const std::string& origin);

  // `error`, which begins with an option's name, behind where that was given.
  [[nodiscard]] std::string WithOrigin(const std::string& error) const;

 private:
  std::vector<std::string> origins_;  // as the table's flags; or none
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_FLAG_ORIGINS_H_
