// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/report_words.h"

#include <charconv>
#include <string_view>

namespace cellblock {
namespace {

constexpr char kReportHelp[] =
    R"(Usage: jailrun report [--line=N] [--html[=OUT]] FILE

Shows a report that was written to FILE by --json-fd; "-" is standard input. Of a
file with a report on each line it takes the last.

  --line=N       the report on line N
  --html[=OUT]   as a page for a browser, to OUT or to standard output; else as
                 the text that --report=always prints, in colour on a terminal
                 unless NO_COLOR is set

Exit codes: 0; 125 an error.
A program of the name "report" is run by: jailrun -- report
)";

constexpr char kDiffHelp[] =
    R"(Usage: jailrun diff [--json] A B

Compares two runs by their reports in JSON, each the last line of its file: the
verdict, the pool, the calls, the posture. Time and memory of the whole process
differ between any two runs: they are shown and make no difference.

  --json   one JSON document

Exit codes: 0 the same; 1 they differ; 125 an error.
A program of the name "diff" is run by: jailrun -- diff
)";

constexpr ReportFlagHelp kReportFlags[] = {
    {"--line", "N", "the report on line N of the file [the last]"},
    {"--html", "OUT", "as a page for a browser, to OUT or standard output"}};
constexpr ReportFlagHelp kDiffFlags[] = {{"--json", "", "one JSON document"}};

bool IsHelp(std::string_view word) { return word == "--help" || word == "-h"; }

bool IsOption(std::string_view word) {
  return word.starts_with('-') && word != "-";
}

class ReportParser {
 public:
  ParsedReportWords Parse(const std::vector<std::string>& words) {
    bool options = true;
    for (const std::string& word : words) {
      if (options && IsHelp(word)) return {.output = kReportHelp};
      if (options && word == "--") {
        options = false;
      } else if (options && IsOption(word)) {
        TakeOption(word);
      } else if (parsed_.words.file.empty()) {
        parsed_.words.file = word;
      } else {
        Fail("one argument too many, '" + word + "'");
      }
    }
    if (parsed_.words.file.empty()) Fail("name the file of a report");
    return parsed_;
  }

 private:
  void Fail(const std::string& what) {
    if (!parsed_.error.empty()) return;
    parsed_.error = "report: " + what + "; see jailrun report --help";
  }

  void TakeOption(std::string_view word) {
    if (word == "--html") {
      parsed_.words.page = true;
    } else if (word.starts_with("--html=")) {
      parsed_.words.page = true;
      parsed_.words.page_file = word.substr(7);
      if (parsed_.words.page_file.empty()) Fail("--html: the value is empty");
    } else if (word.starts_with("--line=")) {
      TakeLine(word.substr(7));
    } else {
      Fail("there is no option '" + std::string(word) + "'");
    }
  }

  void TakeLine(std::string_view value) {
    uint64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, code] = std::from_chars(value.data(), end, number);
    if (code != std::errc() || rest != end || number == 0) {
      return Fail("--line=" + std::string(value) + ": use a number from 1");
    }
    parsed_.words.line = number;
  }

  ParsedReportWords parsed_;
};

}  // namespace

ParsedReportWords ParseReportWords(const std::vector<std::string>& words) {
  return ReportParser().Parse(words);
}

ParsedDiffWords ParseDiffWords(const std::vector<std::string>& words) {
  ParsedDiffWords parsed;
  bool options = true;
  for (const std::string& word : words) {
    if (options && IsHelp(word)) return {.output = kDiffHelp};
    if (options && word == "--") {
      options = false;
    } else if (options && word == "--json") {
      parsed.words.json = true;
    } else if (options && IsOption(word)) {
      parsed.error = "diff: there is no option '" + word + "'";
    } else {
      parsed.words.files.push_back(word);
    }
  }
  if (parsed.error.empty() && parsed.words.files.size() != 2) {
    parsed.error = "diff: name the files of two reports";
  }
  if (!parsed.error.empty()) parsed.error += "; see jailrun diff --help";
  return parsed;
}

std::span<const ReportFlagHelp> ReportFlags() { return kReportFlags; }

std::span<const ReportFlagHelp> DiffFlags() { return kDiffFlags; }

}  // namespace cellblock
