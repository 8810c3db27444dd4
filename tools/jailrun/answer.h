// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ANSWER_H_
#define CELLBLOCK_TOOLS_JAILRUN_ANSWER_H_

#include <string>
#include <string_view>

namespace cellblock {

// What a reader closes early it has seen enough of: that is no error, here and
// below, and no SIGPIPE comes from then on.

// Writes what a command was asked for to standard output. Returns `exit_code`,
// or 125 with a line on standard error where it could not be written.
[[nodiscard]] int Answer(std::string_view text, int exit_code);

// Writes a report that was asked for beside what the run itself says; nothing
// iff `fd` is negative. That it could not be written is a line on standard
// error, and changes no exit code.
void WriteJsonReport(int fd, std::string_view json);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ANSWER_H_
