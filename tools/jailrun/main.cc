// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// jailrun: runs an unmodified program on a fixed pool, locked before its main.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "jail/exit_code.h"
#include "tools/jailrun/answer.h"
#include "tools/jailrun/auto_load.h"
#include "tools/jailrun/batch/batch.h"
#include "tools/jailrun/doctor/doctor.h"
#include "tools/jailrun/exit_map.h"
#include "tools/jailrun/learn/learn.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/policy_command/policy_command.h"
#include "tools/jailrun/report_command/page_file.h"
#include "tools/jailrun/report_command/report_command.h"
#include "tools/jailrun/report_command/report_page.h"
#include "tools/jailrun/report_json.h"
#include "tools/jailrun/report_paint.h"
#include "tools/jailrun/report_text.h"
#include "tools/jailrun/run.h"
#include "tools/jailrun/write_all.h"

namespace {

using cellblock::WriteAll;

// Descriptors 0 to 2 may be closed. What jailrun opens must not land there:
// the program would take it for its standard streams.
void OccupyStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR | O_CLOEXEC);
  }
}

// One line for people; the JSON report too, as far as the options said where.
int RefuseOptions(const cellblock::ParsedOptions& parsed) {
  WriteAll(STDERR_FILENO, cellblock::ErrorLine(parsed.error));
  cellblock::RunRecord record;
  record.options = parsed.options;
  record.reason = parsed.error;
  record.verdict.permanent = true;
  cellblock::WriteJsonReport(parsed.options.json_fd,
                             cellblock::JsonReport(record));
  return cellblock::MapExit(parsed.options.exit_map, record.verdict);
}

// In words, in JSON, and as a page. A report that nobody reads must not change
// the exit code.
void WriteReports(const cellblock::RunRecord& record,
                  cellblock::PageFile* page) {
  const cellblock::Options& options = record.options;
  signal(SIGPIPE, SIG_IGN);
  const std::string text = cellblock::TextReport(record);
  if (!text.empty()) {
    WriteAll(STDERR_FILENO, cellblock::WantsColour(STDERR_FILENO)
                                ? cellblock::Painted(text)
                                : text);
  }
  if (options.json_fd < 0 && options.page_file.empty()) return;
  const std::string json = cellblock::JsonReport(record);
  cellblock::WriteJsonReport(options.json_fd, json);
  if (options.page_file.empty()) return;
  const std::string error =
      page->Write(cellblock::ReportPage(json, options.exit_map));
  if (!error.empty()) WriteAll(STDERR_FILENO, cellblock::ErrorLine(error));
}

int RunDoctor(int argc, char** argv) {
  // What is closed must not be taken by a descriptor of a check.
  OccupyStandardDescriptors();
  std::string output;
  std::string error;
  const int exit_code = cellblock::Doctor(argc, argv, &output, &error);
  const int code = cellblock::Answer(output, exit_code);
  if (!error.empty()) WriteAll(STDERR_FILENO, cellblock::ErrorLine(error));
  return code;
}

int AnswerAboutPolicies(int argc, char** argv) {
  const cellblock::PolicyOutcome outcome =
      cellblock::RunPolicyCommand(argc, argv);
  const int code = cellblock::Answer(outcome.output, outcome.exit_code);
  for (const std::string& error : outcome.errors) {
    WriteAll(STDERR_FILENO, cellblock::ErrorLine(error));
  }
  return code;
}

int LearnFrom(int argc, char** argv) {
  OccupyStandardDescriptors();
  const cellblock::LearnOutcome outcome = cellblock::Learn(argc, argv);
  const int code = cellblock::Answer(outcome.output, outcome.exit_code);
  WriteAll(STDERR_FILENO, outcome.report);
  cellblock::WriteJsonReport(outcome.json_fd, outcome.json);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (cellblock::IsDoctor(argc, argv)) return RunDoctor(argc, argv);
  if (cellblock::IsPolicyCommand(argc, argv)) {
    return AnswerAboutPolicies(argc, argv);
  }
  if (cellblock::IsLearn(argc, argv)) return LearnFrom(argc, argv);
  if (cellblock::IsReportCommand(argc, argv)) {
    return cellblock::RunReportCommand(argc, argv);
  }
  if (cellblock::IsDiffCommand(argc, argv)) {
    return cellblock::RunDiffCommand(argc, argv);
  }
  if (cellblock::IsBatch(argc, argv)) {
    OccupyStandardDescriptors();
    return cellblock::Batch(argc, argv);
  }
  cellblock::ParsedOptions parsed =
      cellblock::ParseOptions(argc, argv, environ);
  if (!parsed.output.empty()) return cellblock::Answer(parsed.output, 0);
  if (!parsed.error.empty()) return RefuseOptions(parsed);
  OccupyStandardDescriptors();
  cellblock::PageFile page;
  if (!parsed.options.page_file.empty()) {
    parsed.error =
        parsed.origins.WithOrigin(page.Open(parsed.options.page_file));
    if (!parsed.error.empty()) return RefuseOptions(parsed);
  }
  const bool learns =
      parsed.options.late_loading == cellblock::LateLoading::kLearned;
  cellblock::RunRecord record =
      learns ? cellblock::RunWithLearnedLoads(parsed.options)
             : cellblock::Run(parsed.options);
  if (record.verdict.verdict_class == cellblock::VerdictClass::kSetupFailed) {
    record.reason = parsed.origins.WithOrigin(record.reason);
  }
  WriteReports(record, &page);
  // The program has ended and everything is written: nothing to tidy up.
  _exit(cellblock::MapExit(parsed.options.exit_map, record.verdict));
}
