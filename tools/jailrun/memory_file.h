// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_MEMORY_FILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_MEMORY_FILE_H_

#include <string_view>

#include "jail/unique_fd.h"

namespace cellblock {

// A file in memory that holds `bytes`, closed by execve. Errors: not ok() and
// errno.
UniqueFd FileOf(std::string_view bytes);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_MEMORY_FILE_H_
