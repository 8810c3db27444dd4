// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/verdict_json.h"

namespace examples::service {

void AddVerdict(const LaneReply& reply, JsonObject* json) {
  json->Add("verdict", Name(reply.verdict)).Add("micros", reply.micros);
  if (reply.format[0] != 0) json->Add("format", reply.format);
  if (reply.verdict == Verdict::kClean) {
    json->Add("width", reply.width).Add("height", reply.height);
  }
  if (reply.worker > 0) {
    json->Add("worker", static_cast<uint64_t>(reply.worker));
  }
  json->Add("attempts", reply.attempts);
  if (reply.peak > 0) json->Add("worker_pool_peak", reply.peak);
  if (reply.asked > 0) {
    json->Add("asked", reply.asked).Add("short_by", reply.short_by);
  }
  if (reply.words[0] != 0) json->Add("words", reply.words);
}

}  // namespace examples::service
