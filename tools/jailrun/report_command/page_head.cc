// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>
#include <vector>

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

// How it ended, in one sentence.
std::string EndSentence(const RunRecord& record) {
  std::string sentence;
  switch (record.verdict.verdict_class) {
    case VerdictClass::kViolation:
      sentence = "it was ended for a forbidden call";
      break;
    case VerdictClass::kTimeout:
      sentence = "its time was over after " + Milliseconds(record.times.wall);
      break;
    case VerdictClass::kOutputLimit:
      sentence = "it wrote more than it may";
      break;
    default:
      sentence =
          Ran(record) ? EndWords(record.evidence.end) : "nothing was run";
  }
  if (!record.reason.empty()) sentence += ": " + record.reason;
  if (!record.advice.empty()) sentence += "; " + record.advice;
  return sentence;
}

// `more` is HTML.
std::string Figure(const std::string& id, const std::string& name,
                   const std::string& value, const std::string& more) {
  return "<div><dt>" + name + "</dt><dd id=\"figure-" + id + "\">" + value +
         "<small>" + more + "</small></dd></div>\n";
}

std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "";
  const double percent =
      100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 1) return "less than 1 %";
  char text[32];
  snprintf(text, sizeof(text), "%.0f %%", percent < 100 ? percent : 100.0);
  return text;
}

std::string Figures(const RunRecord& record) {
  const HeapStats& heap = record.heap;
  const uint64_t pool = record.options.pool_bytes;
  std::string peak =
      Percent(heap.peak_bytes, pool) + " of " + SizeArgument(pool);
  if (record.suggested_pool_bytes != 0) {
    peak += "; enough: " +
            Code("--pool=" + SizeArgument(record.suggested_pool_bytes));
  }
  return "<dl class=\"figures\">\n" +
         Figure("peak", "peak of the pool", FormatBytes(heap.peak_bytes),
                peak) +
         Figure("allocations",
                CountsAreWhole(record) ? "allocations" : "allocations at least",
                Grouped(heap.allocations),
                Grouped(heap.frees) + " freed, " + Grouped(heap.exhausted) +
                    " refused") +
         Figure("end", "in use at the end", FormatBytes(heap.in_use_bytes),
                "blocks up to " + FormatBytes(heap.high_water_bytes)) +
         Figure("time", "time", Milliseconds(record.times.wall),
                Milliseconds(record.times.setup) + " until the lock, " +
                    Milliseconds(record.times.user + record.times.system) +
                    " of CPU") +
         Figure("resident", "peak of the process",
                FormatBytes(record.peak_resident_bytes), "resident memory") +
         "</dl>\n";
}

// A long one is folded.
std::string Command(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) {
    command += (command.empty() ? "" : " ") + ShellWord(word);
  }
  constexpr size_t kMostShown = 300;
  if (command.size() <= kMostShown) {
    return "<p class=\"command\">" + Code(command) + "</p>\n";
  }
  size_t end = kMostShown;
  while ((static_cast<unsigned char>(command[end]) & 0xc0) == 0x80) --end;
  return "<details class=\"command\"><summary>" + Code(command.substr(0, end)) +
         "&#8230; (" + FormatBytes(command.size()) + ")</summary>\n" +
         Code(command) + "</details>\n";
}

}  // namespace

std::string ProgramName(const RunRecord& record) {
  const std::vector<std::string>& command = record.options.command;
  const std::string& path =
      record.program.empty() && !command.empty() ? command[0] : record.program;
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "no program" : name;
}

std::string Section(const std::string& id, const std::string& title,
                    const std::string& content) {
  return "<section id=\"" + id + "\"><h2>" + title + "</h2>\n" + content +
         "</section>\n";
}

std::string HeadSection(const RunRecord& record) {
  const Verdict& verdict = record.verdict;
  const std::string mode = ModeName(record.options);
  std::string html =
      "<header><div class=\"top\"><h1>" + Html(ProgramName(record)) +
      "</h1>\n<span id=\"verdict\" class=\"badge " +
      Tone(verdict.verdict_class) + "\">" +
      Html(Words(Name(verdict.verdict_class))) +
      "</span>\n<span class=\"soft\">" + Html(ExitWords(record)) + "</span>\n";
  if (mode != "jailed") {
    html += "<span class=\"badge warn\">" + Html(mode) + "</span>\n";
  }
  html += "</div>\n" + Command(record.options.command) +
          "<p class=\"soft\" id=\"end\">" + Html(EndSentence(record)) +
          "</p></header>\n";
  return Ran(record) ? html + Figures(record) : html;
}

}  // namespace cellblock
