// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/report_reader.h"

#include <string.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tools/jailrun/report_command/violation_reader.h"
#include "tools/jailrun/report_json.h"

namespace cellblock {
namespace {

// Sums of them fit whatever is added up: 31 years.
constexpr uint64_t kMostMicroseconds = 1'000'000'000'000'000;

int64_t Time(const JsonNode& json) {
  return static_cast<int64_t>(json.Number(kMostMicroseconds));
}

void ReadMode(const JsonNode& report, Options* options) {
  constexpr OnViolation kOnViolation[] = {
      OnViolation::kKill, OnViolation::kErrno, OnViolation::kLog};
  options->on_violation =
      report.At("calls").At("on_violation").One(kOnViolation, [](auto each) {
        return Name(each);
      });
  constexpr Mode kModes[] = {Mode::kJailed, Mode::kUnjailed, Mode::kDryRun,
                             Mode::kLearning};
  options->mode = report.At("mode").One(kModes, [options](Mode mode) {
    Options of_mode;
    of_mode.mode = mode;
    of_mode.on_violation = options->on_violation;
    return ModeName(of_mode);
  });
}

void ReadVerdict(const JsonNode& json, RunRecord* record) {
  constexpr uint64_t kMostCode = 255;
  Verdict& verdict = record->verdict;
  verdict.verdict_class = json.At("class").One(
      kAllVerdictClasses, [](VerdictClass each) { return Name(each); });
  verdict.exit_code = static_cast<int>(json.At("exit_code").Number(kMostCode));
  verdict.permanent = json.At("permanent").Flag();
  verdict.by_cpu_limit = json.At("by_cpu_limit").Flag();
  record->evidence.output_lost = json.At("output_lost").Flag();
  const auto code = json.At("program_exit_code").NumberIfAny(kMostCode);
  const auto signal = json.At("signal").NumberIfAny(kMostCode);
  record->evidence.end = {
      .signaled = signal.has_value(),
      .code = static_cast<int>(signal.value_or(code.value_or(0)))};
  record->reason = json.At("reason").TextIfAny();
  record->advice = json.At("advice").TextIfAny();
}

void ReadPool(const JsonNode& json, RunRecord* record) {
  HeapStats& heap = record->heap;
  record->options.pool_bytes = json.At("bytes").Number();
  record->table_bytes = json.At("table_bytes").Number();
  record->options.reserve_bytes = json.At("reserve_bytes").Number();
  record->reserve_peak_bytes = json.At("reserve_peak_bytes").Number();
  heap.pool_bytes = record->options.pool_bytes;
  heap.unit_bytes = json.At("unit_bytes").Number();
  heap.peak_bytes = json.At("peak_bytes").Number();
  heap.in_use_bytes = json.At("in_use_bytes").Number();
  heap.high_water_bytes = json.At("high_water_bytes").Number();
  heap.ever_bytes = json.At("ever_bytes").Number();
  heap.allocations = json.At("allocations").Number();
  heap.frees = json.At("frees").Number();
  heap.exhausted = json.At("failures").Number();
  record->suggested_pool_bytes =
      json.At("suggested_bytes").NumberIfAny().value_or(0);
  const JsonNode exhaustion = json.At("exhaustion");
  if (exhaustion.IsNull()) return;
  heap.last_exhaustion = {
      .asked = exhaustion.At("asked_bytes").Number(),
      .alignment = exhaustion.At("alignment_bytes").Number(),
      .in_use = exhaustion.At("in_use_bytes").Number(),
      .peak = exhaustion.At("peak_bytes").Number(),
      .largest_free = exhaustion.At("largest_free_bytes").Number(),
      .short_by = exhaustion.At("short_by_bytes").Number()};
  record->refused_allocation = ReadRefusedAllocation(exhaustion);
}

void ReadThreads(const JsonNode& json, RunRecord* record) {
  const auto asked = json.At("asked").NumberIfAny(kMostThreads);
  if (asked) record->options.threads = static_cast<uint32_t>(*asked);
  const JsonNode starter = json.At("starter");
  if (!starter.IsNull()) record->thread_starter = starter.Text();
  record->starts_threads = json.At("allowed").Number(kMostThreads) > 0;
  record->options.thread_stack_bytes = json.At("stack_bytes").Number();
  record->libc_stacks = json.At("laid_for_libc").Number();
  ThreadFigures& threads = record->threads;
  threads.laid = json.At("laid").Number();
  threads.most_in_use = json.At("most_in_use").Number();
  threads.refused = json.At("refused").Number();
  threads.refused_bytes = json.At("largest_refused_stack_bytes").Number();
}

void ReadLoads(const JsonNode& report, RunRecord* record) {
  const JsonNode json = report.At("loads");
  LoadedLibraries& loaded = record->loaded;
  record->options.loads = json.At("asked").Texts();
  loaded.loaded = json.At("loaded").Number();
  loaded.passed_over = json.At("passed_over").Number();
  loaded.first_passed_over = json.At("first_passed_over").TextIfAny();
  loaded.why_passed_over = json.At("why_passed_over").TextIfAny();
  loaded.learning_runs =
      static_cast<uint32_t>(json.At("learning_runs").Number(UINT32_MAX));
  loaded.learned = json.At("learned").Texts();
  loaded.not_trusted = json.At("not_trusted").Texts();
  record->late_loads = json.At("refused_after_the_lock").Number();
  record->late_load_options.emplace();
  for (const JsonNode& item : report.At("late_loads").Items()) {
    record->first_late_loads.push_back(item.At("path").Text());
    record->late_load_options->push_back(item.At("option").TextIfAny());
  }
}

int ReadErrno(const JsonNode& json) {
  constexpr int kMostErrno = 4095;
  if (!json.IsText()) return static_cast<int>(json.Number(kMostErrno));
  const std::string name = json.Text();
  for (int error = 1; error <= kMostErrno; ++error) {
    const char* const known = strerrorname_np(error);
    if (known != nullptr && name == known) return error;
  }
  json.Fail("there is no such errno");
  return 0;
}

void ReadCalls(const JsonNode& json, RunRecord* record) {
  RuntimeCounters& counters = record->counters;
  counters.trapped = json.At("trapped").Number();
  counters.kept_mappings = json.At("kept_mappings").Number();
  counters.refused_mappings = json.At("refused_mappings").Number();
  counters.executable_refused = json.At("executable_refused").Number();
  counters.code_memory_refused = json.At("code_memory_refused").Number();
  counters.refused_reservation = json.At("refused_reservation_bytes").Number();
  counters.ignored_frees = json.At("ignored_frees").Number();
  record->refused_paths = json.At("refused_paths").Number();
  record->first_refused_paths = json.At("first_refused_paths").Texts();
  for (const JsonNode& item : json.At("refused").Items()) {
    RefusedCall call = {
        .number = static_cast<uint32_t>(item.At("number").Number(UINT32_MAX)),
        .error = ReadErrno(item.At("errno")),
        .count = item.At("count").Number()};
    call.path = item.At("path").TextIfAny();
    record->refused.push_back(std::move(call));
  }
  for (const JsonNode& item : json.At("tolerated").Items()) {
    record->tolerated.push_back(
        {ReadViolation(item), item.At("count").Number()});
  }
  record->more_tolerated = json.At("more_tolerated").Number();
}

void ReadPosture(const JsonNode& json, RunRecord* record) {
  constexpr LayerState kStates[] = {LayerState::kEnforced,
                                    LayerState::kUnsupported, LayerState::kOff};
  Options& options = record->options;
  record->evidence.locked = json.At("locked").Flag();
  options.preset = json.At("preset").Text();
  options.policy_file = json.At("policy_file").Text();
  options.allowed = json.At("allowed").Texts();
  record->named_paths = json.At("named_paths").Texts();
  options.readable = json.At("readable").Texts();
  options.writable = json.At("writable").Texts();
  record->filter_length = json.At("filter_instructions").Number();
  for (const auto& [name, layer] : json.Members()) {
    if (!layer.IsObject()) continue;
    record->posture.push_back(
        {name,
         layer.At("state").One(kStates,
                               [](LayerState each) { return Name(each); }),
         layer.At("detail").Text()});
  }
}

void ReadLimits(const JsonNode& json, Options* options) {
  using std::chrono::microseconds;
  if (const auto time = json.At("timeout_us").NumberIfAny(kMostMicroseconds)) {
    options->timeout = microseconds(*time);
  }
  if (const auto time = json.At("cpu_us").NumberIfAny(kMostMicroseconds)) {
    options->cpu_time =
        std::chrono::duration_cast<std::chrono::seconds>(microseconds(*time));
  }
  options->output_bytes = json.At("output_bytes").NumberIfAny();
  options->file_bytes = json.At("file_bytes").NumberIfAny();
  options->stack_bytes = json.At("stack_bytes").NumberIfAny();
}

}  // namespace

RunRecord ReadReport(const JsonNode& report) {
  RunRecord record;
  record.options.report = ReportWhen::kAlways;
  report.At("jailrun").Text();
  ReadMode(report, &record.options);
  record.program = report.At("program").Text();
  record.script = report.At("script").TextIfAny();
  record.interpreters = report.At("interpreters").Texts();
  record.options.command = report.At("command").Texts();
  ReadVerdict(report.At("verdict"), &record);
  ReadPool(report.At("pool"), &record);
  if (const JsonNode json = report.At("violation"); !json.IsNull()) {
    record.violation = ReadViolation(json);
  }
  ReadThreads(report.At("threads"), &record);
  ReadLoads(report, &record);
  ReadCalls(report.At("calls"), &record);
  ReadLimits(report.At("limits"), &record.options);
  ReadPosture(report.At("posture"), &record);
  const JsonNode time = report.At("time");
  record.times = {.wall = Time(time.At("wall_us")),
                  .setup = Time(time.At("setup_us")),
                  .user = Time(time.At("user_us")),
                  .system = Time(time.At("system_us"))};
  record.peak_resident_bytes =
      report.At("memory").At("peak_resident_bytes").Number();
  return record;
}

}  // namespace cellblock
