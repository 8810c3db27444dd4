// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_JSON_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_JSON_H_

#include <nlohmann/json.hpp>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// "profile" of the report: null without --profile.
nlohmann::ordered_json ProfileJson(const RunRecord& record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_JSON_H_
