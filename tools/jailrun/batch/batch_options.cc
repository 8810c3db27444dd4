// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/batch_options.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr char kUsage[] =
    "Usage: jailrun batch [OPTIONS] [--] COMMAND [INPUT ...]\n"
    "       LIST | jailrun batch [OPTIONS] [--] COMMAND\n"
    "\n"
    "Runs COMMAND once for each input, each time in a jail of its own.\n"
    "COMMAND is one word, such as 'djpeg -scale 1/8 {}': {} stands for the\n"
    "input, {.} for it without its suffix, {/} for its last part, {/.} for "
    "both.\n"
    "Inputs are arguments, or the lines of standard input.\n"
    "\n"
    "Options of the batch:\n";

constexpr char kFooter[] =
    "\n"
    "Options of a run, such as --pool, --timeout, --ro or --preset, are those\n"
    "of jailrun --help; --pool and --timeout are for each input.\n"
    "\n"
    "Exit codes: 0 all are clean; 1 not all; 125 wrong options, or it cannot\n"
    "go on; 128+n ended by signal n. With --exit-map=engine: 0; 65 not all\n"
    "are clean; 75 not all are done, try again; 78 instead of 125.\n";

// The words, before they mean anything.
struct Words {
  std::string jobs;
  std::string retries;
  std::string larger_pool;
  std::string progress = "auto";
  std::string start = "template";
  bool null = false;
  bool help = false;
};

struct BatchFlag {
  const char* name;
  const char* value;  // as help shows it; empty: it takes none
  std::string* text;  // where the value goes
  bool* given;        // or, without a value, that it is there
  const char* help;
};

std::vector<BatchFlag> BatchFlags(Words* words, BatchOptions* options) {
  return {
      {"--jobs", "N", &words->jobs, nullptr, "runs at a time [one per CPU]"},
      {"--journal", "FILE", &options->journal, nullptr,
       "one line of JSON per input with its final verdict; what has one is "
       "not run again [standard output, and then it is]"},
      {"--output", "FILE", &options->output, nullptr,
       "where what a run writes to standard output goes, for example "
       "'out/{/.}.ppm'; written iff it ends clean [nowhere]"},
      {"--retries", "N", &words->retries, nullptr,
       "runs more for an input whose verdict load or an outsider may have "
       "caused [2]"},
      {"--larger-pool", "SIZE", &words->larger_pool, nullptr,
       "one run more, with this pool, for an input that exhausted --pool "
       "[none]"},
      {"--start", "HOW", &words->start, nullptr,
       "template: the program is loaded once, and forked for each input; exec: "
       "started anew for each [template]"},
      {"--quarantine", "FILE", &options->quarantine, nullptr,
       "at the end, the inputs that did not end clean, a line each [none]"},
      {"--progress", "WHEN", &words->progress, nullptr,
       "the bar on standard error: auto, always, never [auto: on a terminal]"},
      {"--null", "", nullptr, &words->null,
       "inputs and the quarantine list end in a zero byte, not in a line end"},
      {"--help", "", nullptr, &words->help, "print this and end"},
  };
}

std::string Help(const std::vector<BatchFlag>& flags) {
  constexpr size_t kColumn = 24;
  std::string text = kUsage;
  for (const BatchFlag& flag : flags) {
    std::string left = std::string("  ") + flag.name;
    if (flag.value[0] != '\0') left += std::string("=") + flag.value;
    left.resize(std::max(left.size() + 1, kColumn), ' ');
    text += left + flag.help + "\n";
  }
  return text + kFooter;
}

// Divides the command line between the batch and its runs.
class WordDivider {
 public:
  explicit WordDivider(const std::vector<BatchFlag>& flags) : flags_(flags) {}

