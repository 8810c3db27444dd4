// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_SHEBANG_H_
#define CELLBLOCK_TOOLS_JAILRUN_SHEBANG_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cellblock {

// How much of a file the kernel looks at for `#!` (BINPRM_BUF_SIZE).
inline constexpr size_t kShebangBytes = 256;

// The first line of a script.
struct Shebang {
  std::string interpreter;
  std::optional<std::string> argument;  // one, whatever blanks are in it

  friend bool operator==(const Shebang&, const Shebang&) = default;
};

// Returns what the kernel makes of a script that begins with `head`, its first
// kShebangBytes or the whole of a shorter file. Follows load_script() of
// Linux's fs/binfmt_script.c: the name ends at a blank, a newline or a NUL, and
// must do so within the bytes looked at; the rest of the line, without the
// blanks around it and as far as it was looked at, is one argument.
// Errors: none iff execve would fail with ENOEXEC: no `#!`, no name after it,
//   or one that may go on beyond the bytes looked at.
[[nodiscard]] std::optional<Shebang> ParseShebang(std::string_view head);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SHEBANG_H_
