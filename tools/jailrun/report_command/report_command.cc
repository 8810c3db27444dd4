// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/report_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "jail/exit_code.h"
#include "tools/jailrun/answer.h"
#include "tools/jailrun/report_command/page_file.h"
#include "tools/jailrun/report_command/report_page.h"
#include "tools/jailrun/report_command/report_words.h"
#include "tools/jailrun/report_command/run_diff.h"
#include "tools/jailrun/report_command/stored_report.h"
#include "tools/jailrun/report_paint.h"
#include "tools/jailrun/report_text.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {
namespace {

// As diff(1) has them; there is no program here whose own they could be.
constexpr int kSame = 0;
constexpr int kDifferent = 1;

int Fail(const std::string& error) {
  WriteAll(STDERR_FILENO, ErrorLine(error));
  return static_cast<int>(ExitCode::kSetupFailed);
}

// Under whatever names.
bool AreOneFile(const std::string& in, const std::string& out) {
  struct stat from = {};
  struct stat to = {};
  const int found =
      in == "-" ? fstat(STDIN_FILENO, &from) : stat(in.c_str(), &from);
  return found == 0 && stat(out.c_str(), &to) == 0 && S_ISREG(to.st_mode) &&
         from.st_dev == to.st_dev && from.st_ino == to.st_ino;
}

int PrintPage(const ReportWords& words, const StoredReport& stored) {
  const std::string page = ReportPage(stored);
  if (words.page_file.empty()) return Answer(page, 0);
  if (AreOneFile(words.file, words.page_file)) {
    return Fail("--html=" + words.page_file + ": that is the report itself");
  }
  PageFile file;
  std::string error = file.Open(words.page_file);
  if (error.empty()) error = file.Write(page);
  return error.empty() ? 0 : Fail(error);
}

bool IsNamed(int argc, char** argv, std::string_view name) {
  return argc > 1 && argv[1] == name;
}

}  // namespace

bool IsReportCommand(int argc, char** argv) {
  return IsNamed(argc, argv, "report");
}

int RunReportCommand(int argc, char** argv) {
  const ParsedReportWords parsed = ParseReportWords({argv + 2, argv + argc});
  if (!parsed.output.empty()) return Answer(parsed.output, 0);
  if (!parsed.error.empty()) return Fail(parsed.error);
  const ReportWords& words = parsed.words;
  StoredReport stored;
  const std::string error = LoadReport(words.file, words.line, &stored);
  if (!error.empty()) return Fail(error);
  if (words.page) return PrintPage(words, stored);
  const std::string text = TextReport(stored.record);
  return Answer(WantsColour(STDOUT_FILENO) ? Painted(text) : text, 0);
}

bool IsDiffCommand(int argc, char** argv) {
  return IsNamed(argc, argv, "diff");
}

int RunDiffCommand(int argc, char** argv) {
  const ParsedDiffWords parsed = ParseDiffWords({argv + 2, argv + argc});
  if (!parsed.output.empty()) return Answer(parsed.output, 0);
  if (!parsed.error.empty()) return Fail(parsed.error);
  StoredReport a;
  StoredReport b;
  std::string error = LoadReport(parsed.words.files[0], {}, &a);
  if (error.empty()) error = LoadReport(parsed.words.files[1], {}, &b);
  if (!error.empty()) return Fail(error);
  const RunDiff diff = CompareRuns(a, b);
  return Answer(parsed.words.json ? JsonOf(diff) : TextOf(diff),
                diff.differ ? kDifferent : kSame);
}

}  // namespace cellblock
