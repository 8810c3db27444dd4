// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <cstdio>

#include "jail/syscall_table.h"
#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/jit_text.h"
#include "tools/jailrun/late_load_text.h"
#include "tools/jailrun/plan_text.h"
#include "tools/jailrun/readable_paths.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/refused_call_text.h"
#include "tools/jailrun/report_lines.h"
#include "tools/jailrun/reserve_text.h"
#include "tools/jailrun/scene_text.h"
#include "tools/jailrun/script_text.h"
#include "tools/jailrun/thread_text.h"

namespace cellblock {
namespace {

const char* ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "an unknown errno";
}

std::string Milliseconds(int64_t microseconds) {
  char text[32];
  snprintf(text, sizeof(text), "%.2f ms",
           static_cast<double>(microseconds) / 1000);
  return text;
}

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

// A run that says nothing of being none would be taken for a jailed one.
void AddDiagnosis(const RunRecord& record, ReportLines* lines) {
  const Options& options = record.options;
  if (options.mode != Mode::kJailed ||
      options.on_violation != OnViolation::kLog) {
    return;
  }
  lines->Add(
      "DIAGNOSIS, NO JAIL: under --on-violation=log forbidden calls are named "
      "and carried out");
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
      lines->Add("the program was ended by signal " + std::to_string(end.code) +
                 " (" + strsignal(end.code) + ")" +
                 (end.code == SIGKILL
                      ? ": killed from outside, perhaps by the kernel's "
                        "memory limit"
                      : ""));
      if (!record.reason.empty()) lines->Add("  " + record.reason);
      if (!record.advice.empty()) lines->Add("  " + record.advice);
      break;
    case VerdictClass::kClean:
    case VerdictClass::kProgramError:
      break;
  }
}

bool Covers(const std::vector<std::string>& grants, const std::string& path) {
  return std::any_of(grants.begin(), grants.end(), [&](std::string grant) {
    while (grant.size() > 1 && grant.back() == '/') grant.pop_back();
    return IsWithin(path, grant);
  });
}

// What would let a refused path be opened, by the path's words alone. No option
// lifts what a file's mode forbids, or that no other process is looked into.
std::string OptionFor(const RunRecord& record, const std::string& path) {
  const Options& options = record.options;
  const std::string word = ShellWord(path);
  const bool written = Covers(options.writable, path);
  const bool read = written || Covers(options.readable, path) ||
                    Covers(record.named_paths, path);
  if (read && (written || options.writable.empty())) {
    return ", though an option covers it: its mode forbids it, or it belongs "
           "to "
           "another process, or it is a link that leads out";
  }
  if (read) return "; to let it be written, add --rw=" + word;
  return "; to let it be read, add --ro=" + word +
         (options.writable.empty() ? "" : ", or written: --rw=" + word);
}

// Executable mappings of files.
uint64_t LateMappings(const RunRecord& record) {
  const RuntimeCounters& counters = record.counters;
  return counters.executable_refused -
         std::min(counters.code_memory_refused, counters.executable_refused);
}

void AddHints(const RunRecord& record, ReportLines* lines) {
  if (const std::string script = ScriptText(record); !script.empty()) {
    lines->Add("  note: " + script);
  }
  if (const std::string jit = JitText(record); !jit.empty()) {
    lines->Add("  note: " + jit);
  }
  const std::vector<std::string> late_loads = LateLoadLines(record);
  for (const std::string& line : late_loads) lines->Add(line);
  if (const uint64_t late = LateMappings(record);
      late > 0 && late_loads.empty()) {
    lines->Add("  note: something was to be loaded after the lock (" +
               std::to_string(late) + " executable mappings refused)");
  }
  if (record.counters.refused_reservation > 0) {
    lines->Add("  note: " + RefusedReservationText(record));
  }
  if (record.threads.refused > 0) {
    lines->Add("  note: " + RefusedThreadsText(record));
  }
  for (const std::string& path : record.first_refused_paths) {
    lines->Add("  note: opening " + ShellWord(path) + " was refused" +
               OptionFor(record, path));
  }
  if (record.first_refused_paths.size() == RefusedPaths::kMostShown &&
      record.refused_paths > RefusedPaths::kMostShown) {
    lines->Add("  note: and more; opening was refused " +
               std::to_string(record.refused_paths) + " times in all");
  }
  for (const RefusedCall& call : record.refused) {
    const SyscallInfo* info = FindSyscall(call.number);
    lines->Add(
        std::string("  note: ") +
        (info != nullptr ? info->name
                         : "syscall_" + std::to_string(call.number)) +
        " was answered with " + ErrnoName(call.error) + " " +
        Times(call.count) +
        (call.path.empty() ? "" : ", first for " + ShellWord(call.path)) +
        OptionFor(call));
  }
}

