// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/docs/completions.h"

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/docs/commands.h"
#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/report_command/report_words.h"

namespace cellblock {
namespace {

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

void PrintFishOptions(const std::vector<Word>& words, const char* condition) {
  for (const Word& word : words) {
    printf("complete -c jailrun -n '%s' -l %s %s-d %s\n", condition,
           word.name.c_str() + 2, word.takes_value ? "-r " : "",
           Quoted(word.help, "\\").c_str());
  }
}

}  // namespace

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

}  // namespace cellblock
