// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <algorithm>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_text.h"
#include "tools/jailrun/jit_text.h"
#include "tools/jailrun/late_load_text.h"
#include "tools/jailrun/plan_text.h"
#include "tools/jailrun/readable_paths.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/refused_call_text.h"
#include "tools/jailrun/report_lines.h"
#include "tools/jailrun/reserve_text.h"
#include "tools/jailrun/script_text.h"
#include "tools/jailrun/syscall_name.h"
#include "tools/jailrun/thread_text.h"

namespace cellblock {
namespace {

const char* ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "an unknown errno";
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
           "to another process, or it is a link that leads out";
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
    lines->Add(
        "  note: " + SyscallName(call.number) + " was answered with " +
        ErrnoName(call.error) + " " + Times(call.count) +
        (call.path.empty() ? "" : ", first for " + ShellWord(call.path)) +
        OptionFor(call));
  }
}

void AddFigures(const RunRecord& record, ReportLines* lines) {
  const HeapStats& heap = record.heap;
  lines->Add(
      "pool: " + SizeArgument(record.options.pool_bytes) + ", peak " +
      ExactBytes(heap.peak_bytes) + ", in use at the end " +
      ExactBytes(heap.in_use_bytes) + ", " +
      (CountsAreWhole(record) ? "" : "at least ") +
      std::to_string(heap.allocations) + " allocations, " +
      std::to_string(heap.exhausted) + " refused" +
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

// A pipe that nobody reads any more, or a signal to jailrun: whoever did that
// knows.
bool EndedFromOutside(const RunRecord& record) {
  if (record.verdict.verdict_class != VerdictClass::kCrashed) return false;
  return record.ended_by_user || record.evidence.end.code == SIGPIPE;
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
  if (record.evidence.output_lost) return true;
  if (record.verdict.verdict_class == VerdictClass::kClean) return false;
  if (EndedFromOutside(record)) return false;
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
            ", " + ExitWords(record));
  return lines.Take();
}

std::string ErrorLine(const std::string& error) {
  ReportLines lines;
  lines.Add(error);
  return lines.Take();
}

}  // namespace cellblock
