// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_FACTS_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_FACTS_H_

#include <string>
#include <string_view>

namespace cellblock {

// The first 64 KiB of a file, without the last line end. Errors: empty.
std::string ReadText(const std::string& path);

// What stands behind "NAME:" and blanks in a text such as /proc/PID/status.
// Errors: empty.
std::string Field(std::string_view text, std::string_view name);

// The word in brackets: "always [madvise] never" gives "madvise". Errors:
// empty.
std::string Chosen(std::string_view text);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_FACTS_H_
