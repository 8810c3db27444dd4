// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "allocator/malloc/slab_pool.h"
#include "jail/landlock.h"
#include "jail/launch.h"
#include "jail/listener.h"
#include "tools/jailrun/chosen_environment.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/environment.h"
#include "tools/jailrun/limits.h"
#include "tools/jailrun/load_list.h"
#include "tools/jailrun/load_outcome.h"
#include "tools/jailrun/output_pump.h"
#include "tools/jailrun/path_grants.h"
#include "tools/jailrun/posture.h"
#include "tools/jailrun/profile/profiler.h"
#include "tools/jailrun/program.h"
#include "tools/jailrun/readable_paths.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run_policy.h"
#include "tools/jailrun/runtime_library.h"
#include "tools/jailrun/shared_control.h"
#include "tools/jailrun/signal_forwarder.h"
#include "tools/jailrun/supervisor.h"
#include "tools/jailrun/thread_starter.h"
#include "tools/jailrun/violation_report.h"

extern char** environ;

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

int64_t Microseconds(Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration)
      .count();
}

int64_t Microseconds(const timeval& time) {
  return int64_t{time.tv_sec} * 1000000 + time.tv_usec;
}

Refusal LaunchFailure(const Launched& launched, const std::string& path) {
  switch (launched.failed) {
    case LaunchStep::kExec: {
      const bool missing = launched.error == ENOENT;
      return {missing ? ExitCode::kNotFound : ExitCode::kNotExecutable,
              WithErrno(path, launched.error), "the kernel refuses to run it"};
    }
    case LaunchStep::kClone:
      return {.reason = WithErrno("cannot start a process", launched.error),
              .advice = "see the limit on processes (ulimit -u)"};
    case LaunchStep::kLandlock:
      return {.reason = WithErrno("cannot enter the Landlock domain",
                                  launched.error)};
    case LaunchStep::kDieWithParent:
      return {.reason = WithErrno("prctl(PR_SET_PDEATHSIG)", launched.error)};
    case LaunchStep::kNoNewPrivs:
      return {.reason =
                  WithErrno("prctl(PR_SET_NO_NEW_PRIVS)", launched.error)};
    case LaunchStep::kDescriptors:
      return {.reason =
                  WithErrno("cannot close the descriptors", launched.error)};
    case LaunchStep::kCapabilities:
      return {.reason = WithErrno("capset", launched.error)};
    default:
      return {.reason = WithErrno("cannot lower the resource limits",
                                  launched.error)};
  }
}

void AwaitTracer(const void* calls) {
  static_cast<const CallCounter*>(calls)->AwaitTracer();
}

// Without those that ended nothing: of reservations, those after which a
// smaller one was served. A figure that no program gets to excuses none.
uint64_t FailedAllocations(const RunRecord& record) {
  constexpr uint64_t kMostCoped = 1 << 20;
  const uint64_t failed = record.heap.exhausted;
  const uint64_t coped = record.counters.coped_reservations;
  return coped > kMostCoped ? failed : failed - std::min(failed, coped);
}

class Runner {
 public:
  explicit Runner(const Options& options) : environment_(environ, options) {
    record_.options = options;
  }

  RunRecord Run() {
    started_ = Clock::now();
    if (auto refusal = Prepare()) return Refuse(*refusal);
    if (record_.options.mode == Mode::kDryRun) return DryRun();
    if (auto refusal = Start()) return Refuse(*refusal);
    Supervise();
    return std::move(record_);
  }

 private:
  const Options& options() const { return record_.options; }
  bool confine() const { return options().mode == Mode::kJailed; }

  RunRecord Refuse(const Refusal& refusal) {
    record_.verdict = {.verdict_class = VerdictClass::kSetupFailed,
                       .exit_code = static_cast<int>(refusal.code),
                       .permanent = true};
    record_.reason = refusal.reason;
    record_.advice = refusal.advice;
    return std::move(record_);
  }

