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

// Returns the interpreter that the kernel would run for a script that begins
// with `head`, its first kShebangBytes or the whole of a shorter file. Follows
// load_script() of Linux's fs/binfmt_script.c: the name ends at a blank, a
// newline or a NUL, and must do so within the bytes looked at.
// Errors: none iff execve would fail with ENOEXEC: no `#!`, no name after it,
//   or one that may go on beyond the bytes looked at.
[[nodiscard]] std::optional<std::string> ShebangInterpreter(
    std::string_view head);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SHEBANG_H_
