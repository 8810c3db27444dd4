// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/options.h"

#include <fcntl.h>

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/cli11.h"

namespace cellblock {
namespace {

using std::chrono::nanoseconds;

constexpr char kDescription[] =
    "Usage: jailrun [OPTIONS] [--] PROGRAM [ARGUMENTS]\n\n"
    "Runs a program with a fixed pool of memory and locks it before main.\n"
    "Options end at the first argument that is not one, or at --.";

constexpr char kFooter[] =
    "Exit codes: the program's own; 123 the pool was exhausted; 124 time\n"
    "limit; 125 jailrun itself failed or cannot confine the program; 126 not\n"
    "executable; 127 not found; 128+n ended by signal n; 159 forbidden call.";

// The words of the command line, before they mean anything.
struct Words {
  std::string pool;
  std::string commit = "lazy";
  std::string timeout;
  std::string report = "auto";
  bool zero = false;
  bool uninitialized = false;
  bool unjailed = false;
  bool dry_run = false;
  bool version = false;
};

// "5", "0.5", "500ms", "2m", "1h"; seconds if there is no unit.
std::optional<nanoseconds> ParseDuration(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc() || !std::isfinite(number) || number <= 0) return {};
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  double seconds;
  if (unit.empty() || unit == "s") {
    seconds = number;
  } else if (unit == "ms") {
    seconds = number / 1000;
  } else if (unit == "m") {
    seconds = number * 60;
  } else if (unit == "h") {
    seconds = number * 3600;
  } else {
    return {};
  }
  constexpr double kMost = 366.0 * 24 * 3600;
  if (seconds > kMost) return {};
  return nanoseconds(static_cast<int64_t>(seconds * 1e9));
}

template <typename T>
std::optional<T> Choose(
    const std::string& word,
    std::initializer_list<std::pair<std::string_view, T>> choices) {
  for (const auto& [name, value] : choices) {
    if (word == name) return value;
  }
  return {};
}

void Declare(CLI::App* app, Words* words, Options* options) {
  app->add_option("--pool", words->pool,
                  "memory for the program, for example 200M [" +
                      SizeArgument(kDefaultPoolBytes) + "]")
      ->type_name("SIZE");
  app->add_flag("--zero", words->zero, "malloc hands out zeroed memory");
  app->add_flag("--uninitialized", words->uninitialized,
                "malloc hands out memory as it is [default]");
  app->add_option("--commit", words->commit,
                  "when the pool's pages are provided: lazy, populate, lock "
                  "[lazy]")
      ->type_name("WHEN");
  app->add_option("--preset", options->preset,
                  "the table of allowed calls [decoder]")
      ->type_name("NAME");
  app->add_option("--allow", options->allowed,
                  "allow one more system call, by name; repeatable")
      ->type_name("CALL")
      ->allow_extra_args(false);
  app->add_option("--rw", options->writable,
                  "allow files to be written below PATH; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false);
  app->add_option("--timeout", words->timeout,
                  "kill the program after this time: 5, 500ms, 2m")
      ->type_name("TIME");
  app->add_flag("--unjailed", words->unjailed,
                "the pool without the lock, for comparison");
  app->add_flag("--dry-run", words->dry_run,
                "check everything, say what would be done, run nothing");
  app->add_option("--report", words->report,
                  "the report on standard error: auto, always, never [auto]")
      ->type_name("WHEN");
  app->add_option("--json-fd", options->json_fd,
                  "write the report as one line of JSON to descriptor N")
      ->type_name("N");
  app->add_flag("--version", words->version, "print the version and end");
}

// Each reads one group of words. Empty iff they are in order.

std::string ReadPool(const Words& words, Options* options) {
  if (words.pool.empty()) return {};
  const std::string where = "--pool=" + words.pool + ": ";
  std::string error;
  const std::optional<uint64_t> bytes = ParseByteSize(words.pool, &error);
  if (!bytes) return where + error + " (for example --pool=200M)";
  if (*bytes < kLeastPoolBytes) {
    return where + "too small to run any program in; the least is " +
           SizeArgument(kLeastPoolBytes);
  }
  if (*bytes > kMostPoolBytes) {
    return where + "too large; the most is " + SizeArgument(kMostPoolBytes);
  }
  options->pool_bytes = *bytes;
  return {};
}

std::string ReadMemory(const Words& words, Options* options) {
  if (words.zero && words.uninitialized) {
    return "--zero and --uninitialized exclude each other";
  }
  options->fill = words.zero ? Fill::kZeroed : Fill::kUninitialized;
  const auto commit =
      Choose<Commit>(words.commit, {{"lazy", Commit::kLazy},
                                    {"populate", Commit::kPopulate},
                                    {"lock", Commit::kLock}});
  if (!commit) {
    return "--commit=" + words.commit + ": use lazy, populate or lock";
  }
  options->commit = *commit;
  return {};
}

std::string ReadRun(const Words& words, Options* options) {
  if (words.unjailed && words.dry_run) {
    return "--unjailed and --dry-run exclude each other";
  }
  if (words.unjailed) options->mode = Mode::kUnjailed;
  if (words.dry_run) options->mode = Mode::kDryRun;
  if (!words.timeout.empty()) {
    options->timeout = ParseDuration(words.timeout);
    if (!options->timeout) {
      return "--timeout=" + words.timeout +
             ": use a time above 0 and up to a year, in s, ms, m or h (for "
             "example --timeout=5s)";
    }
  }
  const auto report =
      Choose<ReportWhen>(words.report, {{"auto", ReportWhen::kAuto},
                                        {"always", ReportWhen::kAlways},
                                        {"never", ReportWhen::kNever}});
  if (!report) {
    return "--report=" + words.report + ": use auto, always or never";
  }
  options->report = *report;
  if (options->json_fd != -1 && fcntl(options->json_fd, F_GETFD) < 0) {
    return "--json-fd=" + std::to_string(options->json_fd) +
           ": that descriptor is not open (in a shell: " +
           "jailrun --json-fd=3 PROGRAM 3>report.json)";
  }
  return {};
}

// What follows the options: the parser hands over the first word that it does
// not know, and all behind it.
std::string ReadCommand(std::vector<std::string> rest, Options* options) {
  if (!rest.empty() && rest[0] == "--") {
    rest.erase(rest.begin());
  } else if (!rest.empty() && rest[0].size() > 1 && rest[0][0] == '-') {
    return rest[0] + ": no such option; see jailrun --help";
  }
  if (rest.empty()) return "no program given; see jailrun --help";
  if (rest[0].empty()) return "the program's name is empty";
  options->command = std::move(rest);
  return {};
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

ParsedOptions ParseOptions(int argc, char** argv) {
  ParsedOptions parsed;
  Words words;
  // Never destroyed: its memory goes with the process, and taking it apart
  // would stand between the command line and the start of the program.
  CLI::App& app = *new CLI::App(kDescription, "jailrun");
  app.footer(kFooter);

  app.prefix_command();
  Declare(&app, &words, &parsed.options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.output = app.help();
    return parsed;
  } catch (const CLI::ParseError& error) {
    parsed.error = OneLine(error.what()) + "; see jailrun --help";
    return parsed;
  }
  if (words.version) {
    parsed.output = std::string("jailrun ") + kVersion + "\n";
    return parsed;
  }
  for (const auto read : {&ReadPool, &ReadMemory, &ReadRun}) {
    parsed.error = read(words, &parsed.options);
    if (!parsed.error.empty()) return parsed;
  }
  parsed.error = ReadCommand(app.remaining(), &parsed.options);
  return parsed;
}

}  // namespace cellblock