  // Errors: one line; empty iff there is none.
  std::string Divide(int argc, char** argv) {
    int at = 2;
    while (at < argc && argv[at][0] == '-' && argv[at] != std::string("--")) {
      const std::string_view word = argv[at++];
      if (const BatchFlag* flag = Find(word)) {
        if (std::string error = Take(*flag, word, argc, argv, &at);
            !error.empty()) {
          return error;
        }
        continue;
      }
      rest_.push_back(argv[at - 1]);
      const Flag* const of_run =
          word.starts_with("--") ? FindFlag(word.substr(2)) : nullptr;
      if (of_run != nullptr && !of_run->is_switch() && at < argc) {
        rest_.push_back(argv[at++]);
      }
    }
    rest_.insert(rest_.end(), argv + at, argv + argc);
    return {};
  }

  // Of the runs, with the name of the program in front.
  std::vector<char*>& rest() { return rest_; }

 private:
  const BatchFlag* Find(std::string_view word) const {
    std::string_view name = word.substr(0, word.find('='));
    if (name == "-h") name = "--help";
    for (const BatchFlag& flag : flags_) {
      if (name == flag.name) return &flag;
    }
    return nullptr;
  }

  std::string Take(const BatchFlag& flag, std::string_view word, int argc,
                   char** argv, int* at) {
    const std::string name = flag.name;
    const size_t equals = word.find('=');
    if (!given_.insert(flag.name).second) {
      return name + ": it is given more than once";
    }
    if (flag.text == nullptr) {
      if (equals != word.npos) return name + ": it takes no value";
      *flag.given = true;
      return {};
    }
    if (equals != word.npos) {
      *flag.text = word.substr(equals + 1);
    } else if (*at < argc) {
      *flag.text = argv[(*at)++];
    }
    return flag.text->empty() ? name + ": the value is empty" : std::string();
  }

  const std::vector<BatchFlag>& flags_;
  std::set<std::string_view> given_;
  char name_[8] = "jailrun";
  std::vector<char*> rest_ = {name_};
};

std::optional<uint32_t> ReadCount(const std::string& word, uint32_t least,
                                  uint32_t most) {
  uint32_t count = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, code] = std::from_chars(word.data(), end, count);
  if (code != std::errc() || rest != end) return {};
  if (count < least || count > most) return {};
  return count;
}

// Those that this process may use.
uint32_t Cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) < 0) return 1;
  return static_cast<uint32_t>(CPU_COUNT(&set));
}

std::string ReadCounts(const Words& words, BatchOptions* options) {
  options->jobs = Cpus();
  if (!words.jobs.empty()) {
    const auto jobs = ReadCount(words.jobs, 1, kMostJobs);
    if (!jobs) {
      return "--jobs=" + words.jobs + ": use a number from 1 to " +
             std::to_string(kMostJobs);
    }
    options->jobs = *jobs;
  }
  if (words.retries.empty()) return {};
  const auto retries = ReadCount(words.retries, 0, kMostRetries);
  if (!retries) {
    return "--retries=" + words.retries + ": use a number from 0 to " +
           std::to_string(kMostRetries);
  }
  options->retries = *retries;
  return {};
}

std::string ReadLargerPool(const Words& words, BatchOptions* options) {
  if (words.larger_pool.empty()) return {};
  const std::string where = "--larger-pool=" + words.larger_pool + ": ";
  std::string error;
  const auto bytes = ParseByteSize(words.larger_pool, &error);
  if (!bytes) return where + error + " (for example --larger-pool=1G)";
  if (*bytes <= options->jail.pool_bytes) {
    return where + "it has to be larger than --pool, " +
           SizeArgument(options->jail.pool_bytes);
  }
  if (*bytes > kMostPoolBytes) {
    return where + "too large; the most is " + SizeArgument(kMostPoolBytes);
  }
  options->larger_pool_bytes = *bytes;
  return {};
}

std::string ReadChoices(const Words& words, BatchOptions* options) {
  if (words.progress == "always") {
    options->progress = ShowProgress::kAlways;
  } else if (words.progress == "never") {
    options->progress = ShowProgress::kNever;
  } else if (words.progress != "auto") {
    return "--progress=" + words.progress + ": use auto, always or never";
  }
  if (words.start == "exec") {
    options->start = StartedBy::kExec;
  } else if (words.start != "template") {
    return "--start=" + words.start + ": use template or exec";
  }
  options->separator = words.null ? '\0' : '\n';
  return {};
}

