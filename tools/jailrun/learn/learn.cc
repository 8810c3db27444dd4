// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "jail/launch.h"
#include "tools/jailrun/environment.h"
#include "tools/jailrun/learn/call_recorder.h"
#include "tools/jailrun/learn/learn_words.h"
#include "tools/jailrun/learn/lesson.h"
#include "tools/jailrun/learn/load_words.h"
#include "tools/jailrun/learn/tracer.h"
#include "tools/jailrun/learn/verification.h"
#include "tools/jailrun/path_grants.h"
#include "tools/jailrun/program.h"
#include "tools/jailrun/readable_paths.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/report_lines.h"
#include "tools/jailrun/reserve_text.h"
#include "tools/jailrun/run_record.h"
#include "tools/jailrun/runtime_library.h"
#include "tools/jailrun/shared_control.h"

extern char** environ;

namespace cellblock {
namespace {

LearnOutcome Refuse(const Refusal& refusal, int json_fd) {
  std::string line = refusal.reason;
  if (!refusal.advice.empty()) line += "; " + refusal.advice;
  const int exit_code = static_cast<int>(refusal.code);
  ReportLines report;
  report.Add(line);
  return {.report = report.Take(),
          .json = json_fd >= 0 ? FailureJson(line, exit_code) : "",
          .json_fd = json_fd,
          .exit_code = exit_code};
}

// The file that the policy goes to. Opened before the program runs, so that it
// is not run in vain.
class PolicyOutput {
 public:
  [[nodiscard]] std::optional<Refusal> Open(const std::string& path) {
    if (path.empty()) return {};
    path_ = path;
    struct stat status;
    made_ = stat(path.c_str(), &status) != 0;
    fd_ = UniqueFd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    if (fd_.ok()) return {};
    return Refusal{.reason = WithErrno("learn --output=" + path, errno),
                   .advice = "name a file that can be written"};
  }

  [[nodiscard]] std::optional<Refusal> Write(std::string_view text) {
    if (!fd_.ok()) return {};
    // Not a file that can be cut: a pipe, say.
    (void)!ftruncate(fd_.get(), 0);
    while (!text.empty()) {
      const ssize_t written = write(fd_.get(), text.data(), text.size());
      if (written < 0 && errno != EINTR) {
        return Refusal{.reason = WithErrno("learn --output=" + path_, errno),
                       .advice = "name a file on a disk with room"};
      }
      if (written > 0) text.remove_prefix(static_cast<size_t>(written));
    }
    fd_.Close();
    return {};
  }

  // Nothing was learned: an empty file would be no policy.
  ~PolicyOutput() {
    if (fd_.ok() && made_) unlink(path_.c_str());
  }

