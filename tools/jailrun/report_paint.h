// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_PAINT_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_PAINT_H_

#include <string>

namespace cellblock {

// True iff `fd` is a terminal that can show colours and whose user wants them:
// NO_COLOR is not set, or is empty, and TERM is not "dumb".
// Syscalls: ioctl.
[[nodiscard]] bool WantsColour(int fd);

// The lines of TextReport() with colours for a terminal: the verdict by what it
// is, what ended the program, and what to do about it. Without the colours it
// is the same text.
std::string Painted(const std::string& report);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_PAINT_H_
