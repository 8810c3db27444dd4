// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/outcome.h"

#include <nlohmann/json.hpp>

namespace cellblock {
namespace {

using Json = nlohmann::json;

std::optional<int> IntegerIfAny(const Json& json) {
  if (json.is_null()) return {};
  return json.get<int>();
}

std::string TextIfAny(const Json& json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

Outcome Read(const Json& report) {
  const Json& verdict = report.at("verdict");
  const Json& pool = report.at("pool");
  const Json& time = report.at("time");
  Outcome outcome = {
      .permanent = verdict.at("permanent").get<bool>(),
      .exit_code = verdict.at("exit_code").get<int>(),
      .program_exit_code = IntegerIfAny(verdict.at("program_exit_code")),
      .signal = IntegerIfAny(verdict.at("signal")),
      .reason = TextIfAny(verdict.at("reason")),
      .pool_bytes = pool.at("bytes").get<uint64_t>(),
      .pool_peak_bytes = pool.at("peak_bytes").get<uint64_t>(),
      .wall_us = time.at("wall_us").get<int64_t>(),
      .cpu_us = time.at("user_us").get<int64_t>() +
                time.at("system_us").get<int64_t>()};
  const Json& suggested = pool.at("suggested_bytes");
  if (!suggested.is_null()) {
    outcome.suggested_pool_bytes = suggested.get<uint64_t>();
  }
  const Json& violation = report.at("violation");
  if (!violation.is_null()) outcome.reason = TextIfAny(violation.at("text"));
  outcome.verdict_class =
      FindVerdictClass(verdict.at("class").get<std::string>()).value();
  return outcome;
}

}  // namespace

std::optional<VerdictClass> FindVerdictClass(const std::string& name) {
  for (const VerdictClass verdict_class : kAllVerdictClasses) {
    if (name == Name(verdict_class)) return verdict_class;
  }
  return {};
}

std::optional<Outcome> ReadOutcome(const std::string& report) {
  try {
    return Read(Json::parse(report));
  } catch (const std::exception&) {
    return {};  // cut off, since whoever wrote it was killed
  }
}

}  // namespace cellblock