 private:
  std::string path_;
  UniqueFd fd_;
  bool made_ = false;
};

bool IsRegularFile(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

class Lecture {
 public:
  explicit Lecture(LearnWords words)
      : words_(std::move(words)), environment_(environ, words_.options) {}

  LearnOutcome Hold() {
    const int json_fd = options().json_fd;
    if (auto refusal = Prepare()) return Refuse(*refusal, json_fd);
    const off_t position = InputPosition();
    CallRecorder recorder(shared_.get());
    Tracer tracer(&recorder);
    if (auto refusal = Start(&tracer)) return Refuse(*refusal, json_fd);
    Lesson lesson;
    lesson.learned = recorder.Take(tracer.Watch());
    if (!lesson.learned.main_began) {
      return Refuse(NeverBegun(lesson.learned.end), json_fd);
    }
    Draw(&lesson);
    if (auto refusal = policy_.Write(PolicyFileText(lesson))) {
      return Refuse(*refusal, json_fd);
    }
    if (words_.verify) {
      lesson.verification = Verify(lesson, tracer.inherited(), position);
    }
    return {.report = LessonText(lesson),
            .json = json_fd >= 0 ? LessonJson(lesson) : "",
            .json_fd = json_fd,
            .exit_code = lesson.exit_code};
  }

 private:
  const Options& options() const { return words_.options; }

  std::optional<Refusal> Prepare() {
    if (auto refusal = FindProgram({.command = options().command,
                                    .path = getenv("PATH"),
                                    .environment = &environment_},
                                   &program_)) {
      return refusal;
    }
    if (auto refusal = runtime_.Find()) return refusal;
    if (auto refusal = policy_.Open(words_.policy_file)) return refusal;
    // When pages are provided teaches nothing, and may need privileges.
    Options lazy = options();
    lazy.commit = Commit::kLazy;
    if (const char* failed = shared_.Create(lazy)) {
      return Refusal{.reason = WithErrno(failed, errno)};
    }
    return {};
  }

  std::optional<Refusal> Start(Tracer* tracer) {
    const ProgramEnvironment environment(
        environment_.get(), runtime_.preload_name(),
        shared_.Descriptors(runtime_.held_descriptor()));
    const std::vector<char*> argv = ArgumentPointers(program_.arguments);
    std::vector<int> kept = options().passed_fds;
    kept.insert(kept.end(), {shared_.memfd(), shared_.runtime_socket(),
                             runtime_.held_descriptor()});
    auto refusal = tracer->Start({.path = program_.path.c_str(),
                                  .argv = argv.data(),
                                  .envp = environment.get(),
                                  .kept = kept});
    shared_.CloseRuntimeSocket();
    return refusal;
  }

  static Refusal NeverBegun(const ProcessEnd& end) {
    return {.reason = end.signaled
                          ? std::string("the program was ended by signal ") +
                                std::to_string(end.code) + " (" +
                                strsignal(end.code) + ") before its main"
                          : "the program exited with " +
                                std::to_string(end.code) + " before its main",
            .advice =
                "there is nothing to learn from; messages above may say "
                "why"};
  }

  // What a run by the same command line may read. Of /proc that is what the
  // program `pid` looks up of itself.
  PathFacts FactsFor(pid_t pid) const {
    std::vector<std::string> granted;
    const std::string home = HomeDirectory();
    const PathGrants grants =
        GrantPaths(options(), program_, runtime_.preload_name(), home);
    for (const PathGrant& grant : grants.all) granted.push_back(grant.path);
    const std::string own = "/proc/" + std::to_string(pid) + "/";
    const auto readable = [granted, own](const std::string& path) {
      return IsReadable(granted, path.starts_with(own)
                                     ? "/proc/self/" + path.substr(own.size())
                                     : path);
    };
    return {
        .readable_by_default = readable,
        .too_wide =
            [home](const std::string& path) { return IsTooMuch(path, home); },
        .exists = &IsRegularFile};
  }

  // What a jail has to be told of threads. Figures that the program counted,
  // and that it could have written: none is larger than the options take.
  static void LookAtThreads(const ThreadFigures& threads, Learned* learned) {
    if (learned->threads == 0) return;
    if (threads.laid == 0 || threads.most_in_use > kDefaultThreads) {
      learned->threads_needed = std::clamp<uint64_t>(
          threads.most_in_use, kDefaultThreads, kMostThreads);
    }
    if (threads.most_asked_bytes > kDefaultThreadStackBytes) {
      const uint64_t step = uint64_t{64} << 10;
      const uint64_t most =
          std::min(threads.most_asked_bytes, kMostThreadStackBytes);
      learned->thread_stack_bytes_needed = (most + step - 1) / step * step;
    }
  }

  // Address space that the program reserved and that the pool had no room for,
  // or would have had little room beside. Returns what the pool has to have.
  // What the pool refused stays mapped until the end, as what is older than the
  // lock does, so of those the largest counts.
  static uint64_t LookAtReservations(RunRecord* figures, Learned* learned) {
    RunRecord& record = *figures;
    const uint64_t refused = record.counters.refused_reservation;
    const uint64_t reserved =
        refused > 0 ? refused : learned->mappings.reserved_bytes;
    const bool beside = refused > 0 || reserved > record.options.pool_bytes / 2;
    // No pool is to be as large as that.
    if (refused > 0 && record.heap.last_exhaustion.asked == refused) {
      record.heap.exhausted = 0;
      record.heap.last_exhaustion = {};
    }
    if (beside) {
      learned->reserve_bytes_needed =
          ReserveFor(record.reserve_peak_bytes, reserved);
    } else if (record.reserve_peak_bytes > 0) {
      learned->reserve_bytes_needed = record.options.reserve_bytes;
    }
    return beside ? 0 : reserved;
  }

  void Draw(Lesson* lesson) {
    lesson->options = options();
    lesson->program = program_.path;
    lesson->policy_file = words_.policy_file;
    lesson->loads = LoadWordsFor(lesson->learned.late_libraries);
    lesson->suggestion =
        Suggest(lesson->learned, FactsFor(lesson->learned.pid));
    RunRecord record;
    record.options = options();
    shared_.CopyFigures(&record);
    LookAtThreads(record.threads, &lesson->learned);
    const uint64_t reserved = LookAtReservations(&record, &lesson->learned);
    lesson->heap = record.heap;
    record.heap.high_water_bytes +=
        lesson->learned.mappings.peak_bytes + reserved;
    SuggestPool(&record);
    lesson->pool_bytes =
        record.suggested_pool_bytes != 0
            ? std::max(record.suggested_pool_bytes, kLeastPoolBytes)
            : options().pool_bytes;
    const ProcessEnd& end = lesson->learned.end;
    lesson->exit_code = end.signaled
                            ? static_cast<int>(ExitCode::kSignalBase) + end.code
                            : end.code;
  }

  const LearnWords words_;
  ChosenEnvironment environment_;
  Program program_;
  RuntimeLibrary runtime_;
  PolicyOutput policy_;
  SharedControl shared_;
};

}  // namespace

bool IsLearn(int argc, char** argv) {
  return argc > 1 && std::string_view(argv[1]) == "learn";
}

LearnOutcome Learn(int argc, char** argv) {
  LearnWords words = ParseLearnWords(argc, argv);
  if (!words.output.empty()) return {.output = std::move(words.output)};
  if (!words.error.empty()) {
    return Refuse({.reason = words.error}, words.options.json_fd);
  }
  return Lecture(std::move(words)).Hold();
}

}  // namespace cellblock
