// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_WRITE_ALL_H_
#define CELLBLOCK_TOOLS_JAILRUN_WRITE_ALL_H_

#include <string_view>

namespace cellblock {

// Writes all of `text`, waiting for a reader.
// Errors: errno, of write(2); the rest is then not written. Reports ignore it:
// they change no verdict.
int WriteAll(int fd, std::string_view text);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_WRITE_ALL_H_
