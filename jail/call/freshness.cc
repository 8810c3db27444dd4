// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/freshness.h"

namespace cellblock {

const char* Name(Freshness freshness) {
  switch (freshness) {
    case Freshness::kReuse:
      return "kReuse";
    case Freshness::kHeapReset:
      return "kHeapReset";
    case Freshness::kForkPerCall:
      return "kForkPerCall";
    case Freshness::kNewProcess:
      return "kNewProcess";
  }
  return "unknown";
}

}  // namespace cellblock