void AddFigures(const RunRecord& record, ReportLines* lines) {
  const HeapStats& heap = record.heap;
  lines->Add(
      "pool: " + SizeArgument(record.options.pool_bytes) + ", peak " +
      ExactBytes(heap.peak_bytes) + ", in use at the end " +
      ExactBytes(heap.in_use_bytes) + ", " + std::to_string(heap.allocations) +
      " allocations, " + std::to_string(heap.exhausted) + " refused" +
      (record.suggested_pool_bytes != 0
           ? "; enough: --pool=" + SizeArgument(record.suggested_pool_bytes)
           : std::string()));
  if (record.options.reserve_bytes > 0) lines->Add(ReserveText(record));
  lines->Add("calls: " + std::to_string(record.counters.trapped) +
             " memory calls trapped and answered from the pool");
  lines->Add(ThreadsText(record));
  if (const std::string loaded = LoadedText(record); !loaded.empty()) {
    lines->Add(loaded);
  }
  AddHints(record, lines);
  for (const Layer& layer : record.posture) {
    lines->Add(std::string("posture: ") + layer.name + " " + Name(layer.state) +
               " - " + layer.detail);
  }
  lines->Add("time: " + Milliseconds(record.times.wall) + " in all, " +
             Milliseconds(record.times.setup) + " until the lock, " +
             Milliseconds(record.times.user) + " user, " +
             Milliseconds(record.times.system) + " system; peak resident " +
             FormatBytes(record.peak_resident_bytes));
}

// A refusal that may be why the program failed, and that an option lifts.
bool HasHint(const RunRecord& record) {
  if (LateMappings(record) > 0) return true;
  if (record.late_loads > 0) return true;
  if (MayHaveFailedForJit(record)) return true;
  if (record.counters.refused_reservation > 0) return true;
  if (record.threads.refused > 0) return true;
  if (record.refused_paths > 0) return true;
  return std::any_of(record.refused.begin(), record.refused.end(),
                     MayExplainFailure);
}

bool Wanted(const RunRecord& record) {
  if (record.verdict.verdict_class == VerdictClass::kSetupFailed) return true;
  switch (record.options.report) {
    case ReportWhen::kAlways:
      return true;
    case ReportWhen::kNever:
      return false;
    case ReportWhen::kAuto:
      break;
  }
  if (record.options.mode != Mode::kJailed) return true;
  if (record.options.on_violation == OnViolation::kLog) return true;
  if (!record.tolerated.empty()) return true;
  if (record.verdict.verdict_class == VerdictClass::kClean) return false;
  return record.verdict.verdict_class != VerdictClass::kProgramError ||
         HasHint(record);
}

}  // namespace

std::string TextReport(const RunRecord& record) {
  ReportLines lines;
  if (record.options.report != ReportWhen::kNever) {
    for (const std::string& line : LearnedLines(record)) lines.Add(line);
  }
  if (!Wanted(record)) return lines.Take();
  if (record.options.mode == Mode::kDryRun &&
      record.verdict.verdict_class == VerdictClass::kClean) {
    AddPlan(record, &lines);
    return lines.Take();
  }
  if (record.options.mode == Mode::kUnjailed) {
    lines.Add("NOT JAILED: the program ran on the pool without any lock");
  }
  AddDiagnosis(record, &lines);
  AddTolerated(record, &lines);
  AddEnd(record, &lines);
  const bool ran = record.verdict.verdict_class != VerdictClass::kSetupFailed;
  if (ran && record.options.report == ReportWhen::kAlways) {
    AddFigures(record, &lines);
  } else if (ran) {
    AddHints(record, &lines);
  }
  lines.Add(std::string("verdict: ") + Name(record.verdict.verdict_class) +
            ", exit code " + std::to_string(record.verdict.exit_code));
  return lines.Take();
}

std::string ErrorLine(const std::string& error) {
  ReportLines lines;
  lines.Add(error);
  return lines.Take();
}

}  // namespace cellblock
