// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <string>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_text.h"
#include "tools/jailrun/end_words.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_command/html_text.h"
#include "tools/jailrun/report_command/page_sections.h"
#include "tools/jailrun/report_json.h"

namespace cellblock {
namespace {

const char* Tone(VerdictClass verdict_class) {
  switch (verdict_class) {
    case VerdictClass::kClean:
      return "good";
    case VerdictClass::kViolation:
    case VerdictClass::kCrashed:
    case VerdictClass::kSetupFailed:
      return "bad";
    default:
      return "warn";
  }
}

std::string Words(const char* name) {
  std::string words = name;
  for (char& c : words) {
    if (c == '_') c = ' ';
  }
  return words;
}

// How it ended, in one sentence.
std::string EndSentence(const RunRecord& record) {
  const bool ran = record.verdict.verdict_class != VerdictClass::kSetupFailed &&
                   record.options.mode != Mode::kDryRun;
  std::string sentence =
      ran ? EndWords(record.evidence.end) : "nothing was run";
  if (!record.reason.empty()) sentence += ": " + record.reason;
  if (!record.advice.empty()) sentence += "; " + record.advice;
  return sentence;
}

std::string Figure(const std::string& name, const std::string& value,
                   const std::string& more) {
  return "<div><dt>" + Html(name) + "</dt><dd id=\"figure-" + Html(name) +
         "\">" + value +
         (more.empty() ? "" : "<small>" + Html(more) + "</small>") +
         "</dd></div>\n";
}

std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "";
  const double percent =
      100 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 1 ? "less than 1 %"
                     : std::to_string(static_cast<int>(percent + 0.5)) + " %";
}

std::string Figures(const RunRecord& record) {
  const HeapStats& heap = record.heap;
  const uint64_t pool = record.options.pool_bytes;
  std::string enough;
  if (record.suggested_pool_bytes != 0) {
    enough = "enough: --pool=" + SizeArgument(record.suggested_pool_bytes);
  }
  return "<dl class=\"figures\">\n" +
         Figure("peak", FormatBytes(heap.peak_bytes),
                Percent(heap.peak_bytes, pool) + " of the pool of " +
                    SizeArgument(pool)) +
         Figure("allocations", Grouped(heap.allocations),
                std::to_string(heap.frees) + " freed, " +
                    std::to_string(heap.exhausted) + " refused") +
         Figure("end", FormatBytes(heap.in_use_bytes),
                enough.empty() ? "in use at the end" : "in use; " + enough) +
         Figure("time", Milliseconds(record.times.wall),
                Milliseconds(record.times.setup) + " until the lock, " +
                    Milliseconds(record.times.user + record.times.system) +
                    " of CPU") +
         Figure("resident", FormatBytes(record.peak_resident_bytes),
                "the whole process, at its peak") +
         "</dl>\n";
}

}  // namespace

std::string Section(const std::string& id, const std::string& title,
                    const std::string& content) {
  return "<section id=\"" + id + "\"><h2>" + title + "</h2>\n" + content +
         "</section>\n";
}

std::string HeadSection(const RunRecord& record) {
  const Verdict& verdict = record.verdict;
  std::string command;
  for (const std::string& word : record.options.command) {
    command += (command.empty() ? "" : " ") + ShellWord(word);
  }
  const std::string& path = record.program;
  const std::string mode = ModeName(record.options);
  std::string html = "<header><div class=\"top\"><h1>" +
                     Html(path.substr(path.rfind('/') + 1)) +
                     "</h1>\n<span id=\"verdict\" class=\"badge " +
                     Tone(verdict.verdict_class) + "\">" +
                     Html(Words(Name(verdict.verdict_class))) +
                     "</span>\n<span class=\"soft\">exit code " +
                     std::to_string(verdict.exit_code) + "</span>\n";
  if (mode != "jailed") {
    html += "<span class=\"badge warn\">" + Html(mode) + "</span>\n";
  }
  html += "</div>\n<p class=\"command\">" + Code(command) + "</p>\n" +
          "<p class=\"soft\" id=\"end\">" + Html(EndSentence(record)) +
          "</p></header>\n";
  const bool ran = verdict.verdict_class != VerdictClass::kSetupFailed &&
                   record.options.mode != Mode::kDryRun;
  return ran ? html + Figures(record) : html;
}

}  // namespace cellblock
