// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/docs/completions.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tools/docs/commands.h"
#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/learn/learn_words.h"
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

template <typename Flags>
std::vector<Word> Words(const Flags& flags) {
  std::vector<Word> words;
  for (const auto& flag : flags) {
    words.push_back({flag.name, flag.value[0] != '\0', flag.help});
  }
  return words;
}

std::vector<Word> WordsOfBatch() { return Words(AllBatchFlags()); }

// Its own and those of a run that it takes.
std::vector<Word> WordsOfLearn() {
  std::vector<Word> words = Words(LearnFlags());
  for (const std::string_view name : LearnRunFlags()) {
    const Flag& flag = *FindFlag(name);
    words.push_back(
        {std::string("--") + flag.name, !flag.is_switch(), flag.help});
  }
  return words;
}

// Those whose value may be the next word, between blanks.
std::string Valued(const std::vector<Word>& words) {
  std::string valued = " ";
  for (const Word& word : words) {
    if (word.takes_value) valued += word.name + " ";
  }
  return valued;
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

_jailrun_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
  compopt -o filenames
}

_jailrun() {
  local options='%s'
  local batch='%s'
  local learn='%s'
  local report='%s'
  local diff='%s'
  local commands='%s'
  local valued='%s'
  local batch_valued='%s'
  local learn_valued='%s'
  local current=${COMP_WORDS[COMP_CWORD]} at=1 command= word
  case ${COMP_WORDS[1]} in
    batch) options="$batch $options" valued+=$batch_valued command=batch ;;
    learn) options=$learn valued=$learn_valued command=learn ;;
    doctor) options=--json valued= command=doctor ;;
    report) options=$report valued= command=report ;;
    diff) options=$diff valued= command=diff ;;
    policy) command=policy ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then
    command=
  elif [ -n "$command" ]; then
    at=2
  fi
  if [ "$command" = policy ]; then
    if [ "$COMP_CWORD" = 2 ]; then
      COMPREPLY=($(compgen -W 'show check diff explain export' -- "$current"))
    else
      _jailrun_files "$current"
    fi
    return
  fi
  while [ "$at" -lt "$COMP_CWORD" ]; do
    word=${COMP_WORDS[at]}
    case $word in
      --) at=$((at + 1)); break ;;
      --*=*) at=$((at + 1)) ;;
      -*)
        at=$((at + 1))
        # The shell divides words at "=".
        if [ "${COMP_WORDS[at]}" = = ]; then
          at=$((at + 2))
        elif [[ $valued == *" $word "* ]]; then
          at=$((at + 1))
        fi
        ;;
      *) break ;;
    esac
  done
  if [ "$at" -gt "$COMP_CWORD" ]; then
    _jailrun_files "${current#=}"
  elif [ "$at" -lt "$COMP_CWORD" ]; then
    if [[ ! $command =~ ^(batch|report|diff)$ ]] && declare -F _command_offset >/dev/null; then
      _command_offset "$at"
    else
      _jailrun_files "$current"
    fi
  elif [ "${current:0:1}" = - ]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
  elif [[ $command =~ ^(report|diff)$ ]]; then
    _jailrun_files "$current"
  elif [ "$command" != doctor ]; then
    mapfile -t COMPREPLY < <(compgen -c -- "$current")
    [ -n "$command" ] ||
      COMPREPLY+=($(compgen -W "$commands" -- "$current"))
  fi
}
complete -F _jailrun jailrun
)",
      Joined(OptionWords()).c_str(), Joined(WordsOfBatch()).c_str(),
      Joined(WordsOfLearn()).c_str(), Joined(Words(ReportFlags())).c_str(),
      Joined(Words(DiffFlags())).c_str(), CommandNames().c_str(),
      Valued(OptionWords()).c_str(), Valued(WordsOfBatch()).c_str(),
      Valued(WordsOfLearn()).c_str());
}

void PrintZsh() {
  printf(
      "#compdef jailrun\n\n"
      "_jailrun_first() {\n"
      "  local found=1\n"
      "  _describe -t commands 'command of jailrun' commands && found=0\n"
      "  _command_names -e && found=0\n"
      "  return found\n"
      "}\n\n_jailrun() {\n"
      "  local -a commands options batch learn report diff\n");
  printf("  commands=(\n");
  for (const Command& command : kCommands) {
    const std::string spec = std::string(command.name) + ":" + command.help;
    printf("    %s\n", Quoted(spec, "").c_str());
  }
  printf("  )\n  options=(\n");
  PrintZshOptions(OptionWords());
  printf("  )\n  batch=(\n");
  PrintZshOptions(WordsOfBatch());
  printf("  )\n  learn=(\n");
  PrintZshOptions(WordsOfLearn());
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
      _arguments -S $learn '(-)1:program:_command_names -e' '*::arguments:_normal' ;;
    report) words[2]=(); (( CURRENT-- ))
      _arguments -S $report '1:report:_files' ;;
    diff) words[2]=(); (( CURRENT-- ))
      _arguments -S $diff '1:report:_files' '2:report:_files' ;;
    doctor) _arguments '--json[as one line of JSON]' ;;
    policy) _arguments '2:verb:(show check diff explain export)' '*:file:_files' ;;
    *) _arguments -S $options \
      '(-)1:program or command:_jailrun_first' '*::arguments:_normal' ;;
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
                   "not __fish_seen_subcommand_from policy doctor report diff "
                   "learn");
  PrintFishOptions(WordsOfLearn(), "__fish_seen_subcommand_from learn");
  PrintFishOptions(WordsOfBatch(), "__fish_seen_subcommand_from batch");
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