// What makes no sense for many runs.
std::string CheckRun(const Options& run) {
  if (run.json_fd >= 0) {
    return "--json-fd: a batch has a journal instead; see --journal";
  }
  if (!run.page_file.empty()) return "--html: a batch has no page";
  if (run.mode == Mode::kDryRun) {
    return "--dry-run: try it with jailrun itself, on one input";
  }
  if (run.mode == Mode::kUnjailed) {
    return "--unjailed: a batch is jailed; try it with jailrun itself, on one "
           "input";
  }
  if (run.on_violation == OnViolation::kLog) {
    return "--on-violation=log: a batch is jailed; try it with jailrun itself, "
           "on one input";
  }
  if (run.late_loading == LateLoading::kLearned) {
    return "--auto-load: try it with jailrun itself, on one input, and give "
           "the --load that it names";
  }
  if (run.profiling == Profiling::kOn) {
    return "--profile: a batch has no report of each run; try it with jailrun "
           "itself, on one input";
  }
  return {};
}

// Where to look is another help.
std::string OfBatch(std::string error) {
  constexpr std::string_view kHelpOfRun = "see jailrun --help";
  if (error.ends_with(kHelpOfRun)) {
    error.resize(error.size() - kHelpOfRun.size());
    error += "see jailrun batch --help";
  }
  return error;
}

std::string ReadCommand(BatchOptions* options) {
  std::vector<std::string>& words = options->jail.command;
  options->command_text = words[0];
  std::string error;
  auto command = CommandTemplate::Parse(words[0], &error);
  if (!command) {
    return "the command " + Quoted(words[0]) + ": " + error +
           " (for example 'djpeg {}')";
  }
  options->command = *std::move(command);
  options->inputs.assign(words.begin() + 1, words.end());
  words.clear();
  if (!options->output.empty() && !HasPlaceholder(options->output)) {
    return "--output=" + options->output +
           ": all inputs would go to one file; put {}, {.}, {/} or {/.} in it";
  }
  return {};
}

}  // namespace

std::vector<BatchFlagHelp> AllBatchFlags() {
  Words words;
  BatchOptions options;
  std::vector<BatchFlagHelp> all;
  for (const BatchFlag& flag : BatchFlags(&words, &options)) {
    all.push_back({flag.name, flag.value, flag.help});
  }
  return all;
}

ParsedBatch ParseBatch(int argc, char** argv) {
  ParsedBatch parsed;
  BatchOptions* options = &parsed.options;
  Words words;
  const std::vector<BatchFlag> flags = BatchFlags(&words, options);
  WordDivider divider(flags);
  parsed.error = divider.Divide(argc, argv);
  if (parsed.error.empty() && words.help) {
    parsed.output = Help(flags);
    return parsed;
  }
  // Even where something is wrong already: the exit code depends on it.
  std::vector<char*>& rest = divider.rest();
  const int count = static_cast<int>(rest.size());
  rest.push_back(nullptr);
  ParsedOptions run = ParseOptions(count, rest.data(), environ);
  options->jail = std::move(run.options);
  if (parsed.error.empty()) {
    parsed.error = OfBatch(std::move(run.error));
    parsed.output = std::move(run.output);
    if (!parsed.output.empty()) return parsed;
  }
  if (parsed.error.empty()) parsed.error = CheckRun(options->jail);
  for (const auto read : {&ReadCounts, &ReadLargerPool, &ReadChoices}) {
    if (parsed.error.empty()) parsed.error = read(words, options);
  }
  if (parsed.error.empty()) parsed.error = ReadCommand(options);
  parsed.error = Escaped(parsed.error);
  return parsed;
}

}  // namespace cellblock
