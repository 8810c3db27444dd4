// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_TEXT_FILE_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_TEXT_FILE_H_

#include <string>

namespace cellblock {

// Reads the policy file at `path` into `text`.
// Errors: as text that names the file; empty iff there is none.
[[nodiscard]] std::string ReadPolicyText(const std::string& path,
                                         std::string* text);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_TEXT_FILE_H_