  std::optional<Refusal> Prepare() {
    const std::string& directory = options().directory;
    if (!directory.empty() && chdir(directory.c_str()) != 0) {
      return Refusal{.reason = WithErrno("--chdir=" + directory, errno),
                     .advice = "name a directory that you may enter"};
    }
    if (std::string error = policy_.Build(options()); !error.empty()) {
      return Refusal{.reason = error};
    }
    record_.options.preset = policy_.preset();
    record_.starts_threads = policy_.StartsThreads();
    Program program;
    if (auto refusal = FindProgram({.command = options().command,
                                    .path = getenv("PATH"),
                                    .environment = &environment_},
                                   &program)) {
      return refusal;
    }
    record_.program = program.path;
    record_.script = program.script;
    record_.interpreters = program.interpreters;
    arguments_ = program.arguments;
    const LibraryPaths paths = {
        .library_path = environment_.Last("LD_LIBRARY_PATH"),
        .preload = environment_.Last("LD_PRELOAD")};
    if (auto refusal = FindLibraries(options().loads, paths, &loads_)) {
      return refusal;
    }
    program.stray_libraries.insert(program.stray_libraries.end(),
                                   loads_.strays.begin(), loads_.strays.end());
    if (auto refusal = FindLimits(options(), &limits_)) return refusal;
    if (auto refusal = runtime_.Find()) return refusal;
    return options().mode == Mode::kUnjailed ? std::nullopt
                                             : ConfineFiles(program);
  }

  bool NamesPaths() const {
    return !options().readable.empty() || !options().writable.empty();
  }

  std::optional<Refusal> ConfineFiles(const Program& program) {
    PathGrants grants = GrantPaths(options(), program, runtime_.preload_name(),
                                   HomeDirectory());
    record_.named_paths = std::move(grants.named);
    landlock_ = FileConfinement::Create(grants.all, &landlock_missing_);
    if (!landlock_.empty() || !NamesPaths()) return {};
    const char* const option = options().writable.empty()   ? "--ro"
                               : options().readable.empty() ? "--rw"
                                                            : "--ro or --rw";
    return Refusal{.reason = std::string(option) + ": " + landlock_missing_,
                   .advice = std::string(option) +
                             " needs Landlock and a path that exists"};
  }

  RunRecord DryRun() {
    std::string error;
    record_.filter_length = policy_.ProvedFilter(getpid(), &error).size();
    if (!error.empty()) return Refuse({.reason = error});
    record_.thread_starter = FindThreadStarter(
        record_.interpreters.empty() ? record_.program
                                     : record_.interpreters.back(),
        {.library_path = environment_.Last("LD_LIBRARY_PATH"),
         .preload = environment_.Last("LD_PRELOAD")});
    record_.verdict = {.verdict_class = VerdictClass::kClean,
                       .exit_code = 0,
                       .permanent = true};
    record_.loaded.loaded = loads_.libraries.size();
    return std::move(record_);
  }

  std::optional<Refusal> Start() {
    signals_.emplace();
    if (const char* failed = shared_.Create(options(), loads_.libraries)) {
      return Refusal{.reason = WithErrno(failed, errno)};
    }
    shared_.get()->opens_files = !confine() || Allows(SYS_openat);
    shared_.get()->names_late_loads = Allows(SYS_readlink);
    if (!record_.starts_threads) shared_.get()->threads = 0;
    if (options().json_fd > STDERR_FILENO) {
      fcntl(options().json_fd, F_SETFD, FD_CLOEXEC);
    }
    const ProgramEnvironment environment(
        environment_.get(), runtime_.preload_name(),
        shared_.Descriptors(runtime_.held_descriptor()));
    const std::vector<char*> argv = ArgumentPointers(arguments_);
    runtime_fds_ = {shared_.memfd(), shared_.runtime_socket(),
                    runtime_.held_descriptor()};
    std::vector<int> kept = options().passed_fds;
    kept.insert(kept.end(), runtime_fds_.begin(), runtime_fds_.end());
    if (auto refusal = RedirectOutput()) return refusal;
    if (options().profiling == Profiling::kOn) {
      profiler_.emplace().Start(options(), shared_.runtime_socket());
    }
    child_ = Launch(
        {.path = record_.program.c_str(),
         .argv = argv.data(),
         .envp = environment.get(),
         .signals = &signals_->inherited(),
         .landlock = landlock_.empty() ? nullptr : &landlock_,
         .landlock_necessity =
             NamesPaths() ? Necessity::kRequired : Necessity::kOptional,
         .locked_bytes = LockedBytes(),
         .kept = kept,
         .limits = limits_.limits,
         .most_stack_bytes = options().stack_bytes.value_or(kMostStackBytes),
         .confine = confine(),
         .restrict_speculation =
             options().speculation == Speculation::kRestricted,
         .last = profiler_ ? &AwaitTracer : nullptr,
         .last_argument = profiler_ ? profiler_->calls() : nullptr});
    if (output_) output_->Restore();
    if (child_.failed != LaunchStep::kStarted) {
      return LaunchFailure(child_, record_.program);
    }
    shared_.CloseRuntimeSocket();
    return confine() ? GiveFilter() : std::nullopt;
  }

