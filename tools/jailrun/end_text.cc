// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/end_text.h"

#include <signal.h>
#include <string.h>

#include <cstdio>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_words.h"
#include "tools/jailrun/exit_map.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/scene_text.h"

namespace cellblock {
namespace {

// "socket(AF_INET, SOCK_STREAM, 0)", or with its registers as they were.
std::string CallText(const ViolationReport& violation) {
  if (violation.scene.arguments.empty()) return violation.text;
  std::string text = violation.name + "(";
  for (const std::string& argument : violation.scene.arguments) {
    if (text.back() != '(') text += ", ";
    text += argument;
  }
  return text + ")";
}

void AddBacktrace(const CallScene& scene, ReportLines* lines) {
  for (const std::string& line : BacktraceLines(scene)) lines->Add("  " + line);
}

void AddScene(const RunRecord& record, const CallScene& scene,
              ReportLines* lines) {
  if (scene.thread.id == 0) return;
  AddBacktrace(scene, lines);
  lines->Add("  after main began, in " + ThreadText(scene.thread) +
             "; pool in use " + FormatBytes(record.heap.in_use_bytes) +
             ", peak " + FormatBytes(record.heap.peak_bytes));
}

void AddViolation(const RunRecord& record, const ViolationReport& violation,
                  const std::string& what, ReportLines* lines) {
  lines->Add(what + ": " + CallText(violation));
  std::string reason = "  it " + violation.reason;
  if (violation.call.instruction != 0) {
    reason += " (called from " + HexText(violation.call.instruction) + ")";
  }
  lines->Add(reason);
  AddScene(record, violation.scene, lines);
  lines->Add("  " + violation.advice +
             (violation.cost.empty() ? "" : ": " + violation.cost));
}

// Who asked for it. Of too many refusals not each was seen.
void AddRefusal(const RunRecord& record, ReportLines* lines) {
  const RefusedAllocation& refused = record.refused_allocation;
  const Exhaustion& last = record.heap.last_exhaustion;
  if (refused.number == 0) {
    lines->Add("  who asked is not known: " + refused.scene.missing);
    return;
  }
  std::string text = "  asked by " + ThreadText(refused.scene.thread) +
                     ", refusal " + std::to_string(refused.number) + " of " +
                     std::to_string(record.heap.exhausted);
  if (refused.asked != last.asked || refused.alignment != last.alignment) {
    text += "; an earlier one, of " + ExactBytes(refused.asked) +
            ", alignment " + std::to_string(refused.alignment);
  }
  lines->Add(text);
  AddBacktrace(refused.scene, lines);
}

void AddExhaustion(const RunRecord& record, ReportLines* lines) {
  const Exhaustion& last = record.heap.last_exhaustion;
  lines->Add("the pool is exhausted: asked " + ExactBytes(last.asked) +
             ", alignment " + std::to_string(last.alignment));
  lines->Add("  in use " + ExactBytes(last.in_use) + ", peak " +
             ExactBytes(last.peak) + ", largest free " +
             ExactBytes(last.largest_free) + ", short by " +
             ExactBytes(last.short_by));
  AddRefusal(record, lines);
  lines->Add(record.suggested_pool_bytes != 0
                 ? "  as far as seen, --pool=" +
                       SizeArgument(record.suggested_pool_bytes) +
                       " would have been enough"
                 : std::string("  no pool is large enough for that"));
}

}  // namespace

std::string Milliseconds(int64_t microseconds) {
  char text[32];
  snprintf(text, sizeof(text), "%.2f ms",
           static_cast<double>(microseconds) / 1000);
  return text;
}

std::string ExitWords(const RunRecord& record) {
  const int code = record.verdict.exit_code;
  const int mapped = MapExit(record.options.exit_map, record.verdict);
  return "exit code " + std::to_string(mapped) +
         (mapped == code ? "" : " (to a shell " + std::to_string(code) + ")");
}

std::string Times(uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

void AddTolerated(const RunRecord& record, ReportLines* lines) {
  const bool carried_out = record.options.on_violation == OnViolation::kLog;
  const std::string what = carried_out ? "forbidden call, carried out "
                                       : "forbidden call, refused with EPERM ";
  for (const ToleratedViolation& tolerated : record.tolerated) {
    AddViolation(record, tolerated.report, what + Times(tolerated.count),
                 lines);
  }
  if (record.more_tolerated > 0) {
    lines->Add("forbidden calls from other places: " +
               std::to_string(record.more_tolerated));
  }
}

void AddEnd(const RunRecord& record, ReportLines* lines) {
  const ProcessEnd& end = record.evidence.end;
  switch (record.verdict.verdict_class) {
    case VerdictClass::kSetupFailed:
      lines->Add(record.reason);
      if (!record.advice.empty()) lines->Add("  " + record.advice);
      break;
    case VerdictClass::kViolation:
      if (record.violation) {
        AddViolation(record, *record.violation, "forbidden call", lines);
      }
      break;
    case VerdictClass::kExhausted:
      AddExhaustion(record, lines);
      lines->Add(
          end.signaled
              ? "  the program was then ended by signal " +
                    std::to_string(end.code) + " (" + strsignal(end.code) + ")"
              : "  the program then exited with " + std::to_string(end.code));
      break;
    case VerdictClass::kTimeout:
      if (record.verdict.by_cpu_limit) {
        lines->Add(record.reason + "; the program was ended after " +
                   Milliseconds(record.times.user + record.times.system) +
                   " of CPU time");
        lines->Add("  " + record.advice);
        break;
      }
      lines->Add("the time limit has passed; the program was killed after " +
                 Milliseconds(record.times.wall));
      break;
    case VerdictClass::kOutputLimit:
      lines->Add("the limit on output has passed: " +
                 ExactBytes(record.options.output_bytes.value_or(0)) +
                 " were passed on, and the program was killed");
      lines->Add("  --output-limit=SIZE allows more");
      break;
    case VerdictClass::kCrashed:
      lines->Add(EndWords(end) +
                 (end.code == SIGKILL
                      ? ": killed from outside, perhaps by the kernel's "
                        "memory limit"
                      : ""));
      if (!record.reason.empty()) lines->Add("  " + record.reason);
      if (!record.advice.empty()) lines->Add("  " + record.advice);
      break;
    case VerdictClass::kProgramError:
      if (record.evidence.output_lost) lines->Add(record.reason);
      break;
    case VerdictClass::kClean:
      break;
  }
}

}  // namespace cellblock
