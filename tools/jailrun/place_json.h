// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PLACE_JSON_H_
#define CELLBLOCK_TOOLS_JAILRUN_PLACE_JSON_H_

#include <nlohmann/json.hpp>

#include "tools/jailrun/code_place.h"

namespace cellblock {

// A place in the program's code, as all parts of the report tell it: what is
// not known is null.
nlohmann::ordered_json PlaceJson(const CodePlace& place);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PLACE_JSON_H_
