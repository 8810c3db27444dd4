// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_CHOSEN_ENVIRONMENT_H_
#define CELLBLOCK_TOOLS_JAILRUN_CHOSEN_ENVIRONMENT_H_

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/options.h"

namespace cellblock {

// The environment that the options choose for the program: `current`, or
// nothing, without the variables JAILRUN_*, and then what --env names, in that
// order. "NAME=VALUE" takes the place of all that had the name; "NAME" is as in
// `current`, as often as it is there, or not at all.
//
// Ownership: borrows the strings of both.
class ChosenEnvironment {
 public:
  ChosenEnvironment(char* const* current, const Options& options);
  ChosenEnvironment(const ChosenEnvironment&) = delete;
  ChosenEnvironment& operator=(const ChosenEnvironment&) = delete;

  // As execve takes it.
  char* const* get() const { return pointers_.data(); }

  size_t size() const { return pointers_.size() - 1; }

  // The value of the last variable of that name, which is the one that the
  // loader takes; null iff there is none.
  const char* Last(std::string_view name) const;

  // The value of the first, which is the one that getenv(3) takes.
  const char* First(std::string_view name) const;

  // What env(1) does: Set takes the place of all that had the name.
  void Clear() { pointers_.assign(1, nullptr); }
  void Remove(std::string_view name);
  void Set(std::string entry);  // "NAME=VALUE"

 private:
  std::vector<char*> pointers_;    // the last is null
  std::deque<std::string> owned_;  // elements stay where they are
};

// What is wrong with a word of --env: one line, or empty.
std::string CheckVariable(const std::string& word);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_CHOSEN_ENVIRONMENT_H_
