// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Prints jailrun's manual page, or what completes its command line in a shell,
// from the tables of its options:
//
//   bazel run //tools/docs:command_line -- man | bash | zsh | fish

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/options.h"
#include "tools/jailrun/report_command/report_words.h"

namespace cellblock {
namespace {

struct Command {
  const char* name;
  const char* arguments;
  const char* help;
};

constexpr Command kCommands[] = {
    {"batch", "[OPTIONS] [--] COMMAND [INPUT ...]",
     "run one command over many inputs, each in a jail of its own"},
    {"learn", "[OPTIONS] [--] PROGRAM [ARGUMENTS]",
     "run a program once without a jail, and print the options that it needs"},
    {"policy", "show|check|diff|explain|export ...",
     "show what a policy allows, check, compare, explain or export it"},
    {"report", "[--line=N] [--html[=OUT]] FILE",
     "show a report that was stored, as text or as a page"},
    {"diff", "[--json] A B", "compare two runs by their reports"},
    {"doctor", "[--json]", "tell what this kernel and container can enforce"},
};

struct ExitStatus {
  const char* code;
  const char* meaning;
};

constexpr ExitStatus kExitStatuses[] = {
    {"the program's", "it ended by itself"},
    {"123", "the pool was exhausted, and the program gave up"},
    {"124", "a limit on time or on output has passed"},
    {"125", "wrong options, or a program that cannot be confined; nothing ran"},
    {"126", "the program cannot be executed"},
    {"127", "there is no such program"},
    {"128+n", "the program was ended by signal n"},
    {"159", "a forbidden call"},
};

// --- The manual page -------------------------------------------------------

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
  printf(".SH OPTIONS OF REPORT\n");
  for (const ReportFlagHelp& flag : ReportFlags()) {
    PrintOption(flag.name, flag.value, flag.help);
  }
  printf(".SH OPTIONS OF DIFF\n");
  for (const ReportFlagHelp& flag : DiffFlags()) {
    PrintOption(flag.name, flag.value, flag.help);
  }
}

void PrintManual() {
  printf(
      ".TH JAILRUN 1 \"\" \"jailrun %s\" \"User Commands\"\n"
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
      "Variables of that prefix are not passed on.\n"
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

// --- Completions -----------------------------------------------------------

struct Word {
  std::string name;  // "--pool"
  bool takes_value;
  std::string help;
};

std::vector<Word> OptionWords() {
  std::vector<Word> words = {{"--help", false, "print this and end"}};
  for (const Flag& flag : AllFlags()) {
    words.push_back(
        {std::string("--") + flag.name, !flag.is_switch(), flag.help});
  }
  return words;
}

std::vector<Word> BatchWords() {
  std::vector<Word> words;
  for (const BatchFlagHelp& flag : AllBatchFlags()) {
    words.push_back({flag.name, flag.value[0] != '\0', flag.help});
  }
  return words;
}

std::vector<Word> Words(std::span<const ReportFlagHelp> flags) {
  std::vector<Word> words;
  for (const ReportFlagHelp& flag : flags) {
    words.push_back({flag.name, flag.value[0] != '\0', flag.help});
  }
  return words;
}

// "--pool= --zero": an option with a value goes on behind the equals sign.
std::string Joined(const std::vector<Word>& words) {
  std::string joined;
  for (const Word& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += word.name + (word.takes_value ? "=" : "");
  }
  return joined;
}

std::string CommandNames() {
  std::string names;
  for (const Command& command : kCommands) {
    if (!names.empty()) names += ' ';
    names += command.name;
  }
  return names;
}

// Options up to the program, and what completes that program from there on.
void PrintBash() {
  printf(
      R"(# bash completion for jailrun

_jailrun() {
  local options='%s'
  local batch='%s'
  local report='%s'
  local diff='%s'
  local commands='%s'
  local current=${COMP_WORDS[COMP_CWORD]} at=1 command=
  case ${COMP_WORDS[1]} in
    batch) options="$batch $options" at=2 command=batch ;;
    learn) at=2 command=learn ;;
    doctor) options=--json at=2 command=doctor ;;
    report) options=$report at=2 command=report ;;
    diff) options=$diff at=2 command=diff ;;
    policy)
      COMPREPLY=($(compgen -W 'show check diff explain export' -- "$current"))
      return
      ;;
  esac
  while [ "$at" -lt "$COMP_CWORD" ]; do
    case ${COMP_WORDS[at]} in
      --) at=$((at + 1)); break ;;
      = | -*) at=$((at + 1)) ;;
      *)
        # The shell divides words at "=".
        [ "${COMP_WORDS[at - 1]}" = = ] || break
        at=$((at + 1))
        ;;
    esac
  done
  if [ "$at" -lt "$COMP_CWORD" ]; then
    if [[ ! $command =~ ^(batch|report|diff)$ ]] && declare -F _command_offset >/dev/null; then
      _command_offset "$at"
    else
      COMPREPLY=($(compgen -f -- "$current"))
    fi
    return
  fi
  if [ "${current:0:1}" = - ]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
  elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ] || [ "$current" = = ]; then
    COMPREPLY=($(compgen -f -- "${current#=}"))
  else
    COMPREPLY=($(compgen -c -- "$current"))
    [ -n "$command" ] ||
      COMPREPLY+=($(compgen -W "$commands" -- "$current"))
  fi
}
complete -F _jailrun jailrun
)",
      Joined(OptionWords()).c_str(), Joined(BatchWords()).c_str(),
      Joined(Words(ReportFlags())).c_str(), Joined(Words(DiffFlags())).c_str(),
      CommandNames().c_str());
}

