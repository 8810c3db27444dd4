// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_TEMPLATE_WORDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_TEMPLATE_WORDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tools/jailrun/preparation.h"

namespace cellblock {

// The command that a template is started with: what differs between its runs
// has a token in its place, which nothing else can have, and is as long as it
// can become, since the runs' own words go into the same place.
//
// A template whose memory holds the token elsewhere has made something of its
// arguments, and cannot stand for other runs.
class TemplateWords {
 public:
  // `token` is a name that stands for an input.
  TemplateWords(std::vector<std::string> command, std::string token,
                size_t longest_input);

  // Random, of letters and digits.
  static std::string MakeToken();

  const std::vector<std::string>& command() const { return command_; }
  const std::string& token() const { return token_; }

  // From the first that has the token to the last word.
  size_t count() const { return count_; }

  // Of those words, with their NULs, whatever input they are for.
  size_t most_bytes() const;

  // With an interpreter's own words in front.
  std::vector<std::string> ArgumentsIn(const Preparation& prepared) const {
    return prepared.ArgumentsFor(command_);
  }

 private:
  std::vector<std::string> command_;
  std::string token_;
  size_t count_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_TEMPLATE_TEMPLATE_WORDS_H_
