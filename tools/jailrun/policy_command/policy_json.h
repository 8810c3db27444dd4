// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_JSON_H_
#define CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_JSON_H_

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "jail/policy.h"
#include "tools/jailrun/policy_command/exposure.h"

namespace cellblock {

// What several of the commands print for machines. Numbers of 64 bits are
// hexadecimal text: many readers of JSON have 53.

using Json = nlohmann::ordered_json;

// {"conditions": [{"argument", "mask", "equals"}], "action", "errno", "reason"}
Json RowsJson(std::span<const Rule> rows);

// {"score", "word", "reachable_calls", "known_calls", "risks": [...]}
Json ExposureJson(const Exposure& exposure);

// One document, and the end of the line.
std::string Dump(const Json& json);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_POLICY_COMMAND_POLICY_JSON_H_
