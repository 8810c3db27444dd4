// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A lesson as something to run.

#include <algorithm>
#include <string_view>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/learn/lesson.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// As a comment or a string of a policy file takes it: in one line, and ASCII.
std::string Plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

const char* Name(Commit commit) {
  return commit == Commit::kPopulate ? "populate" : "lock";
}

}  // namespace

std::vector<std::string> CommandOf(const Lesson& lesson) {
  const Options& options = lesson.options;
  const Suggestion& suggestion = lesson.suggestion;
  std::vector<std::string> words = {"jailrun"};
  if (lesson.policy_file.empty()) {
    words.push_back("--preset=" + suggestion.preset);
    for (const Addition& addition : suggestion.additions) {
      words.push_back("--allow=" + addition.allowance);
    }
  } else {
    words.push_back("--policy=" + lesson.policy_file);
  }
  for (const std::string& word : lesson.loads) {
    words.push_back("--load=" + word);
  }
  words.push_back("--pool=" + SizeArgument(lesson.pool_bytes));
  if (lesson.learned.reserve_bytes_needed > 0) {
    words.push_back("--reserve=" +
                    SizeArgument(lesson.learned.reserve_bytes_needed));
  }
  if (options.fill == Fill::kZeroed) words.push_back("--zero");
  if (options.commit != Commit::kLazy) {
    words.push_back(std::string("--commit=") + Name(options.commit));
  }
  const Learned& learned = lesson.learned;
  if (learned.threads_needed > 0) {
    words.push_back("--threads=" + std::to_string(learned.threads_needed));
  }
  if (learned.thread_stack_bytes_needed > 0) {
    words.push_back("--thread-stack=" +
                    SizeArgument(learned.thread_stack_bytes_needed));
  }
  for (const int fd : options.passed_fds) {
    words.push_back("--pass-fd=" + std::to_string(fd));
  }
  for (const std::string& path : suggestion.paths.readable) {
    words.push_back("--ro=" + path);
  }
  for (const std::string& path : suggestion.paths.writable) {
    words.push_back("--rw=" + path);
  }
  words.push_back("--");
  words.insert(words.end(), options.command.begin(), options.command.end());
  return words;
}

std::string ShellCommand(const Lesson& lesson) {
  std::string line;
  for (const std::string& word : CommandOf(lesson)) {
    line += (line.empty() ? "" : " ") + ShellWord(word);
  }
  return line;
}

std::string PolicyFileText(const Lesson& lesson) {
  const Suggestion& suggestion = lesson.suggestion;
  std::string text =
      "# Learned from one run, without a jail; another input may need more:\n";
  std::string command;
  for (const std::string& word : lesson.options.command) {
    command += " " + ShellWord(word);
  }
  text += "#  " + Plain(command) + "\n# To be run with:\n#   " +
          Plain(ShellCommand(lesson)) + "\n";
  for (const Obstacle& obstacle : suggestion.obstacles) {
    text += "# No policy allows " + Plain(obstacle.what) + ".\n";
  }
  text += "inherit = \"" + suggestion.preset + "\"\n";
  if (suggestion.additions.empty()) return text;
  text += "allow = [\n";
  for (const Addition& addition : suggestion.additions) {
    text += "  \"" + addition.allowance + "\",  # " + Plain(addition.call) +
            "; " + addition.cost + "\n";
  }
  return text + "]\n";
}

}  // namespace cellblock
