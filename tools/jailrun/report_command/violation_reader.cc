// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/violation_reader.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace cellblock {
namespace {

CallingThread ReadThread(const JsonNode& json) {
  if (json.IsNull()) return {};
  return {.id = static_cast<uint32_t>(json.At("id").Number(UINT32_MAX)),
          .main = json.At("main").Flag(),
          .name = json.At("name").TextIfAny(),
          .foreign = json.At("foreign").Flag()};
}

std::vector<CodePlace> ReadBacktrace(const JsonNode& json) {
  std::vector<CodePlace> places;
  for (const JsonNode& item : json.Items()) {
    places.push_back({.address = item.At("address").Number(),
                      .module = item.At("module").TextIfAny(),
                      .offset = item.At("offset").NumberIfAny().value_or(0),
                      .function = item.At("function").TextIfAny(),
                      .file = item.At("file").TextIfAny(),
                      .line = static_cast<uint32_t>(
                          item.At("line").NumberIfAny(UINT32_MAX).value_or(0)),
                      .certain = item.At("certain").Flag()});
  }
  return places;
}

Violation ReadCall(const JsonNode& json) {
  Violation call;
  constexpr uint64_t kMost = UINT32_MAX;
  call.number =
      static_cast<uint32_t>(json.At("number").NumberIfAny(kMost).value_or(0));
  call.arch =
      static_cast<uint32_t>(json.At("arch").NumberIfAny(kMost).value_or(0));
  call.instruction = json.At("instruction").NumberIfAny().value_or(0);
  const std::vector<JsonNode> args = json.At("args").Items();
  for (size_t i = 0; i < std::min(args.size(), std::size(call.args)); ++i) {
    call.args[i] = args[i].Number();
  }
  return call;
}

}  // namespace

ViolationReport ReadViolation(const JsonNode& json) {
  return {.call = ReadCall(json),
          .name = json.At("syscall").TextIfAny(),
          .text = json.At("text").Text(),
          .reason = json.At("reason").Text(),
          .option = json.At("option").TextIfAny(),
          .advice = json.At("advice").Text(),
          .cost = json.At("cost").TextIfAny(),
          .scene = {.thread = ReadThread(json.At("thread")),
                    .arguments = json.At("arguments").Texts(),
                    .backtrace = ReadBacktrace(json.At("backtrace")),
                    .missing = json.At("missing").TextIfAny()}};
}

RefusedAllocation ReadRefusedAllocation(const JsonNode& exhaustion) {
  RefusedAllocation refused;
  const JsonNode refusal = exhaustion.At("refusal");
  if (!refusal.IsNull()) {
    refused.number = refusal.At("number").Number();
    refused.asked = refusal.At("asked_bytes").Number();
    refused.alignment = refusal.At("alignment_bytes").Number();
  }
  refused.scene = {.thread = ReadThread(exhaustion.At("thread")),
                   .arguments = {},
                   .backtrace = ReadBacktrace(exhaustion.At("backtrace")),
                   .missing = exhaustion.At("missing").TextIfAny()};
  return refused;
}

}  // namespace cellblock
