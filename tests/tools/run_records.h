// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_RUN_RECORDS_H_
#define CELLBLOCK_TESTS_TOOLS_RUN_RECORDS_H_

// Runs that the tests of the reports tell of.

#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "jail/verdict.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

inline constexpr uint64_t kMiB = 1 << 20;

// Numbers on x86-64.
inline constexpr uint32_t kOpenat = 257;
inline constexpr uint32_t kSocket = 41;
inline constexpr uint32_t kNoSuchCall = 9999;

// A locked run that ended like that, judged as jailrun does.
inline RunRecord Ended(ProcessEnd end, uint64_t failed_allocations = 0) {
  RunRecord record;
  record.options.command = {"prog", "-x", "file"};
  record.program = "/usr/bin/prog";
  record.evidence.locked = true;
  record.evidence.end = end;
  record.evidence.failed_allocations = failed_allocations;
  record.verdict = Judge(record.evidence);
  record.heap.pool_bytes = record.options.pool_bytes;
  record.heap.unit_bytes = 32;
  record.heap.in_use_bytes = 32;
  record.heap.peak_bytes = kMiB;
  record.heap.high_water_bytes = kMiB + 32;
  record.heap.ever_bytes = 3 * kMiB;
  record.heap.allocations = 100;
  record.heap.frees = 99;
  record.heap.exhausted = failed_allocations;
  record.suggested_pool_bytes = 2 * kMiB;
  record.table_bytes = 64 * kMiB;
  record.filter_length = 205;
  record.counters.trapped = 17;
  record.times = {.wall = 12345, .setup = 1500, .user = 10000, .system = 2000};
  record.peak_resident_bytes = 3 * kMiB;
  return record;
}

inline RunRecord Exited(int code) {
  return Ended({.signaled = false, .code = code});
}
inline RunRecord Signaled(int signal) {
  return Ended({.signaled = true, .code = signal});
}

inline RunRecord Exhausted(ProcessEnd end) {
  RunRecord record = Ended(end, 3);
  record.heap.last_exhaustion = {.asked = 1536 * kMiB,
                                 .alignment = 16,
                                 .in_use = kMiB,
                                 .peak = 2 * kMiB,
                                 .largest_free = 100 * kMiB,
                                 .short_by = 1436 * kMiB};
  record.refused_allocation = {
      .number = 3,
      .asked = 1536 * kMiB,
      .alignment = 16,
      .scene = {.thread = {.id = 12, .main = true, .name = "prog"},
                .backtrace = {{.address = 0x456123,
                               .module = "/usr/bin/prog",
                               .offset = 0x123,
                               .function = "Grow()",
                               .file = "src/grow.cc",
                               .line = 7}}}};
  return record;
}

// Nobody was told when it happened.
inline RunRecord ExhaustedUnseen() {
  RunRecord record = Exhausted({.signaled = false, .code = 1});
  record.refused_allocation = {};
  record.refused_allocation.scene.missing = "nobody looked";
  return record;
}

inline RunRecord Violated() {
  RunRecord record = Signaled(SIGKILL);
  record.evidence.violated = true;
  record.verdict = Judge(record.evidence);
  ViolationReport& violation = record.violation.emplace();
  violation.call.number = kSocket;
  violation.call.arch = 0xc000003e;
  violation.call.instruction = 0x7f0123456789;
  constexpr uint64_t kArgs[] = {2, 1, 0, 4, 5, 6};
  std::copy(std::begin(kArgs), std::end(kArgs), violation.call.args);
  violation.name = "socket";
  violation.text = "socket(2, 1, 0)";
  violation.reason = "opens a channel to other processes or hosts";
  violation.option = "--allow=socket";
  violation.advice = "if the program may do that, add --allow=socket";
  return record;
}

// A violation whose scene could be looked at.
inline RunRecord Seen() {
  RunRecord record = Violated();
  ViolationReport& violation = *record.violation;
  violation.cost = "it can send whatever it read to any host";
  CallScene& scene = violation.scene;
  scene.thread = {.id = 42, .main = false, .name = "worker"};
  scene.arguments = {"AF_INET", "SOCK_STREAM", "0"};
  scene.backtrace = {{.address = violation.call.instruction,
                      .module = "/usr/lib/libc.so.6",
                      .offset = 0x789,
                      .function = "socket"},
                     {.address = 0x55,
                      .module = "/usr/bin/prog",
                      .offset = 0x123,
                      .function = "Fetch()",
                      .file = "src/fetch.cc",
                      .line = 12,
                      .certain = false}};
  scene.missing = "the rest";
  return record;
}