// In single quotes, for zsh and fish.
std::string Quoted(std::string_view text, std::string_view escaped) {
  std::string quoted = "'";
  for (const char c : text) {
    if (escaped.find(c) != escaped.npos) quoted += '\\';
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

void PrintZshOptions(const std::vector<Word>& words) {
  for (const Word& word : words) {
    const std::string spec = "*" + word.name + (word.takes_value ? "=" : "") +
                             "[" + word.help + "]" +
                             (word.takes_value ? ":value:_files" : "");
    // Brackets and colons within the text would end it.
    std::string safe;
    const size_t begin = spec.find('[') + 1;
    const size_t end = spec.rfind(']');
    for (size_t i = 0; i < spec.size(); ++i) {
      const bool within = i >= begin && i < end;
      if (within && (spec[i] == '[' || spec[i] == ']' || spec[i] == ':')) {
        safe += '\\';
      }
      safe += spec[i];
    }
    printf("    %s\n", Quoted(safe, "").c_str());
  }
}

void PrintZsh() {
  printf(
      "#compdef jailrun\n\n_jailrun() {\n"
      "  local -a options batch report diff\n");
  printf("  options=(\n");
  PrintZshOptions(OptionWords());
  printf("  )\n  batch=(\n");
  PrintZshOptions(BatchWords());
  printf("  )\n  report=(\n");
  PrintZshOptions(Words(ReportFlags()));
  printf("  )\n  diff=(\n");
  PrintZshOptions(Words(DiffFlags()));
  printf("  )\n");
  printf("%s",
         R"(  case $words[2] in
    batch) words[2]=(); (( CURRENT-- ))
      _arguments -S $options $batch '1:command: ' '*:input:_files' ;;
    learn) words[2]=(); (( CURRENT-- ))
      _arguments -S $options '(-)1:program:_command_names -e' '*::arguments:_normal' ;;
    report) words[2]=(); (( CURRENT-- ))
      _arguments -S $report '1:report:_files' ;;
    diff) words[2]=(); (( CURRENT-- ))
      _arguments -S $diff '1:report:_files' '2:report:_files' ;;
    doctor) _arguments '--json[as one line of JSON]' ;;
    policy) _arguments '2:verb:(show check diff explain export)' '*:file:_files' ;;
    *) _arguments -S $options \
      '(-)1:program:_command_names -e' '*::arguments:_normal' ;;
  esac
}

_jailrun "$@"
)");
}

void PrintFishOptions(const std::vector<Word>& words, const char* condition) {
  for (const Word& word : words) {
    printf("complete -c jailrun -n '%s' -l %s %s-d %s\n", condition,
           word.name.c_str() + 2, word.takes_value ? "-r " : "",
           Quoted(word.help, "\\").c_str());
  }
}

void PrintFish() {
  printf("# fish completion for jailrun\n\n");
  for (const Command& command : kCommands) {
    printf("complete -c jailrun -n '__fish_is_first_token' -a %s -d %s\n",
           command.name, Quoted(command.help, "\\").c_str());
  }
  PrintFishOptions(OptionWords(),
                   "not __fish_seen_subcommand_from policy doctor report diff");
  PrintFishOptions(BatchWords(), "__fish_seen_subcommand_from batch");
  PrintFishOptions(Words(ReportFlags()), "__fish_seen_subcommand_from report");
  PrintFishOptions(Words(DiffFlags()), "__fish_seen_subcommand_from diff");
  printf(
      "complete -c jailrun -n '__fish_seen_subcommand_from policy' -a 'show "
      "check diff explain export'\n"
      "complete -c jailrun -n '__fish_seen_subcommand_from doctor' -l json -d "
      "'as one line of JSON'\n"
      "complete -c jailrun -n 'not __fish_seen_subcommand_from policy doctor "
      "batch report diff' -a '(__fish_complete_subcommand)'\n");
}

int Print(std::string_view what) {
  if (what == "man") {
    PrintManual();
  } else if (what == "bash") {
    PrintBash();
  } else if (what == "zsh") {
    PrintZsh();
  } else if (what == "fish") {
    PrintFish();
  } else {
    fprintf(stderr, "say what to print: man, bash, zsh or fish\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  return cellblock::Print(argc > 1 ? argv[1] : "");
}