  std::optional<Refusal> RedirectOutput() {
    if (!options().output_bytes) return {};
    output_.emplace(*options().output_bytes);
    const char* const failed = output_->Redirect();
    if (failed == nullptr) return {};
    const Refusal refusal = {.reason = WithErrno(failed, errno),
                             .advice =
                                 "see the limit on descriptors (ulimit "
                                 "-n), or leave the option out"};
    output_->Restore();
    return refusal;
  }

  bool Allows(uint32_t call) const {
    return policy_.policy().Decide({.number = call, .args = {}}, 0).action ==
           Action::kAllow;
  }

  // The pool, its tables, and a little for their ends.
  uint64_t LockedBytes() const {
    if (options().commit != Commit::kLock) return 0;
    const uint64_t pool = options().pool_bytes;
    return pool + SlabPool::SideBytesFor(pool) + (uint64_t{1} << 20);
  }

  // While the program loads.
  std::optional<Refusal> GiveFilter() {
    hand_over_ =
        Listener::CanFetch(child_.pidfd.get(), shared_.runtime_socket())
            ? HandOver::kFetched
            : HandOver::kSent;
    std::string error =
        policy_.AllowStart(shared_.runtime_socket(), hand_over_);
    std::vector<sock_filter> filter;
    if (error.empty()) filter = policy_.ProvedFilter(child_.pid, &error);
    if (error.empty()) error = Publish(policy_, filter, hand_over_);
    if (error.empty()) return {};
    kill(child_.pid, SIGKILL);
    return Refusal{.reason = error};
  }

  // Gives the runtime a filter that was proved. Returns why not, or nothing.
  std::string Publish(const RunPolicy& policy,
                      const std::vector<sock_filter>& filter,
                      HandOver hand_over) {
    record_.filter_length = filter.size();
    if (filter.size() > kMaxFilterLength) return "the filter is too long";
    if (options().canary == Canary::kTried) {
      if (std::string error = policy.TryCanary(filter); !error.empty()) {
        return error;
      }
    }
    shared_.Publish(filter, hand_over);
    return {};
  }

  // The program has asked for it: nobody can listen to its calls.
  std::string GiveStandaloneFilter() {
    RunPolicy policy;
    std::string error = policy.Build(options());
    // Nothing is handed over.
    if (error.empty()) {
      error = policy.AllowStart(shared_.runtime_socket(), HandOver::kFetched);
    }
    if (!error.empty()) return error;
    const std::vector<sock_filter> filter =
        policy.ProvedStandaloneFilter(child_.pid, &error);
    if (!error.empty()) return error;
    return Publish(policy, filter, HandOver::kFetched);
  }

