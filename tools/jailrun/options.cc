// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/options.h"

#include <fcntl.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/command_line.h"
#include "tools/jailrun/duration.h"
#include "tools/jailrun/flag_sources.h"
#include "tools/jailrun/layer_options.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

using Words = FlagWords;

template <typename T>
std::optional<T> Choose(
    const std::string& word,
    std::initializer_list<std::pair<std::string_view, T>> choices) {
  for (const auto& [name, value] : choices) {
    if (word == name) return value;
  }
  return {};
}

// Each reads one group of words. Empty iff they are in order.

// It decides the exit code of what is wrong with the others.
std::string ReadExitMap(const Words& words, Options* options) {
  const auto exit_map = Choose<ExitMap>(
      words.exit_map,
      {{"shell", ExitMap::kShell}, {"engine", ExitMap::kEngine}});
  if (!exit_map) {
    return "--exit-map=" + words.exit_map + ": use shell or engine";
  }
  options->exit_map = *exit_map;
  return {};
}

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

std::string ReadPolicy(const Words& words, Options* options) {
  options->policy_file = words.policy;
  options->allowed = words.allowed;
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
  int fd = -1;
  std::string error = ReadDescriptor(words.json_fd, &fd);
  if (error.empty() && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) {
    error = ": that descriptor is open for reading alone";
  }
  if (error.empty()) {
    options->json_fd = fd;
    return {};
  }
  return "--json-fd=" + words.json_fd + error +
         " (in a shell: jailrun --json-fd=3 PROGRAM 3>report.json)";
}

std::string ReadPageFile(const Words& words, Options* options) {
  if (words.html.empty()) return {};
  // It is opened before the run goes to its directory.
  const bool from_there = !words.directory.empty() && words.html[0] != '/';
  options->page_file =
      from_there ? words.directory + "/" + words.html : words.html;
  return {};
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
  if (words.unjailed && words.auto_load) {
    return "--unjailed and --auto-load exclude each other";
  }
  if (words.unjailed && words.profile) {
    return "--unjailed and --profile exclude each other: a profile is of a "
           "jailed run";
  }
  if (words.profile) options->profiling = Profiling::kOn;
  if (words.unjailed) options->mode = Mode::kUnjailed;
  if (words.dry_run) options->mode = Mode::kDryRun;
  if (words.canary) options->canary = Canary::kTried;
  if (words.auto_load) options->late_loading = LateLoading::kLearned;
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

// Puts what the command line gives above the variables, and those above the
// configuration file. Returns what is first found wrong, or nothing; what is
// right is there all the same.
std::string ReadSources(const CommandLine& line, char* const* environment,
                        FlagLayers* layers) {
  std::string first = line.error;
  const auto note = [&first](const std::string& error) {
    if (first.empty()) first = error;
  };
  std::vector<GivenFlag> variables;
  if (environment != nullptr) note(ReadVariables(environment, &variables));
  FlagLayers named;
  note(named.Add(variables));
  named.AddCommandLine(line.given, line.words);
  if (const std::string& path = named.words().config; !path.empty()) {
    std::vector<GivenFlag> in_file;
    note(named.origins().WithOrigin(ReadConfigFile(path, &in_file)));
    note(named.origins().WithOrigin(layers->Add(in_file)));
  }
  (void)layers->Add(variables);
  layers->AddCommandLine(line.given, line.words);
  return first;
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

ParsedOptions ParseOptions(int argc, char** argv, char* const* environment) {
  ParsedOptions parsed;
  CommandLine line = TakeApart(argc, argv);
  if (!line.help.empty()) {
    parsed.output = std::move(line.help);
    return parsed;
  }
  if (line.words.version && line.error.empty()) {
    parsed.output = std::string("jailrun ") + kVersion + "\n";
    return parsed;
  }
  FlagLayers layers;
  parsed.error = ReadSources(line, environment, &layers);
  parsed.origins = layers.origins();
  const Words& words = layers.words();
  // Where what is wrong is told is read of what is wrong too.
  for (const auto read : {&ReadExitMap, &ReadJsonFd}) {
    const std::string error = read(words, &parsed.options);
    if (parsed.error.empty()) parsed.error = parsed.origins.WithOrigin(error);
  }
  for (const auto read : {&ReadPool, &ReadMemory, &ReadPolicy, &ReadRun,
                          &ReadPageFile, &ReadPassedFds, &ReadLayers}) {
    if (!parsed.error.empty()) break;
    parsed.error = parsed.origins.WithOrigin(read(words, &parsed.options));
  }
  if (parsed.error.empty()) {
    parsed.error = ReadCommand(std::move(line.rest), &parsed.options);
  }
  parsed.error = Escaped(parsed.error);
  return parsed;
}

}  // namespace cellblock
