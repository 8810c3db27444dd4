// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_TOML_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_TOML_H_

#include <string>

#include "jail/policy.h"

namespace cellblock {

// Writes `policy`, which was built on `preset`, as a policy file: PolicyFile
// reads it and makes a policy that decides every call in the same way.
//
// Errors: text that says why it cannot be written; empty iff `text` is it. Only
//   a policy for a template cannot: no file can inherit from that preset.
// Threads: any. Syscalls: none but those of memory.
[[nodiscard]] std::string ExportToml(const Policy& policy, const Policy& preset,
                                     std::string* text);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_EXPORT_TOML_H_
