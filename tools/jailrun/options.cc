// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/options.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <variant>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/cli11.h"
#include "tools/jailrun/duration.h"
#include "tools/jailrun/layer_options.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr char kDescription[] =
    "Usage: jailrun [OPTIONS] [--] PROGRAM [ARGUMENTS]\n"
    "       jailrun policy show|check|diff|explain|export ...\n"
    "       jailrun learn [OPTIONS] [--] PROGRAM ...: which options it needs\n"
    "       jailrun doctor [--json]: what this kernel can enforce\n\n"
    "Runs a program with a fixed pool of memory and locks it before main.\n"
    "Options end at the first argument that is not one, or at --.";

constexpr char kFooter[] =
    "Exit codes: the program's own; 123 the pool was exhausted; 124 time\n"
    "limit; 125 jailrun itself failed or cannot confine the program; 126 not\n"
    "executable; 127 not found; 128+n ended by signal n; 159 forbidden call.";

// The words of the command line, before they mean anything.
struct Words {
  std::string pool;
  std::string preset;
  std::string commit = "lazy";
  std::string timeout;
  std::string report = "auto";
  std::string on_violation = "kill";
  std::string json_fd;
  std::vector<std::string> passed_fds;
  LayerWords layers;
  bool zero = false;
  bool uninitialized = false;
  bool unjailed = false;
  bool dry_run = false;
  bool canary = false;
  bool version = false;
};

template <typename T>
std::optional<T> Choose(
    const std::string& word,
    std::initializer_list<std::pair<std::string_view, T>> choices) {
  for (const auto& [name, value] : choices) {
    if (word == name) return value;
  }
  return {};
}

// Where a flag's value goes; a bool takes none, a vector takes one at each time
// that the flag is given.
using Target = std::variant<bool*, std::string*, std::vector<std::string>*>;

struct Flag {
  const char* name;
  const char* value;  // as help shows it; empty for a bool
  Target target;
  const char* help;
};

static_assert(kDefaultPoolBytes == uint64_t{256} << 20, "as the help says");
static_assert(kDefaultThreads == 16, "as the help says");
static_assert(kDefaultThreadStackBytes == 2 << 20, "as the help says");

std::vector<Flag> FlagTable(Words* words, Options* options) {
  return {
      {"--pool", "SIZE", &words->pool,
       "memory for the program, for example 200M [256M]"},
      {"--reserve", "SIZE", &words->layers.reserve,
       "address space beside the pool, for mappings without access [none]"},
      {"--zero", "", &words->zero, "malloc hands out zeroed memory"},
      {"--uninitialized", "", &words->uninitialized,
       "malloc hands out memory as it is [default]"},
      {"--commit", "WHEN", &words->commit,
       "when the pool's pages are provided: lazy, populate, lock [lazy]"},
      {"--preset", "NAME", &words->preset,
       "the table of allowed calls: strict, worker, decoder, service "
       "[decoder]"},
      {"--policy", "FILE", &options->policy_file,
       "a table of your own, in TOML; it inherits from a preset"},
      {"--allow", "CALL", &options->allowed,
       "allow more: a system call, CALL:DESCRIPTOR, @GROUP; repeatable"},
      {"--ro", "PATH", &options->readable,
       "allow files to be read below PATH, beside the system's data and what "
       "the arguments name; repeatable"},
      {"--rw", "PATH", &options->writable,
       "allow files to be read and written below PATH; repeatable"},
      {"--pass-fd", "N", &words->passed_fds,
       "leave descriptor N open for the program; repeatable"},
      {"--clearenv", "", &words->layers.clear_environment,
       "start with an empty environment, but for what --env names"},
      {"--env", "NAME[=VALUE]", &words->layers.variables,
       "set a variable for the program, or keep it as it is; repeatable"},
      {"--timeout", "TIME", &words->timeout,
       "kill the program after this time: 5, 500ms, 2m"},
      {"--cpu", "TIME", &words->layers.cpu,
       "end it when it has used this much CPU time, in whole seconds"},
      {"--fsize", "SIZE", &words->layers.fsize,
       "let no file that it writes grow beyond this size"},
      {"--stack", "SIZE", &words->layers.stack,
       "the main stack's size at the most [8M]"},
      {"--threads", "N", &words->layers.threads,
       "threads that can run at a time beside the first one [16]"},
      {"--thread-stack", "SIZE", &words->layers.thread_stack,
       "the size of their stacks, laid before the lock [2M]"},
      {"--speculation", "WHAT", &words->layers.speculation,
       "what the processor may guess at: restrict, allow [restrict]"},
      {"--unjailed", "", &words->unjailed,
       "the pool without the lock, for comparison"},
      {"--dry-run", "", &words->dry_run,
       "check everything, say what would be done, run nothing"},
      {"--on-violation", "WHAT", &words->on_violation,
       "what becomes of a forbidden call: kill (the program ends), errno (the "
       "call fails), log (it is carried out: a diagnosis, no jail) [kill]"},
      {"--canary", "", &words->canary,
       "first show that this kernel kills a forbidden call"},
      {"--report", "WHEN", &words->report,
       "the report on standard error: auto, always, never [auto]"},
      {"--json-fd", "N", &words->json_fd,
       "write the report as one line of JSON to descriptor N"},
      {"--version", "", &words->version, "print the version and end"},
  };
}

