// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/command_line.h"

#include <algorithm>
#include <string_view>
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
      for (const Flag& flag : AllFlags()) {
        if (flag.value[0] == '\0') continue;
        // The parser takes "--rw=" for "--rw" and goes on to the next word.
        const std::string name = LongName(flag);
        const bool alone = word == name;
        const bool last = i + 1 >= argc;
        if (word == name + "=" || (alone && !last && argv[i + 1][0] == '\0')) {
          empty_ = name;
        }
        if (alone && !last) ++i;
      }
    }
  }

  // The option that was given an empty value; empty iff there is none.
  const std::string& empty() const { return empty_; }

  // Whether `name` is there, with or without "=", or help, which shows all.
  bool Mentions(std::string_view name) const {
    return std::any_of(words_.begin(), words_.end(), [name](auto word) {
      return word.starts_with(name) || word == "--help" || word == "-h";
    });
  }

 private:
  std::vector<std::string_view> words_;
  std::string empty_;
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
  if (!option_words.empty().empty()) {
    line.error = option_words.empty() + ": the value is empty";
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
    return line;
  }
  for (const Flag* flag : declared) {
    if (app.count(LongName(*flag)) > 0) line.given.push_back(flag);
  }
  line.rest = app.remaining();
  return line;
}

}  // namespace cellblock
