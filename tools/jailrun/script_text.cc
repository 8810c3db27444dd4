// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/script_text.h"

#include "tools/jailrun/refusal.h"

namespace cellblock {

std::string ScriptText(const RunRecord& record) {
  if (record.script.empty() || record.interpreters.empty()) return {};
  return Quoted(record.script) + " is a script, and " +
         Quoted(record.interpreters.back()) + " runs it";
}

}  // namespace cellblock
