// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_COMMAND_TEMPLATE_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_COMMAND_TEMPLATE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

// `text` with what stands for an input replaced, as GNU parallel names it:
//   {}    the input            a/picture.tar.gz
//   {.}   without its suffix   a/picture.tar
//   {/}   its last part        picture.tar.gz
//   {/.}  both                 picture.tar
[[nodiscard]] std::string FillIn(std::string_view text,
                                 const std::string& input);

// Where the first of them stands; npos: there is none.
[[nodiscard]] size_t FirstPlaceholder(std::string_view text);

// Whether FillIn would replace anything.
[[nodiscard]] bool HasPlaceholder(std::string_view text);

// A command for many inputs, such as "djpeg -scale 1/8 {}". Words are divided
// at blanks; single quotes, double quotes and backslashes keep them together as
// in a shell, which is not asked: nothing else is special. Without a
// placeholder the input is the last word.
class CommandTemplate {
 public:
  // Fails iff a quote has no end, a backslash stands last, there is no word, or
  // the program's name has a placeholder; `error` says which.
  static std::optional<CommandTemplate> Parse(std::string_view text,
                                              std::string* error);

  // The words for one input. One that begins with "-" gets "./" in front where
  // a word begins with it: no name of a file becomes an option.
  [[nodiscard]] std::vector<std::string> For(const std::string& input) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_COMMAND_TEMPLATE_H_
