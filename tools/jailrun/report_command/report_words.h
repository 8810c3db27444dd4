// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_WORDS_H_
#define CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_WORDS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cellblock {

// What the command line of `jailrun report` asks for.
struct ReportWords {
  std::string file;              // "-": standard input
  std::optional<uint64_t> line;  // none: the last
  bool page = false;             // of HTML, else text
  std::string page_file;         // where it goes; empty: standard output
};

struct ParsedReportWords {
  ReportWords words = {};
  std::string error = {};   // one line; empty iff the words can be used
  std::string output = {};  // of --help; then nothing is to be done
};

// `words`: what follows "jailrun report".
// Errors: as `error` says, naming the word and what is accepted.
ParsedReportWords ParseReportWords(const std::vector<std::string>& words);

// What the command line of `jailrun diff` asks for.
struct DiffWords {
  std::vector<std::string> files;  // two
  bool json = false;
};

struct ParsedDiffWords {
  DiffWords words = {};
  std::string error = {};
  std::string output = {};
};

// `words`: what follows "jailrun diff". Errors: as above.
ParsedDiffWords ParseDiffWords(const std::vector<std::string>& words);

// The options of both, for the manual page and completions.
struct ReportFlagHelp {
  const char* name;   // "--html"
  const char* value;  // empty: it takes none
  const char* help;
};

std::span<const ReportFlagHelp> ReportFlags();
std::span<const ReportFlagHelp> DiffFlags();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REPORT_COMMAND_REPORT_WORDS_H_
