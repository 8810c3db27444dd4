// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_WRITE_ALL_H_
#define CELLBLOCK_TOOLS_JAILRUN_WRITE_ALL_H_

#include <string_view>

namespace cellblock {

// Writes all of `text`, waiting for room. Gives up silently where nobody reads
// or there is no room on a disk: it is for reports, which change no verdict.
void WriteAll(int fd, std::string_view text);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_WRITE_ALL_H_
