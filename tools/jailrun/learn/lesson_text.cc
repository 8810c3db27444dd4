// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A lesson in words.

#include <signal.h>
#include <string.h>

#include "jail/policy_builder.h"
#include "jail/policy_text.h"
#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/learn/lesson.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_lines.h"

namespace cellblock {
namespace {

std::string EndOf(const Learned& learned) {
  const ProcessEnd& end = learned.end;
  if (!end.signaled) return "exited with " + std::to_string(end.code);
  return "was ended by signal " + std::to_string(end.code) + " (" +
         strsignal(end.code) + ")";
}

void AddPaths(const PathOptions& paths, ReportLines* lines) {
  for (const std::string& path : paths.readable) {
    lines->Add("needs --ro=" + ShellWord(path) + ": it reads there");
  }
  for (const std::string& path : paths.writable) {
    lines->Add("needs --rw=" + ShellWord(path) +
               ": it writes there; taken over, it could destroy what is there");
  }
  for (const SeenFile& file : paths.unplaced) {
    lines->Add(std::string(file.use == FileUse::kCreate ? "makes or removes "
                                                        : "lists ") +
               file.path +
               ": no option is suggested for a directory as wide as that; give "
               "the program one of its own");
  }
}

void AddThreads(const Learned& learned, ReportLines* lines) {
  if (learned.threads_needed > 0) {
    lines->Add("needs --threads=" + std::to_string(learned.threads_needed) +
               ": as many threads ran at a time");
  }
  if (learned.thread_stack_bytes_needed > 0) {
    lines->Add("needs --thread-stack=" +
               SizeArgument(learned.thread_stack_bytes_needed) +
               ": a thread asked for a stack as large");
  }
}

void AddMemory(const Lesson& lesson, ReportLines* lines) {
  const Learned& learned = lesson.learned;
  for (const std::string& library : learned.late_libraries) {
    lines->Add("loads after main began: " + library);
  }
  for (const std::string& word : lesson.loads) {
    lines->Add("needs --load=" + ShellWord(word) +
               ": no code is mapped after the lock, so it is loaded before");
  }
  if (learned.reserve_bytes_needed > 0) {
    lines->Add("needs --reserve=" + SizeArgument(learned.reserve_bytes_needed) +
               ": it reserves address space, of which it makes use in parts");
  }
  const std::string size = SizeArgument(lesson.pool_bytes);
  std::string pool =
      (lesson.heap.exhausted > 0
           ? "pool: this one ran out, so learn again with --pool=" + size
           : "pool: " + size + " is enough") +
      "; peak " + FormatBytes(lesson.heap.peak_bytes);
  if (learned.mappings.peak_bytes > 0) {
    pool += ", and " + FormatBytes(learned.mappings.peak_bytes) +
            " mapped beside it that a jail would take from it";
  }
  lines->Add(pool);
}

std::string VerificationText(const Lesson& lesson) {
  const Verification& verification = lesson.verification;
  if (verification.exit_code < 0) return "not verified: it cannot be started";
  const bool same = verification.exit_code == lesson.exit_code;
  const bool same_input = verification.same_input;
  return std::string(!same        ? "NOT verified"
                     : same_input ? "verified"
                                  : "not verified") +
         ": run so, " +
         (same_input ? ""
                     : "with an empty standard input, since it cannot be read "
                       "twice, ") +
         "it ended with exit code " + std::to_string(verification.exit_code) +
         (same ? ", as here"
               : ", and here with " + std::to_string(lesson.exit_code));
}

}  // namespace

std::string LessonText(const Lesson& lesson) {
  const Learned& learned = lesson.learned;
  const Suggestion& suggestion = lesson.suggestion;
  ReportLines lines;
  lines.Add(
      "learned from one run WITHOUT A JAIL, with this input; another may take "
      "other paths");
  lines.Add("the program " + EndOf(learned) + "; " +
            Counted(learned.calls_before, "call") + " before main, " +
            std::to_string(learned.calls_after) + " after");
  lines.Add("preset: " + suggestion.preset +
            (suggestion.additions.empty() ? ", nothing to be added" : ""));
  for (const Addition& addition : suggestion.additions) {
    const bool unsafe = addition.allowance.starts_with(kUnsafePrefix);
    lines.Add(std::string(unsafe ? "unsafe, but needed: " : "needs ") +
              "--allow=" + addition.allowance + ", for " + addition.call +
              ": " + addition.cost);
  }
  AddThreads(learned, &lines);
  AddPaths(suggestion.paths, &lines);
  for (const AnsweredCall& call : suggestion.answered) {
    lines.Add(
        (call.carried_out ? "would be answered with " : "answered with ") +
        ErrnoName(call.error) + ": " + call.what + ", " +
        Counted(call.count, "time") +
        (call.carried_out ? ", but was carried out here" : ", as in a jail"));
  }
  if (learned.mappings.executable > 0) {
    lines.Add(
        "nothing becomes executable in a jail; if the program has a JIT, is "
        "there an option of its own to run without?");
  }
  AddMemory(lesson, &lines);
  for (const Obstacle& obstacle : suggestion.obstacles) {
    lines.Add("no option allows " + obstacle.what + ": " + obstacle.reason);
  }
  if (learned.replaced) {
    lines.Add("it then became another program; learn from that one itself");
  }
  if (learned.end.signaled) {
    lines.Add(
        "it came to no end of its own, so there may be more to learn from a "
        "run that does");
  }
  if (!lesson.policy_file.empty()) {
    lines.Add("policy: written to " + lesson.policy_file);
  }
  lines.Add((suggestion.passes() ? "run it by: "
                                 : "as near as it gets, but it will not do all "
                                   "that it did: ") +
            ShellCommand(lesson));
  if (lesson.verification.done) lines.Add(VerificationText(lesson));
  return lines.Take();
}

}  // namespace cellblock
