// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/docs/manual_page.h"

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "tools/docs/commands.h"
#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/learn/learn_words.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/report_command/report_words.h"

namespace cellblock {
namespace {

struct ExitStatus {
  const char* code;
  const char* meaning;
};

constexpr ExitStatus kExitStatuses[] = {
    {"the program's", "it ended by itself"},
    {"1",
     "of batch, that an input did not end well; of diff, policy diff, policy "
     "check and doctor, that there is a difference or a finding"},
    {"123", "the pool was exhausted, and the program gave up"},
    {"124", "a limit on time or on output has passed"},
    {"125", "wrong options, or a program that cannot be confined; nothing ran"},
    {"126", "the program cannot be executed"},
    {"127", "there is no such program"},
    {"128+n", "the program was ended by signal n"},
    {"159", "a forbidden call"},
};

// For roff: no word is a request, and what looks like a minus is one.
std::string Roff(std::string_view text) {
  std::string safe;
  if (text.starts_with('.') || text.starts_with('\'')) safe = "\\&";
  for (const char c : text) {
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += c;
    }
  }
  return safe;
}

void PrintOption(const std::string& name, const std::string& value,
                 const char* help) {
  printf(".TP\n.B %s", Roff(name).c_str());
  if (!value.empty()) printf("\\fR=\\fI%s\\fR", Roff(value).c_str());
  printf("\n%s\n", Roff(help).c_str());
}

void PrintOptions() {
  const char* title = "";
  for (const Flag& flag : AllFlags()) {
    if (title != std::string_view(Title(flag.group))) {
      title = Title(flag.group);
      printf(".SS %s\n", title);
    }
    PrintOption(std::string("--") + flag.name, flag.value, flag.help);
  }
  printf(".SH OPTIONS OF BATCH\n");
  for (const BatchFlagHelp& flag : AllBatchFlags()) {
    PrintOption(flag.name, flag.value, flag.help);
  }
  printf(".SH OPTIONS OF LEARN\n");
  for (const LearnFlagHelp& flag : LearnFlags()) {
    PrintOption(flag.name, flag.value, flag.help);
  }
  printf(".PP\nAnd of those of a run:");
  for (const std::string_view flag : LearnRunFlags()) {
    printf(" \\-\\-%s", Roff(flag).c_str());
  }
  printf(".\n.SH OPTIONS OF REPORT\n");
  for (const ReportFlagHelp& flag : ReportFlags()) {
    PrintOption(flag.name, flag.value, flag.help);
  }
  printf(".SH OPTIONS OF DIFF\n");
  for (const ReportFlagHelp& flag : DiffFlags()) {
    PrintOption(flag.name, flag.value, flag.help);
  }
}

}  // namespace

void PrintManual() {
  printf(
      ".TH JAILRUN 1 \"\" \"jailrun %s\" \"User Commands\"\n"
      // Words keep their distance, and options their dashes.
      ".ad l\n"
      ".nh\n"
      ".SH NAME\n"
      "jailrun \\- run a program on a fixed pool of memory, locked before its "
      "main\n"
      ".SH SYNOPSIS\n"
      ".B jailrun\n"
      "[\\fIOPTIONS\\fR] [\\-\\-] \\fIPROGRAM\\fR [\\fIARGUMENTS\\fR]\n",
      kVersion);
  for (const Command& command : kCommands) {
    printf(".br\n.B jailrun %s\n%s\n", command.name,
           Roff(command.arguments).c_str());
  }
  printf(
      ".SH DESCRIPTION\n"
      "jailrun starts an unmodified program with all the memory that it will "
      "ever have, and\n"
      "locks it by a seccomp filter before its main: from then on it maps "
      "nothing, starts\n"
      "nothing, opens nothing to write and connects to nothing, but where an "
      "option says so.\n"
      "How it ended is told by the exit status, by a report on standard error "
      "and by a line\n"
      "of JSON.\n"
      ".PP\n"
      "Options end at the first argument that is not one, or at \\-\\-.\n"
      ".SH COMMANDS\n");
  for (const Command& command : kCommands) {
    printf(".TP\n.B %s\n%s\n", command.name, Roff(command.help).c_str());
  }
  printf(".SH OPTIONS\n");
  PrintOptions();
  printf(
      ".SH ENVIRONMENT\n"
      "What the command line does not give comes from variables:\n"
      ".B JAILRUN_POOL=200M\n"
      "stands for \\-\\-pool=200M. What they do not give comes from the file "
      "that \\-\\-config names.\n"
      "Variables of that prefix are not passed on. The options that only "
      "batch, learn, report and diff\n"
      "have are the command line's alone, and learn, report, diff, policy and "
      "doctor read neither.\n"
      ".SH EXIT STATUS\n");
  for (const ExitStatus& status : kExitStatuses) {
    printf(".TP\n.B %s\n%s\n", Roff(status.code).c_str(),
           Roff(status.meaning).c_str());
  }
  printf(
      ".PP\n"
      "With \\-\\-exit\\-map=engine: 0 clean; 65 the input ends badly each "
      "time; 75 try again;\n"
      "78 nothing can be run.\n"
      ".SH EXAMPLES\n"
      ".TP\n"
      ".B jailrun \\-\\-pool=200M \\-\\- djpeg picture.jpg >picture.ppm\n"
      "Decode a picture of a stranger's.\n"
      ".TP\n"
      ".B jailrun \\-\\-html=page.html \\-\\- djpeg picture.jpg >picture.ppm\n"
      "The same, with a page that tells how it went.\n"
      ".TP\n"
      ".B jailrun \\-\\-json\\-fd=3 \\-\\- djpeg picture.jpg 3>run.json "
      ">picture.ppm\n"
      "The report as a line of JSON, to be kept;\n"
      ".B jailrun report run.json\n"
      "shows it later.\n"
      ".TP\n"
      ".B jailrun learn djpeg picture.jpg\n"
      "Find out which options a program needs.\n"
      ".TP\n"
      ".B jailrun batch \\-\\-journal=done \\-\\-output='{.}.ppm' 'djpeg {}' "
      "*.jpg\n"
      "Decode many, and go on where an earlier run was interrupted.\n"
      ".SH SEE ALSO\n"
      ".BR seccomp (2),\n"
      ".BR landlock (7)\n");
}

}  // namespace cellblock