  void Supervise() {
    const Policy policy = policy_.policy();
    Supervisor supervisor(
        {.child = &child_,
         .control = shared_.get(),
         .socket = shared_.socket(),
         .hand_over = hand_over_,
         .passed_fds = options().passed_fds,
         .runtime_fds = runtime_fds_,
         .policy = &policy,
         .on_violation = options().on_violation,
         .give_standalone_filter = [this] { return GiveStandaloneFilter(); },
         .signals = &*signals_,
         .output = output_ ? &*output_ : nullptr,
         .calls = profiler_ ? profiler_->calls() : nullptr,
         .started = started_,
         .timeout = options().timeout,
         .confine = confine()});
    Observation seen = supervisor.Watch();
    if (profiler_) profiler_->End();
    shared_.CopyFigures(&record_);
    seen.evidence.failed_allocations = FailedAllocations(record_);
    seen.evidence.cpu_limit = limits_.cpu;
    seen.evidence.cpu_used = static_cast<uint64_t>(
        Microseconds(seen.usage.ru_utime) + Microseconds(seen.usage.ru_stime));
    record_.evidence = seen.evidence;
    record_.verdict = Judge(seen.evidence);
    record_.reason = std::move(seen.reason);
    record_.advice = std::move(seen.advice);
    ExplainLimit(limits_, &record_);
    TakeLoadOutcome(shared_.load_area(), loads_, &record_);
    record_.refused = std::move(seen.refused);
    if (seen.violation) {
      record_.violation =
          ExplainCall(*seen.violation, policy, seen.violation_reason,
                      std::move(seen.scene));
    } else if (record_.verdict.killed_by_filter) {
      record_.violation = ExplainSilentKill(seen);
    }
    for (ToleratedCall& call : seen.tolerated) {
      record_.tolerated.push_back(
          {ExplainCall(call.request, policy, call.reason,
                       std::move(call.scene)),
           call.count});
    }
    record_.more_tolerated = seen.more_tolerated;
    SuggestPool(&record_);
    record_.table_bytes = SlabPool::SideBytesFor(options().pool_bytes);
    RecordTimes(seen);
    if (TellsOfExhaustion()) {
      record_.refused_allocation = supervisor.ExplainExhaustion();
    }
    if (profiler_) {
      profiler_->Finish(*shared_.profile_area(), seen.maps, &record_);
    }
    if (child_.landlock_error != 0) {
      landlock_missing_ =
          WithErrno("landlock_restrict_self", child_.landlock_error);
    }
    record_.posture = Posture({.confined = confine(),
                               .locked = seen.evidence.locked,
                               .preset = policy.name(),
                               .filter_length = record_.filter_length,
                               .hand_over = hand_over_,
                               .unheard_error = seen.unheard_error,
                               .hardening = seen.hardening,
                               .opened_descriptors = seen.opened_descriptors,
                               .speculation = child_.speculation,
                               .variables = environment_.size(),
                               .landlock_missing = landlock_missing_,
                               .named_paths = record_.named_paths},
                              options());
  }

  bool TellsOfExhaustion() const {
    if (record_.heap.exhausted == 0) return false;
    return record_.verdict.verdict_class == VerdictClass::kExhausted ||
           options().json_fd >= 0 || !options().page_file.empty();
  }

  ViolationReport ExplainSilentKill(const Observation& seen) const {
    if (seen.unheard_error != 0) return ExplainUnheardKill(seen.unheard_error);
    const bool carried_out = options().on_violation == OnViolation::kLog;
    for (const ToleratedCall& call : seen.tolerated) {
      const uint32_t number = call.request.number;
      const bool execs = number == SYS_execve || number == SYS_execveat;
      if (carried_out && execs) return ExplainKillAfterExec();
    }
    return ExplainKillByFilter(hand_over_);
  }

  void RecordTimes(const Observation& seen) {
    Times& times = record_.times;
    times.wall = Microseconds(Clock::now() - started_);
    if (seen.evidence.locked) {
      times.setup = Microseconds(seen.locked_at - started_);
    }
    times.user = Microseconds(seen.usage.ru_utime);
    times.system = Microseconds(seen.usage.ru_stime);
    record_.peak_resident_bytes =
        static_cast<uint64_t>(seen.usage.ru_maxrss) * 1024;
  }

  ChosenEnvironment environment_;
  std::vector<std::string> arguments_;  // what execve gets
  Clock::time_point started_;
  RunRecord record_;
  RunPolicy policy_;
  FileConfinement landlock_;
  std::string landlock_missing_;  // why there is none
  AskedLimits limits_;
  LoadList loads_;
  RuntimeLibrary runtime_;
  SharedControl shared_;
  std::vector<int> runtime_fds_;
  // From the start of the program on: until then a signal ends this process.
  std::optional<SignalForwarder> signals_;
  std::optional<OutputPump> output_;
  std::optional<Profiler> profiler_;
  Launched child_;
  HandOver hand_over_ = HandOver::kFetched;
};

}  // namespace

RunRecord Run(const Options& options) { return Runner(options).Run(); }

}  // namespace cellblock
