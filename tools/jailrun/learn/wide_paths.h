// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_WIDE_PATHS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_WIDE_PATHS_H_

#include <string>

namespace cellblock {

// For paths from the root on, without links in them.

// True iff `path` is `directory` or lies below it.
bool IsWithin(const std::string& path, const std::string& directory);

// True for directories that no option should name on a program's word: /,
// /proc, /sys, /dev, the user's home and what is above it.
// Syscalls: those that resolve HOME.
bool IsTooWide(const std::string& path);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_WIDE_PATHS_H_