// The words in front of the program: what the parser will take as options.
class OptionWords {
 public:
  OptionWords(const std::vector<Flag>& flags, int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      if (word.empty() || word[0] != '-' || word == "--") return;
      words_.push_back(word);
      for (const Flag& flag : flags) {
        if (flag.value[0] == '\0') continue;
        // The parser takes "--rw=" for "--rw" and goes on to the next word.
        const bool alone = word == flag.name;
        const bool last = i + 1 >= argc;
        if (word == std::string(flag.name) + "=" ||
            (alone && !last && argv[i + 1][0] == '\0')) {
          empty_ = flag.name;
        }
        if (alone && !last) ++i;
      }
    }
  }

  // The flag that was given an empty value; null iff there is none.
  const char* empty() const { return empty_; }

  // Whether `name` is there, with or without "=", or help, which shows all.
  bool Mentions(std::string_view name) const {
    return std::any_of(words_.begin(), words_.end(), [name](auto word) {
      return word.starts_with(name) || word == "--help" || word == "-h";
    });
  }

 private:
  std::vector<std::string_view> words_;
  const char* empty_ = nullptr;
};

// Tells the parser of the flags that the command line mentions: each one costs
// several microseconds at every start, and one that is not told of is an error
// as any other unknown word.
void Declare(CLI::App* app, const std::vector<Flag>& flags,
             const OptionWords& words) {
  for (const Flag& flag : flags) {
    if (!words.Mentions(flag.name)) continue;
    const std::string name = flag.name;
    const std::string help = flag.help;
    if (bool* const* target = std::get_if<bool*>(&flag.target)) {
      app->add_flag(name, **target, help);
    } else if (auto* target = std::get_if<std::string*>(&flag.target)) {
      app->add_option(name, **target, help)->type_name(flag.value);
    } else {
      app->add_option(name, *std::get<std::vector<std::string>*>(flag.target),
                      help)
          ->type_name(flag.value)
          ->allow_extra_args(false);
    }
  }
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

std::string ReadPreset(const Words& words, Options* options) {
  if (words.preset.empty()) return {};
  if (!options->policy_file.empty()) {
    return "--policy and --preset exclude each other: the file says what it "
           "inherits from";
  }
  options->preset = words.preset;
  return {};
}

// The open descriptor that `word` names. Empty iff it does; else what is wrong.
std::string ReadDescriptor(const std::string& word, int* fd) {
  const char* const end = word.data() + word.size();
  const auto [rest, code] = std::from_chars(word.data(), end, *fd);
  if (code != std::errc() || rest != end || *fd < 0) {
    return ": that is not a descriptor";
  }
  return fcntl(*fd, F_GETFD) < 0 ? ": that descriptor is not open" : "";
}

std::string ReadJsonFd(const Words& words, Options* options) {
  if (words.json_fd.empty()) return {};
  const std::string error = ReadDescriptor(words.json_fd, &options->json_fd);
  if (error.empty()) return {};
  return "--json-fd=" + words.json_fd + error +
         " (in a shell: jailrun --json-fd=3 PROGRAM 3>report.json)";
}

std::string ReadPassedFds(const Words& words, Options* options) {
  for (const std::string& word : words.passed_fds) {
    int fd = -1;
    const std::string error = ReadDescriptor(word, &fd);
    if (!error.empty()) {
      return "--pass-fd=" + word + error +
             " (in a shell: jailrun --pass-fd=3 PROGRAM 3<input)";
    }
    if (fd == options->json_fd) {
      return "--pass-fd=" + word +
             ": --json-fd names it too, and the program could forge the report";
    }
    options->passed_fds.push_back(fd);
  }
  return {};
}

std::string ReadRun(const Words& words, Options* options) {
  if (words.unjailed && words.dry_run) {
    return "--unjailed and --dry-run exclude each other";
  }
  if (words.unjailed) options->mode = Mode::kUnjailed;
  if (words.dry_run) options->mode = Mode::kDryRun;
  if (words.canary) options->canary = Canary::kTried;
  if (!words.timeout.empty()) {
    options->timeout = ParseDuration(words.timeout);
    if (!options->timeout) {
      return "--timeout=" + words.timeout + kDurations +
             " (for example --timeout=5s)";
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
  const auto on_violation =
      Choose<OnViolation>(words.on_violation, {{"kill", OnViolation::kKill},
                                               {"errno", OnViolation::kErrno},
                                               {"log", OnViolation::kLog}});
  if (!on_violation) {
    return "--on-violation=" + words.on_violation + ": use kill, errno or log";
  }
  options->on_violation = *on_violation;
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

const char* Name(OnViolation on_violation) {
  switch (on_violation) {
    case OnViolation::kKill:
      return "kill";
    case OnViolation::kErrno:
      return "errno";
    case OnViolation::kLog:
      return "log";
  }
  return "unknown";
}

ParsedOptions ParseOptions(int argc, char** argv) {
  ParsedOptions parsed;
  Words words;
  const std::vector<Flag> flags = FlagTable(&words, &parsed.options);
  const OptionWords option_words(flags, argc, argv);
  if (const char* empty = option_words.empty()) {
    parsed.error = std::string(empty) + ": the value is empty";
    return parsed;
  }
  // Never destroyed: its memory goes with the process, and taking it apart
  // would stand between the command line and the start of the program.
  CLI::App& app = *new CLI::App(kDescription, "jailrun");
  app.footer(kFooter);
  app.prefix_command();
  Declare(&app, flags, option_words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    parsed.output = Help(app);
    return parsed;
  } catch (const CLI::ParseError& error) {
    parsed.error = Escaped(std::string(error.what()) + "; see jailrun --help");
    return parsed;
  }
  if (words.version) {
    parsed.output = std::string("jailrun ") + kVersion + "\n";
    return parsed;
  }
  for (const auto read : {&ReadPool, &ReadMemory, &ReadPreset, &ReadRun,
                          &ReadJsonFd, &ReadPassedFds}) {
    if (parsed.error.empty()) parsed.error = read(words, &parsed.options);
  }
  if (parsed.error.empty()) {
    parsed.error = ReadLayers(words.layers, &parsed.options);
  }
  if (parsed.error.empty()) {
    parsed.error = ReadCommand(app.remaining(), &parsed.options);
  }
  parsed.error = Escaped(parsed.error);
  return parsed;
}

}  // namespace cellblock
