// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_MATCHING_FILES_H_
#define CELLBLOCK_TOOLS_JAILRUN_MATCHING_FILES_H_

#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

// True iff `pattern` has one of "*?[" in it.
bool IsGlob(std::string_view pattern);

// The paths that `pattern` matches, sorted, as glob(3) finds them: "*", "?" and
// "[...]" do not match a slash, nor a dot at the beginning of a name. In the
// place of glob(3), which would have a static program look up users.
//
// Errors: a directory that cannot be read matches nothing.
// Syscalls: for each directory in which names are compared openat, getdents64
//   and close; a faccessat for each path that is composed.
std::vector<std::string> MatchingFiles(std::string_view pattern);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_MATCHING_FILES_H_
