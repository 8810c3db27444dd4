// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/auto_load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "jail/launch.h"
#include "jail/lock.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/load_list.h"
#include "tools/jailrun/load_presets.h"
#include "tools/jailrun/matching_files.h"
#include "tools/jailrun/readable_paths.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run.h"

namespace cellblock {
namespace {

// What a learning run tells the process that started it.
struct Finding {
  bool ended;    // Run has returned
  bool refused;  // with the verdict kSetupFailed
  uint32_t count;
  char paths[LateLoads::kMostShown][LateLoads::kMostBytes];
};

bool IsAnyOf(std::string_view word,
             std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Threads, timers and events: what a program does with those stays in it.
bool StaysInside(const std::string& allowed) {
  return IsAnyOf(allowed, {"@threads", "@events", "@timers", "timer_create",
                           "timer_settime", "timer_gettime", "timer_getoverrun",
                           "timer_delete"});
}

// A device that gives the same, or as good, to each who reads it.
bool CanBeReadAgain(dev_t device) {
  return major(device) == 1 &&
         (minor(device) == 3 || minor(device) == 5 || minor(device) == 8 ||
          minor(device) == 9);  // null, zero, random, urandom
}

const char* KindOf(const struct stat& status) {
  if (S_ISFIFO(status.st_mode)) return "a pipe";
  if (S_ISSOCK(status.st_mode)) return "a socket";
  return isatty(STDIN_FILENO) == 1 ? "a terminal" : "a device";
}

std::string WhyNotReadTwice() {
  struct stat status;
  if (fstat(STDIN_FILENO, &status) != 0) return {};
  const std::string what = "standard input is ";
  if (S_ISREG(status.st_mode)) {
    const int flags = fcntl(STDIN_FILENO, F_GETFL);
    return (flags & O_ACCMODE) == O_RDONLY
               ? ""
               : what + "a file that the program may write to";
  }
  if (S_ISDIR(status.st_mode)) return {};
  if (S_ISCHR(status.st_mode) && CanBeReadAgain(status.st_rdev)) return {};
  return what + KindOf(status) + ", which can be read only once";
}

// Of what the command line names, that which reading uses up.
std::string WhyNotOpenedTwice(const Options& options) {
  std::vector<std::string> named = options.readable;
  for (size_t i = 1; i < options.command.size(); ++i) {
    const std::string& word = options.command[i];
    named.push_back(word);
    const size_t equals = word.find('=');
    if (equals != std::string::npos) named.push_back(word.substr(equals + 1));
  }
  // From where they will be opened.
  const UniqueFd directory(
      options.directory.empty()
          ? -1
          : open(options.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const int from = directory.ok() ? directory.get() : AT_FDCWD;
  for (const std::string& path : named) {
    struct stat status;
    if (fstatat(from, path.c_str(), &status, 0) != 0) continue;
    const bool again =
        S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ||
        (S_ISCHR(status.st_mode) && CanBeReadAgain(status.st_rdev));
    // What stands for standard input was looked at as that.
    if (again || path.starts_with("/dev/std") || path.starts_with("/dev/fd/")) {
      continue;
    }
    return path + " is neither a file nor a directory";
  }
  return {};
}

void Learn(const Options& options, pid_t parent, Finding* finding) {
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
      dup2(nothing, STDERR_FILENO) < 0 || !DieWithParent(parent)) {
    return;
  }
  Options once = options;
  once.json_fd = -1;
  once.late_loading = LateLoading::kRefused;
  once.profiling = Profiling::kOff;
  const RunRecord record = Run(once);
  for (const std::string& path : record.first_late_loads) {
    if (finding->count == LateLoads::kMostShown) break;
    // A jailed program may have left the end out. The area is zeroed.
    const size_t length = std::min(path.size(), LateLoads::kMostBytes - 1);
    memcpy(finding->paths[finding->count++], path.data(), length);
  }
  finding->refused = record.verdict.verdict_class == VerdictClass::kSetupFailed;
  finding->ended = true;
}

// Once, in a process of its own. False iff that did not come to its end.
bool LearnApart(const Options& options, Finding* finding) {
  const off_t position = lseek(STDIN_FILENO, 0, SEEK_CUR);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    Learn(options, parent, finding);
    _exit(0);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (position >= 0) lseek(STDIN_FILENO, position, SEEK_SET);
  return child > 0 && finding->ended;
}

RunRecord Refuse(const Options& options, std::string reason,
                 std::string advice) {
  RunRecord record;
  record.options = options;
  record.reason = "--auto-load: " + std::move(reason);
  record.advice = std::move(advice);
  record.verdict.permanent = true;
  return record;
}

// What is learned over all runs.
class Lessons {
 public:
  explicit Lessons(std::vector<std::string> given)
      : loads_(std::move(given)), given_(loads_.size()) {}

  // True iff there is something new in it.
  bool Take(const Finding& finding) {
    const size_t before = loads_.size();
    for (uint32_t i = 0; i < finding.count; ++i) Add(finding.paths[i]);
    return loads_.size() > before;
  }

  void KeepFirst(size_t loads) { loads_.resize(loads); }

  // As --load takes them: those that were given, then those that are new.
  const std::vector<std::string>& loads() const { return loads_; }

  void Fill(LoadedLibraries* loaded) const {
    for (size_t i = given_; i < loads_.size(); ++i) {
      loaded->learned.push_back("--load=" + loads_[i]);
    }
    loaded->not_trusted = not_trusted_;
  }

 private:
  static void AddOnce(const std::string& word, std::vector<std::string>* to) {
    if (std::find(to->begin(), to->end(), word) == to->end()) {
      to->push_back(word);
    }
  }

  // Each file that the preset would load.
  static bool IsAllOfAdministrator(const LoadPreset& preset) {
    for (const std::string& pattern : Patterns(preset)) {
      for (const std::string& file : MatchingFiles(pattern)) {
        char path[PATH_MAX];
        if (realpath(file.c_str(), path) == nullptr) return false;
        if (!IsOfAdministrator(path)) return false;
      }
    }
    return true;
  }

  // Nothing is asked of the file system about what cannot be the system's.
  void Add(const char* said) {
    if (LoadOptionFor(said).empty()) return;
    if (!IsOfSystem(said)) return AddOnce(said, &not_trusted_);
    char path[PATH_MAX];
    if (realpath(said, path) == nullptr) return;
    if (!IsOfAdministrator(path)) return AddOnce(path, &not_trusted_);
    const LoadPreset* const preset = LoadPresetFor(path);
    if (preset != nullptr && IsAllOfAdministrator(*preset)) {
      return AddOnce(preset->name, &loads_);
    }
    if (CheckLibrary(path, {}, nullptr).empty()) AddOnce(path, &loads_);
  }

  std::vector<std::string> loads_;
  const size_t given_;
  std::vector<std::string> not_trusted_;
};

}  // namespace

bool IsOfAdministrator(const std::string& path) {
  struct stat status;
  const auto is_roots = [&status](const std::string& name) {
    return stat(name.c_str(), &status) == 0 && status.st_uid == 0 &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  };
  if (path.empty() || path[0] != '/') return false;
  if (!is_roots(path) || !S_ISREG(status.st_mode)) return false;
  for (std::string directory = path; directory != "/";) {
    directory = DirectoryOf(directory);
    if (!is_roots(directory)) return false;
  }
  return true;
}

std::string WhyNotTwice(const Options& options) {
  if (!options.writable.empty()) return "--rw lets it write each time";
  if (!options.passed_fds.empty()) {
    return "what --pass-fd leaves open may be used up";
  }
  const bool stays_inside =
      std::all_of(options.allowed.begin(), options.allowed.end(), &StaysInside);
  if (!stays_inside || !options.policy_file.empty() ||
      !IsAnyOf(options.preset, {"strict", "worker", "decoder"})) {
    return "what it may do beyond the presets strict, worker and decoder can "
           "have effects elsewhere (threads, timers and events have none)";
  }
  if (options.on_violation == OnViolation::kLog) {
    return "--on-violation=log carries out what it does";
  }
  std::string why = WhyNotReadTwice();
  return why.empty() ? WhyNotOpenedTwice(options) : why;
}

RunRecord RunWithLearnedLoads(const Options& options) {
  if (options.mode != Mode::kJailed) return Run(options);
  if (std::string why = WhyNotTwice(options); !why.empty()) {
    return Refuse(options, "the program cannot be run twice: " + why,
                  "run it without, and give the --load that the report names");
  }
  void* const shared = mmap(nullptr, sizeof(Finding), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    return Refuse(options, WithErrno("cannot share memory", errno), {});
  }
  auto* const finding = static_cast<Finding*>(shared);
  Options next = options;
  Lessons lessons(options.loads);
  uint32_t runs = 0;
  bool more = true;
  size_t loadable = next.loads.size();  // so many, and then the newest
  while (more && runs < kMostLearningRuns) {
    memset(shared, 0, sizeof(Finding));
    if (!LearnApart(next, finding)) {
      return Refuse(options, "the program could not be run to learn from",
                    "see the limit on processes (ulimit -u)");
    }
    ++runs;
    if (finding->refused) {
      // What was learned last cannot be loaded, or nothing could be run at all.
      lessons.KeepFirst(loadable);
      more = false;
    } else {
      loadable = next.loads.size();
      more = lessons.Take(*finding);
    }
    next.loads = lessons.loads();
  }
  RunRecord record = Run(next);
  record.loaded.learning_runs = runs;
  lessons.Fill(&record.loaded);
  return record;
}

}  // namespace cellblock
