// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/outcome.h"

#include <nlohmann/json.hpp>

namespace cellblock {
namespace {

using Json = nlohmann::json;

}  // namespace

const char* Name(StartedBy started_by) {
  return started_by == StartedBy::kTemplate ? "template" : "exec";
}

Outcome OutcomeOf(const RunRecord& record) {
  const Verdict& verdict = record.verdict;
  const ProcessEnd& end = record.evidence.end;
  Outcome outcome = {
      .verdict_class = verdict.verdict_class,
      .permanent = verdict.permanent,
      .exit_code = verdict.exit_code,
      .reason = record.violation ? record.violation->text : record.reason,
      .pool_bytes = record.options.pool_bytes,
      .pool_peak_bytes = record.heap.peak_bytes,
      .suggested_pool_bytes = record.suggested_pool_bytes,
      .wall_us = record.times.wall,
      .cpu_us = record.times.user + record.times.system,
      .setup_fault = record.setup_fault};
  if (verdict.verdict_class != VerdictClass::kSetupFailed) {
    (end.signaled ? outcome.signal : outcome.program_exit_code) = end.code;
  }
  return outcome;
}

std::string OutcomeText(const Outcome& outcome) {
  // A number that is not there is none of the kernel's.
  return Json::array(
             {Name(outcome.verdict_class), outcome.permanent, outcome.exit_code,
              outcome.program_exit_code.value_or(-1),
              outcome.signal.value_or(-1), outcome.reason, outcome.pool_bytes,
              outcome.pool_peak_bytes, outcome.suggested_pool_bytes,
              outcome.wall_us, outcome.cpu_us,
              outcome.started_by == StartedBy::kTemplate,
              outcome.why_no_template, static_cast<int>(outcome.setup_fault)})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Outcome> ReadOutcome(const std::string& text) {
  const auto code = [](const Json& json) {
    const int value = json.get<int>();
    return value < 0 ? std::optional<int>() : value;
  };
  try {
    const Json json = Json::parse(text);
    return Outcome{
        .verdict_class =
            FindVerdictClass(json.at(0).get<std::string>()).value(),
        .permanent = json.at(1).get<bool>(),
        .exit_code = json.at(2).get<int>(),
        .program_exit_code = code(json.at(3)),
        .signal = code(json.at(4)),
        .reason = json.at(5).get<std::string>(),
        .pool_bytes = json.at(6).get<uint64_t>(),
        .pool_peak_bytes = json.at(7).get<uint64_t>(),
        .suggested_pool_bytes = json.at(8).get<uint64_t>(),
        .wall_us = json.at(9).get<int64_t>(),
        .cpu_us = json.at(10).get<int64_t>(),
        .started_by =
            json.at(11).get<bool>() ? StartedBy::kTemplate : StartedBy::kExec,
        .why_no_template = json.at(12).get<std::string>(),
        .setup_fault = static_cast<SetupFault>(json.at(13).get<int>())};
  } catch (const std::exception&) {
    return {};  // cut off, since whoever wrote it was killed
  }
}

std::optional<VerdictClass> FindVerdictClass(const std::string& name) {
  for (const VerdictClass verdict_class : kAllVerdictClasses) {
    if (name == Name(verdict_class)) return verdict_class;
  }
  return {};
}

}  // namespace cellblock
