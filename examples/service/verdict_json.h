// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_VERDICT_JSON_H_
#define CELLBLOCK_EXAMPLES_SERVICE_VERDICT_JSON_H_

#include "examples/service/json.h"
#include "examples/service/protocol.h"

namespace examples::service {

// What client and log are told alike of a decode. `reply` is sound.
void AddVerdict(const LaneReply& reply, JsonObject* json);

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_VERDICT_JSON_H_