inline RunRecord KilledByFilter() {
  RunRecord record = Signaled(SIGSYS);
  ViolationReport& violation = record.violation.emplace();
  violation.text = "a call through another ABI";
  violation.reason = "is killed by the filter at once";
  violation.advice = "no option allows it";
  return record;
}

inline RunRecord TimedOut() {
  RunRecord record = Signaled(SIGKILL);
  record.evidence.timed_out = true;
  record.verdict = Judge(record.evidence);
  return record;
}

inline RunRecord WroteTooMuch() {
  RunRecord record = Signaled(SIGKILL);
  record.options.output_bytes = kMiB;
  record.evidence.wrote_too_much = true;
  record.verdict = Judge(record.evidence);
  return record;
}

inline RunRecord NotSetUp() {
  RunRecord record;
  record.options.command = {"prog"};
  record.reason = "'prog' is statically linked";
  record.advice = "link it dynamically";
  return record;
}

inline RunRecord DryRun() {
  RunRecord record;
  record.options.mode = Mode::kDryRun;
  record.options.command = {"prog"};
  record.program = "/usr/bin/prog";
  record.filter_length = 205;
  record.verdict = {
      .verdict_class = VerdictClass::kClean, .exit_code = 0, .permanent = true};
  return record;
}

inline std::vector<RunRecord> OneOfEachClass() {
  return {
      Exited(0),  Exited(3),  Exhausted({.signaled = true, .code = SIGABRT}),
      Violated(), TimedOut(), Signaled(SIGSEGV),
      NotSetUp(), Seen(),     WroteTooMuch()};
}

inline RunRecord WithTexts(RunRecord record, const std::string& text) {
  record.options.command = {text, text};
  record.options.preset = text;
  record.options.allowed = {text};
  record.options.writable = {text, text};
  record.program = text;
  record.script = text;
  record.interpreters = {text};
  record.reason = text;
  record.advice = text;
  record.posture = {{"seccomp", LayerState::kOff, text}};
  CallScene* const refused = &record.refused_allocation.scene;
  refused->thread.name = text;
  for (CodePlace& place : refused->backtrace) {
    place.module = place.function = place.file = text;
  }
  refused->missing = text;
  if (record.violation) {
    record.violation->text = text;
    record.violation->reason = text;
    record.violation->advice = text;
    record.violation->cost = text;
    CallScene& scene = record.violation->scene;
    scene.thread.name = text;
    for (std::string& argument : scene.arguments) argument = text;
    for (CodePlace& place : scene.backtrace) {
      place.module = text;
      place.function = text;
      place.file = text;
    }
    scene.missing = text;
  }
  return record;
}

// The jailed process writes the figures.
inline RunRecord WithHostileFigures(RunRecord record, uint64_t value) {
  record.heap = {.pool_bytes = value,
                 .unit_bytes = value,
                 .in_use_bytes = value,
                 .peak_bytes = value,
                 .high_water_bytes = value,
                 .ever_bytes = value,
                 .allocations = value,
                 .frees = value,
                 .exhausted = value,
                 .last_exhaustion = {.asked = value,
                                     .alignment = value,
                                     .in_use = value,
                                     .peak = value,
                                     .largest_free = value,
                                     .short_by = value}};
  record.refused_allocation.number = value;
  record.refused_allocation.asked = value;
  record.refused_allocation.alignment = value;
  record.counters = {.trapped = value,
                     .kept_mappings = value,
                     .refused_mappings = value,
                     .executable_refused = value,
                     .ignored_frees = value};
  record.threads = {.laid = value,
                    .most_in_use = value,
                    .refused = value,
                    .refused_bytes = value,
                    .most_asked_bytes = value};
  record.refused = {{UINT32_MAX, EPERM, value}, {0x40000000, ENOSYS, value}};
  return record;
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_RUN_RECORDS_H_
