// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_LESSON_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_LESSON_H_

// Everything that is said of one run, and the forms that it is said in.

#include <string>
#include <vector>

#include "allocator/heap_stats.h"
#include "tools/jailrun/learn/learned.h"
#include "tools/jailrun/learn/suggestion.h"
#include "tools/jailrun/options.h"

namespace cellblock {

// The suggestion, tried.
struct Verification {
  bool done = false;
  bool same_input = false;  // false: with an empty one
  int exit_code = -1;       // of the run in the jail; -1: it never began
};

struct Lesson {
  Options options;  // that it ran with
  std::string program;
  Learned learned;
  Suggestion suggestion;
  HeapStats heap;
  uint64_t pool_bytes = 0;         // that is enough
  std::string policy_file;         // that was written; empty: none
  std::vector<std::string> loads;  // as LoadWordsFor gives them
  int exit_code = 0;
  Verification verification;
};

// The words of the run that is suggested; the first is "jailrun".
std::vector<std::string> CommandOf(const Lesson& lesson);

// As a line for a shell.
std::string ShellCommand(const Lesson& lesson);

// The policy file, as --policy takes it.
std::string PolicyFileText(const Lesson& lesson);

// The report, every line prefixed "jailrun: ", and as one line of JSON. Control
// characters are escaped.
std::string LessonText(const Lesson& lesson);
std::string LessonJson(const Lesson& lesson);

// The same where nothing could be learned.
std::string FailureJson(const std::string& error, int exit_code);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_LESSON_H_
