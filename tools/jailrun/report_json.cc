// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_json.h"

#include <string.h>

#include <nlohmann/json.hpp>

#include "jail/syscall_table.h"
#include "tools/jailrun/late_load_text.h"
#include "tools/jailrun/place_json.h"
#include "tools/jailrun/profile_json.h"

namespace cellblock {
namespace {

using Json = nlohmann::ordered_json;

Json VerdictJson(const RunRecord& record) {
  const Verdict& verdict = record.verdict;
  const ProcessEnd& end = record.evidence.end;
  const bool ended = verdict.verdict_class != VerdictClass::kSetupFailed &&
                     record.options.mode != Mode::kDryRun;
  Json json = {{"class", Name(verdict.verdict_class)},
               {"exit_code", verdict.exit_code},
               {"permanent", verdict.permanent},
               {"by_cpu_limit", verdict.by_cpu_limit},
               {"program_exit_code", nullptr},
               {"signal", nullptr},
               {"reason", nullptr},
               {"advice", nullptr}};
  if (ended && !end.signaled) json["program_exit_code"] = end.code;
  if (ended && end.signaled) json["signal"] = end.code;
  if (!record.reason.empty()) json["reason"] = record.reason;
  if (!record.advice.empty()) json["advice"] = record.advice;
  return json;
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json BacktraceJson(const CallScene& scene) {
  Json backtrace = Json::array();
  for (const CodePlace& place : scene.backtrace) {
    Json json = {{"address", place.address}};
    json.update(PlaceJson(place));
    json["certain"] = place.certain;
    backtrace.push_back(std::move(json));
  }
  return backtrace;
}

Json ThreadJson(const CallingThread& thread) {
  if (thread.id == 0) return nullptr;
  return {{"id", thread.id},
          {"main", thread.main},
          {"name", TextOrNull(thread.name)}};
}

// What the pool refused, and who asked for it. `refusal` is of the one that was
// seen, which can be an earlier one.
Json ExhaustionJson(const RunRecord& record) {
  const Exhaustion& last = record.heap.last_exhaustion;
  const RefusedAllocation& refused = record.refused_allocation;
  Json json = {{"asked_bytes", last.asked},
               {"alignment_bytes", last.alignment},
               {"in_use_bytes", last.in_use},
               {"peak_bytes", last.peak},
               {"largest_free_bytes", last.largest_free},
               {"short_by_bytes", last.short_by},
               {"refusal", nullptr},
               {"thread", ThreadJson(refused.scene.thread)},
               {"backtrace", BacktraceJson(refused.scene)},
               {"missing", TextOrNull(refused.scene.missing)}};
  if (refused.number != 0) {
    json["refusal"] = {{"number", refused.number},
                       {"asked_bytes", refused.asked},
                       {"alignment_bytes", refused.alignment}};
  }
  return json;
}

Json PoolJson(const RunRecord& record) {
  const HeapStats& heap = record.heap;
  Json json = {{"bytes", record.options.pool_bytes},
               {"default", record.options.pool_bytes == kDefaultPoolBytes},
               {"table_bytes", record.table_bytes},
               {"reserve_bytes", record.options.reserve_bytes},
               {"reserve_peak_bytes", record.reserve_peak_bytes},
               {"unit_bytes", heap.unit_bytes},
               {"peak_bytes", heap.peak_bytes},
               {"in_use_bytes", heap.in_use_bytes},
               {"high_water_bytes", heap.high_water_bytes},
               {"ever_bytes", heap.ever_bytes},
               {"allocations", heap.allocations},
               {"frees", heap.frees},
               {"failures", heap.exhausted},
               {"suggested_bytes", nullptr},
               {"exhaustion", nullptr}};
  if (record.suggested_pool_bytes != 0) {
    json["suggested_bytes"] = record.suggested_pool_bytes;
  }
  if (heap.exhausted > 0) json["exhaustion"] = ExhaustionJson(record);
  return json;
}

Json ViolationJson(const ViolationReport& violation) {
  Json json = {{"syscall", nullptr},
               {"number", nullptr},
               {"args", Json::array()},
               {"text", violation.text},
               {"arch", nullptr},
               {"instruction", nullptr},
               {"reason", violation.reason},
               {"option", nullptr},
               {"advice", violation.advice},
               {"cost", TextOrNull(violation.cost)},
               {"arguments", violation.scene.arguments},
               {"thread", ThreadJson(violation.scene.thread)}};
  const std::vector<CodePlace>& places = violation.scene.backtrace;
  json.update(PlaceJson(places.empty() ? CodePlace() : places[0]));
  json["backtrace"] = BacktraceJson(violation.scene);
  json["missing"] = TextOrNull(violation.scene.missing);
  if (!violation.option.empty()) json["option"] = violation.option;
  if (violation.name.empty()) return json;  // the filter killed: no details
  json["syscall"] = violation.name;
  json["number"] = violation.call.number;
  json["arch"] = violation.call.arch;
  json["instruction"] = violation.call.instruction;
  const SyscallInfo* info = FindSyscall(violation.call.number);
  const size_t count = info != nullptr ? info->arg_count : 6;
  for (size_t i = 0; i < count; ++i) {
    json["args"].push_back(violation.call.args[i]);
  }
  return json;
}

Json ToleratedJson(const RunRecord& record) {
  Json list = Json::array();
  for (const ToleratedViolation& tolerated : record.tolerated) {
    Json json = ViolationJson(tolerated.report);
    json["count"] = tolerated.count;
    list.push_back(std::move(json));
  }
  return list;
}

Json CallsJson(const RunRecord& record) {
  Json refused = Json::array();
  for (const RefusedCall& call : record.refused) {
    const SyscallInfo* info = FindSyscall(call.number);
    const char* name = strerrorname_np(call.error);
    Json json = {
        {"syscall", info != nullptr ? Json(info->name) : Json(nullptr)},
        {"number", call.number},
        {"errno", name != nullptr ? Json(name) : Json(call.error)},
        {"count", call.count}};
    if (!call.path.empty()) json["path"] = call.path;
    refused.push_back(std::move(json));
  }
  const RuntimeCounters& counters = record.counters;
  return {{"trapped", counters.trapped},
          {"kept_mappings", counters.kept_mappings},
          {"refused_mappings", counters.refused_mappings},
          {"executable_refused", counters.executable_refused},
          {"code_memory_refused", counters.code_memory_refused},
          {"refused_reservation_bytes", counters.refused_reservation},
          {"refused_threads", record.threads.refused},
          {"ignored_frees", counters.ignored_frees},
          {"refused_paths", record.refused_paths},
          {"first_refused_paths", record.first_refused_paths},
          {"refused", refused},
          {"on_violation", Name(record.options.on_violation)},
          {"tolerated", ToleratedJson(record)},
          {"more_tolerated", record.more_tolerated}};
}

Json LateLoadsJson(const RunRecord& record) {
  Json list = Json::array();
  for (const LateLoad& late : LateLoadsOf(record)) {
    list.push_back({{"path", late.path}, {"option", TextOrNull(late.option)}});
  }
  return list;
}

// What --load and --auto-load did.
Json LoadsJson(const RunRecord& record) {
  const LoadedLibraries& loaded = record.loaded;
  return {{"asked", record.options.loads},
          {"loaded", loaded.loaded},
          {"passed_over", loaded.passed_over},
          {"first_passed_over", TextOrNull(loaded.first_passed_over)},
          {"why_passed_over", TextOrNull(loaded.why_passed_over)},
          {"learning_runs", loaded.learning_runs},
          {"learned", loaded.learned},
          {"not_trusted", loaded.not_trusted},
          {"refused_after_the_lock", record.late_loads}};
}

// What the program counted of its threads; none was laid where nothing starts
// any.
Json ThreadsJson(const RunRecord& record) {
  const ThreadFigures& threads = record.threads;
  return {{"allowed", record.starts_threads
                          ? record.options.threads.value_or(kDefaultThreads)
                          : 0},
          {"stack_bytes", record.options.thread_stack_bytes},
          {"laid", threads.laid},
          {"laid_for_libc", record.libc_stacks},
          {"most_in_use", threads.most_in_use},
          {"refused", threads.refused},
          {"largest_refused_stack_bytes", threads.refused_bytes}};
}

Json PostureJson(const RunRecord& record) {
  Json json = {{"locked", record.evidence.locked},
               {"preset", record.options.preset},
               {"policy_file", record.options.policy_file},
               {"allowed", record.options.allowed},
               {"named_paths", record.named_paths},
               {"readable", record.options.readable},
               {"writable", record.options.writable},
               {"filter_instructions", record.filter_length}};
  for (const Layer& layer : record.posture) {
    json[layer.name] = {{"state", Name(layer.state)}, {"detail", layer.detail}};
  }
  return json;
}

const char* ModeName(const Options& options) {
  switch (options.mode) {
    case Mode::kJailed:
      return options.on_violation == OnViolation::kLog ? "DIAGNOSIS, NO JAIL"
                                                       : "jailed";
    case Mode::kUnjailed:
      return "NOT JAILED";
    case Mode::kLearning:
      return "learning";
    case Mode::kDryRun:
      return "dry run";
  }
  return "unknown";
}

}  // namespace

std::string JsonReport(const RunRecord& record) {
  const Json json = {
      {"jailrun", kVersion},
      {"mode", ModeName(record.options)},
      {"program", record.program},
      {"script", TextOrNull(record.script)},
      {"interpreters", record.interpreters},
      {"command", record.options.command},
      {"verdict", VerdictJson(record)},
      {"pool", PoolJson(record)},
      {"violation",
       record.violation ? ViolationJson(*record.violation) : Json(nullptr)},
      {"threads", ThreadsJson(record)},
      {"loads", LoadsJson(record)},
      {"late_loads", LateLoadsJson(record)},
      {"calls", CallsJson(record)},
      {"posture", PostureJson(record)},
      {"time",
       {{"wall_us", record.times.wall},
        {"setup_us", record.times.setup},
        {"user_us", record.times.user},
        {"system_us", record.times.system}}},
      {"memory", {{"peak_resident_bytes", record.peak_resident_bytes}}},
      {"profile", ProfileJson(record)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cellblock
