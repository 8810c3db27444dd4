// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/command_line.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "tools/jailrun/cli11.h"

namespace cellblock {
namespace {

constexpr char kDescription[] =
    "Usage: jailrun [OPTIONS] [--] PROGRAM [ARGUMENTS]\n"
    "       jailrun policy show|check|diff|explain|export ...\n"
    "       jailrun batch [OPTIONS] [--] COMMAND [INPUT ...]: for many inputs\n"
    "       jailrun learn [OPTIONS] [--] PROGRAM ...: which options it needs\n"
    "       jailrun report [--html[=OUT]] FILE: a report that was stored\n"
    "       jailrun diff [--json] A B: two of them beside each other\n"
    "       jailrun doctor [--json]: what this kernel can enforce\n\n"
    "Runs a program with a fixed pool of memory and locks it before main.\n"
    "Options end at the first argument that is not one, or at --. What the\n"
    "command line does not give comes from variables, JAILRUN_POOL=200M for\n"
    "--pool=200M, and then from the file that --config names.";

constexpr char kFooter[] =
    "Exit codes: the program's own; 123 the pool was exhausted; 124 a limit\n"
    "on time or output; 125 jailrun itself failed or cannot confine the "
    "program; 126 not\n"
    "executable; 127 not found; 128+n ended by signal n; 159 forbidden call.";

std::string LongName(const Flag& flag) { return std::string("--") + flag.name; }

// The words in front of the program: what the parser will take as options.
class OptionWords {
 public:
  OptionWords(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      if (word.empty() || word[0] != '-' || word == "--") return;
      words_.push_back(word);
      const std::string_view name = word.substr(0, word.find('='));
      if (!name.starts_with("--")) continue;
      const Flag* const flag = FindFlag(name.substr(2));
      if (flag == nullptr || flag->is_switch()) continue;
      const bool joined = name.size() < word.size();
      if (!joined && i + 1 >= argc) {
        Fail(*flag, "a value is missing, " + LongName(*flag) + "=" +
                        flag->value + "; see jailrun --help");
        return;
      }
      Take(*flag, joined ? word.substr(name.size() + 1) : argv[++i]);
    }
  }

  // What is wrong with the values, in one line; empty iff nothing is.
  const std::string& error() const { return error_; }

  // Gives the values as far as they could be read.
  void TakeValues(FlagWords* words, std::vector<const Flag*>* given) const {
    for (const auto& [flag, value] : values_) {
      if (SetFlag(*flag, {value}, words).empty()) given->push_back(flag);
    }
  }

  // Whether `name` is there, with or without "=", or help, which shows all.
  bool Mentions(std::string_view name) const {
    return std::any_of(words_.begin(), words_.end(), [name](auto word) {
      return word.starts_with(name) || word == "--help" || word == "-h";
    });
  }

 private:
  void Fail(const Flag& flag, const std::string& what) {
    if (error_.empty()) error_ = LongName(flag) + ": " + what;
  }

  void Take(const Flag& flag, std::string_view value) {
    // The parser would take "--rw=" for "--rw" and go on to the next word.
    if (value.empty()) return Fail(flag, "the value is empty");
    if (flag.is_list()) return;
    const bool repeated =
        std::any_of(values_.begin(), values_.end(),
                    [&flag](const auto& each) { return each.first == &flag; });
    if (repeated) Fail(flag, "it is given more than once, and has one value");
    values_.emplace_back(&flag, value);
  }

  std::vector<std::string_view> words_;
  std::vector<std::pair<const Flag*, std::string>> values_;  // but of lists
  std::string error_;
};

// Tells the parser of the flags that the command line mentions: each one costs
// several microseconds at every start, and one that is not told of is an error
// as any other unknown word.
void Declare(CLI::App* app, const OptionWords& option_words, FlagWords* words,
             std::vector<const Flag*>* declared) {
  for (const Flag& flag : AllFlags()) {
    const std::string name = LongName(flag);
    if (!option_words.Mentions(name)) continue;
    declared->push_back(&flag);
    CLI::Option* option = nullptr;
    if (auto* target = std::get_if<bool FlagWords::*>(&flag.target)) {
      option = app->add_flag(name, words->**target, flag.help);
    } else if (auto* target =
                   std::get_if<std::string FlagWords::*>(&flag.target)) {
      option = app->add_option(name, words->**target, flag.help);
    } else {
      option = app->add_option(
          name,
          words->*std::get<std::vector<std::string> FlagWords::*>(flag.target),
          flag.help);
      option->allow_extra_args(false);
    }
    if (!flag.is_switch()) option->type_name(flag.value);
    option->group(Title(flag.group));
  }
}

// CLI11 writes a usage line that does not know of the program's arguments; ours
// stands at the top.
std::string Help(const CLI::App& app) {
  constexpr std::string_view kTheirs = "Usage: jailrun [OPTIONS]\n";
  std::string help = app.help();
  const size_t at = help.rfind(kTheirs);
  if (at != std::string::npos) help.erase(at, kTheirs.size());
  return help;
}

}  // namespace

CommandLine TakeApart(int argc, char** argv) {
  CommandLine line;
  const OptionWords option_words(argc, argv);
  // Of what is wrong the caller is told as the options that are right say.
  if (!option_words.error().empty()) {
    line.error = option_words.error();
    option_words.TakeValues(&line.words, &line.given);
    return line;
  }
  // Never destroyed: its memory goes with the process, and taking it apart
  // would stand between the command line and the start of the program.
  CLI::App& app = *new CLI::App(kDescription, "jailrun");
  app.footer(kFooter);
  app.prefix_command();
  std::vector<const Flag*> declared;
  Declare(&app, option_words, &line.words, &declared);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    line.help = Help(app);
    return line;
  } catch (const CLI::ParseError& error) {
    line.error = std::string(error.what()) + "; see jailrun --help";
    option_words.TakeValues(&line.words, &line.given);
    return line;
  }
  for (const Flag* flag : declared) {
    if (app.count(LongName(*flag)) > 0) line.given.push_back(flag);
  }
  line.rest = app.remaining();
  return line;
}

}  // namespace cellblock
