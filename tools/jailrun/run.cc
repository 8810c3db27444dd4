// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
#include "tools/jailrun/control.h"
#include "tools/jailrun/limits.h"
#include "tools/jailrun/load_outcome.h"
#include "tools/jailrun/output_pump.h"
#include "tools/jailrun/path_grants.h"
#include "tools/jailrun/posture.h"
#include "tools/jailrun/preparation.h"
#include "tools/jailrun/profile/profiler.h"
#include "tools/jailrun/program_start.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run_policy.h"
#include "tools/jailrun/shared_control.h"
#include "tools/jailrun/signal_forwarder.h"
#include "tools/jailrun/stray_children.h"
#include "tools/jailrun/supervisor.h"
#include "tools/jailrun/template/program_template.h"
#include "tools/jailrun/thread_starter.h"
#include "tools/jailrun/violation_report.h"

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

// clone3 opens a descriptor of the process too.
const char* StartAdvice(int error) {
  return error == EMFILE || error == ENFILE
             ? "see the limit on descriptors (ulimit -n)"
             : "see the limit on processes (ulimit -u)";
}

Refusal WhyNotLaunched(const Launched& launched, const std::string& path) {
  switch (launched.failed) {
    case LaunchStep::kExec: {
      const bool missing = launched.error == ENOENT;
      return {missing ? ExitCode::kNotFound : ExitCode::kNotExecutable,
              WithErrno(path, launched.error), "the kernel refuses to run it"};
    }
    case LaunchStep::kClone:
      return {.reason = WithErrno("cannot start a process", launched.error),
              .advice = StartAdvice(launched.error)};
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

Refusal LaunchFailure(const Launched& launched, const std::string& path) {
  Refusal refusal = WhyNotLaunched(launched, path);
  refusal.error = launched.error;
  return refusal;
}

// With the errno as the failed call left it.
Refusal FailureOf(const char* call) {
  const int error = errno;
  return {.reason = WithErrno(call, error),
          .advice = error == EMFILE ? "raise the limit on descriptors "
                                      "(ulimit -n)"
                                    : "",
          .error = error};
}

// Without those that ended nothing: of reservations, those after which a
// smaller one was served. A figure that no program gets to excuses none.
uint64_t FailedAllocations(const RunRecord& record) {
  constexpr uint64_t kMostCoped = 1 << 20;
  const uint64_t failed = record.heap.exhausted;
  const uint64_t coped = record.counters.coped_reservations;
  return coped > kMostCoped ? failed : failed - std::min(failed, coped);
}

constexpr char kNoFork[] = "cannot start a process from the template";

RunRecord RecordOf(const Options& options, const Preparation& prepared) {
  RunRecord record;
  record.options = options;
  if (!prepared.policy.preset().empty()) {
    record.options.preset = prepared.policy.preset();
  }
  record.starts_threads = prepared.starts_threads;
  record.program = prepared.program.path;
  record.script = prepared.program.script;
  record.interpreters = prepared.program.interpreters;
  return record;
}

RunRecord Refused(RunRecord record, const Refusal& refusal) {
  record.verdict = {.verdict_class = VerdictClass::kSetupFailed,
                    .exit_code = static_cast<int>(refusal.code),
                    .permanent = !IsPassing(refusal.error)};
  if (refusal.error == E2BIG) record.setup_fault = SetupFault::kWords;
  record.reason = refusal.reason;
  record.advice = refusal.advice;
  return record;
}

class Runner {
 public:
  Runner(const Options& options, const RunStart& start)
      : prepared_(*start.prepared),
        policy_(prepared_.policy),
        signals_(start.signals),
        template_(start.program_template),
        explanation_(start.explanation),
        started_(start.began),
        record_(RecordOf(options, prepared_)) {}

  RunRecord Run() {
    if (options().mode != Mode::kUnjailed) {
      if (auto refusal = ConfineFiles()) return Refuse(*refusal);
    }
    if (record_.options.mode == Mode::kDryRun) return DryRun();
    if (auto refusal = template_ != nullptr ? TakeFromTemplate() : Start()) {
      return Refuse(*refusal);
    }
    Supervise();
    return std::move(record_);
  }

 private:
  const Options& options() const { return record_.options; }
  bool confine() const { return options().mode == Mode::kJailed; }

  RunRecord Refuse(const Refusal& refusal) {
    return Refused(std::move(record_), refusal);
  }

  bool NamesPaths() const {
    return !options().readable.empty() || !options().writable.empty();
  }

  std::optional<Refusal> ConfineFiles() {
    PathGrants grants =
        GrantPaths(options(), prepared_.program,
                   prepared_.runtime.preload_name(), prepared_.home);
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
        prepared_.library_paths());
    record_.verdict = {.verdict_class = VerdictClass::kClean,
                       .exit_code = 0,
                       .permanent = true};
    record_.loaded.loaded = prepared_.loads.libraries.size();
    return std::move(record_);
  }

  std::optional<Refusal> Start() {
    if (const char* failed =
            shared_.Create(options(), prepared_.loads.libraries)) {
      return FailureOf(failed);
    }
    if (options().json_fd > STDERR_FILENO) {
      fcntl(options().json_fd, F_SETFD, FD_CLOEXEC);
    }
    if (auto refusal = RedirectOutput()) return refusal;
    if (options().profiling == Profiling::kOn) {
      profiler_.emplace().Start(options(), shared_.runtime_socket());
    }
    child_ =
        StartProgram({.options = &options(),
                      .prepared = &prepared_,
                      .arguments = prepared_.ArgumentsFor(options().command),
                      .signals = &signals_->inherited(),
                      .landlock = landlock_.empty() ? nullptr : &landlock_,
                      .landlock_necessity = NamesPaths() ? Necessity::kRequired
                                                         : Necessity::kOptional,
                      .calls = profiler_ ? profiler_->calls() : nullptr},
                     &shared_, &runtime_fds_);
    if (output_) output_->Restore();
    if (child_.failed != LaunchStep::kStarted) {
      return LaunchFailure(child_, record_.program);
    }
    shared_.CloseRuntimeSocket();
    return confine() ? GiveFilter() : std::nullopt;
  }

  // The same from a process that stands before its main already.
  std::optional<Refusal> TakeFromTemplate() {
    if (const char* failed = shared_.CreateLike(template_->shared())) {
      return FailureOf(failed);
    }
    runtime_fds_ = template_->runtime_fds();
    if (auto refusal = RedirectOutput()) return refusal;
    child_ = template_->Fork(prepared_.ArgumentsFor(options().command), shared_,
                             &landlock_);
    if (output_) output_->Restore();
    if (child_.failed != LaunchStep::kStarted) {
      return Refusal{.reason = WithErrno(kNoFork, child_.error),
                     .advice = StartAdvice(child_.error),
                     .error = child_.error};
    }
    shared_.CloseRuntimeSocket();
    return GiveFilter();
  }

  std::optional<Refusal> RedirectOutput() {
    if (!options().output_bytes) return {};
    output_.emplace(*options().output_bytes);
    const char* const failed = output_->Redirect();
    if (failed == nullptr) return {};
    const Refusal refusal = {.reason = WithErrno(failed, errno),
                             .advice =
                                 "see the limit on descriptors (ulimit "
                                 "-n), or leave the option out",
                             .error = errno};
    output_->Restore();
    return refusal;
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
    EndChild(child_);
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
         .signals = signals_,
         .output = output_ ? &*output_ : nullptr,
         .calls = profiler_ ? profiler_->calls() : nullptr,
         .started = started_,
         .timeout = options().timeout,
         .confine = confine(),
         .explanation = explanation_});
    Observation seen = supervisor.Watch();
    if (profiler_) profiler_->End();
    shared_.CopyFigures(&record_);
    seen.evidence.failed_allocations = FailedAllocations(record_);
    seen.evidence.cpu_limit = prepared_.limits.cpu;
    seen.evidence.cpu_used = static_cast<uint64_t>(
        Microseconds(seen.usage.ru_utime) + Microseconds(seen.usage.ru_stime));
    record_.evidence = seen.evidence;
    record_.verdict = Judge(seen.evidence);
    if (record_.verdict.verdict_class == VerdictClass::kSetupFailed) {
      record_.verdict.permanent = !IsPassing(seen.setup_error);
      if (seen.ended_before_main) record_.setup_fault = SetupFault::kProgram;
    }
    const ProcessEnd& end = seen.evidence.end;
    record_.ended_by_user = end.signaled && signals_->Came(end.code);
    record_.outlives_run = seen.unkillable;
    record_.reason = std::move(seen.reason);
    record_.advice = std::move(seen.advice);
    ExplainLimit(prepared_.limits, &record_);
    TakeLoadOutcome(shared_.load_area(), prepared_.loads, &record_);
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
                               .variables = prepared_.environment.size(),
                               .landlock_missing = landlock_missing_,
                               .named_paths = record_.named_paths},
                              options());
  }

  bool TellsOfExhaustion() const {
    if (record_.heap.exhausted == 0 || explanation_ != Explanation::kWhole) {
      return false;
    }
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
    record_.main_may_have_run = seen.locked_at != Clock::time_point();
    if (seen.evidence.locked) {
      times.setup = Microseconds(seen.locked_at - started_);
    }
    times.user = Microseconds(seen.usage.ru_utime);
    times.system = Microseconds(seen.usage.ru_stime);
    record_.peak_resident_bytes =
        static_cast<uint64_t>(seen.usage.ru_maxrss) * 1024;
  }

  const Preparation& prepared_;
  RunPolicy policy_;  // of its own: the start of each run adds to it
  SignalForwarder* const signals_;
  ProgramTemplate* const template_;  // null: none
  const Explanation explanation_;
  const Clock::time_point started_;
  RunRecord record_;
  FileConfinement landlock_;
  std::string landlock_missing_;  // why there is none
  SharedControl shared_;
  std::vector<int> runtime_fds_;
  std::optional<OutputPump> output_;
  std::optional<Profiler> profiler_;
  Launched child_;
  HandOver hand_over_ = HandOver::kFetched;
};

}  // namespace

RunRecord Run(const Options& options) {
  const Clock::time_point began = Clock::now();
  Preparation prepared(options);
  if (auto refusal = prepared.Make()) {
    return RefusedRun(options, prepared, *refusal);
  }
  std::optional<SignalForwarder> signals;
  if (options.mode != Mode::kDryRun) signals.emplace();
  return Run(options, {.prepared = &prepared,
                       .signals = signals ? &*signals : nullptr,
                       .began = began});
}

RunRecord Run(const Options& options, const RunStart& start) {
  return Runner(options, start).Run();
}

RunRecord RefusedRun(const Options& options, const Preparation& prepared,
                     const Refusal& refusal) {
  return Refused(RecordOf(options, prepared), refusal);
}

}  // namespace cellblock
