// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/exit_map.h"

namespace cellblock {

EngineCode EngineCodeFor(VerdictClass verdict_class, bool permanent) {
  switch (verdict_class) {
    case VerdictClass::kClean:
      return EngineCode::kOk;
    case VerdictClass::kSetupFailed:
      return permanent ? EngineCode::kConfiguration : EngineCode::kRetry;
    default:
      return permanent ? EngineCode::kPoison : EngineCode::kRetry;
  }
}

int MapExit(ExitMap map, const Verdict& verdict) {
  if (map == ExitMap::kShell) return verdict.exit_code;
  return static_cast<int>(
      EngineCodeFor(verdict.verdict_class, verdict.permanent));
}

}  // namespace cellblock
