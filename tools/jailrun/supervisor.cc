// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "allocator/error.h"
#include "jail/lock.h"
#include "jail/lock_state.h"
#include "tools/jailrun/end_words.h"
#include "tools/jailrun/exhaustion_call.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/null_device.h"
#include "tools/jailrun/path_argument.h"
#include "tools/jailrun/process_memory.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/stray_children.h"
#include "tools/jailrun/ticking.h"
#include "tools/jailrun/writable_code.h"

namespace cellblock {
namespace {

// A program that has not reached its main by then never will.
constexpr std::chrono::seconds kSetupLimit{10};

// Beside those that --threads allows: on stacks that a program brings itself.
constexpr uint64_t kMoreThreads = 16;

std::string ErrnoText(int error) {
  return error == 0 ? std::string("jailrun was not asked") : strerror(error);
}

std::string ReadWhole(const char* path) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  char part[4096];
  ssize_t got;
  while ((got = read(fd.get(), part, sizeof(part))) > 0) {
    text.append(part, static_cast<size_t>(got));
  }
  return text;
}

std::string ReadStatus(pid_t pid) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/status", pid);
  return ReadWhole(path);
}

// How many filters a child of this process starts with; more than there can be
// if that cannot be told.
int InheritedFilters() {
  constexpr int kMaxFilters = 1 << 16;
  if (!IsFiltered()) return 0;
  const std::optional<LockState> own = ParseLockState(ReadStatus(getpid()));
  return own ? own->filters : kMaxFilters;
}

}  // namespace

Observation Supervisor::Watch() {
  seen_.evidence.confined = context_.confine;
  std::optional<Ticking> ticking;
  if (context_.confine) ticking.emplace();
  // Only then can it start processes.
  const bool can_fork =
      context_.confine && context_.on_violation == OnViolation::kLog;
  if (can_fork) AdoptOrphans();
  while (!ended_) WaitForEvents();
  Reap();
  // A child of jailrun's too, and none of the program's.
  if (context_.calls != nullptr) context_.calls->Stop();
  if (can_fork) EndChildren();
  PassOnTheRest();
  if (context_.confine && !seen_.evidence.locked && seen_.reason.empty() &&
      !seen_.evidence.timed_out) {
    ExplainUnlockedEnd();
  }
  return std::move(seen_);
}

void Supervisor::WaitForEvents() {
  const bool awaiting_lock = context_.confine && !listener_.ok() && !deserted_;
  pollfd events[] = {
      {context_.child->pidfd.get(), POLLIN, 0},
      {context_.signals->fd(), POLLIN, 0},
      {awaiting_lock ? context_.socket : -1, POLLIN, 0},
      {listener_.ok() ? listener_.fd() : -1, POLLIN, 0},
      {-1, 0, 0},  // of the output
      {-1, 0, 0},
  };
  static_assert(std::size(events) == 4 + OutputPump::kStreams);
  if (context_.output != nullptr && !seen_.evidence.wrote_too_much) {
    context_.output->Await(events + 4);
  }
  const Clock::time_point deadline = Deadline();
  timespec left;
  timespec* timeout = nullptr;
  if (deadline != Clock::time_point::max()) {
    // Looked at before the events: a program that keeps them coming must not
    // outlive its time.
    const auto rest = deadline - Clock::now();
    if (rest <= Clock::duration::zero()) return OnDeadline();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
    left = {seconds.count(), (rest - seconds).count()};
    timeout = &left;
  }
  const int ready = ppoll(events, std::size(events), timeout, nullptr);
  if (ready < 0) {
    if (errno == EINTR) return;  // a signal of no interest here
    FailSetup(WithErrno("cannot wait for the program", errno));
    ended_ = true;
    return;
  }
  if (ready == 0) return OnDeadline();
  if (context_.output != nullptr && !context_.output->Move(events + 4)) {
    seen_.evidence.wrote_too_much = true;
    if (!killed_) Kill();
  }
  // A call that waits is answered before an end is believed: the process may
  // be dying of it.
  if ((events[3].revents & POLLIN) != 0) {
    AnswerCall();
  } else if ((events[3].revents & POLLHUP) != 0) {
    // The last thread is ending: nobody can call any more, and looking on
    // would only take the CPU from it.
    listener_ = Listener();
    deserted_ = true;
  }
  if ((events[2].revents & POLLIN) != 0 && !killed_) OnReport();
  if (events[1].revents != 0) {
    context_.signals->Forward(*context_.child);
  }
  if (events[0].revents != 0) ended_ = true;
}

// What the program wrote before it ended, as far as its reader takes it in
// time.
void Supervisor::PassOnTheRest() {
  if (context_.output == nullptr) return;
  const ProcessEnd& end = seen_.evidence.end;
  // Whoever ends it by a signal does not want to wait for its reader.
  const bool hurries = end.signaled && context_.signals->Came(end.code);
  const bool within = context_.output->Drain(
      hurries ? Clock::now() : TimeLimit(), context_.signals->fd());
  seen_.evidence.wrote_too_much |= !within;
  const char* const lost = context_.output->lost();
  if (lost == nullptr || killed_) return;
  seen_.evidence.output_lost = true;
  if (seen_.reason.empty()) {
    seen_.reason =
        std::string("not all that it wrote could be passed on: ") + lost;
  }
}

Supervisor::Clock::time_point Supervisor::TimeLimit() const {
  if (!context_.timeout) return Clock::time_point::max();
  return context_.started +
         std::chrono::duration_cast<Clock::duration>(*context_.timeout);
}

Supervisor::Clock::time_point Supervisor::Deadline() const {
  if (killed_) return Clock::time_point::max();
  Clock::time_point deadline = TimeLimit();
  if (context_.confine && !seen_.evidence.locked) {
    deadline = std::min(deadline, context_.started + kSetupLimit);
  }
  return deadline;
}

void Supervisor::OnDeadline() {
  if (context_.timeout &&
      Clock::now() >= context_.started + *context_.timeout) {
    seen_.evidence.timed_out = true;
    return Kill();
  }
  FailSetup("the program did not reach its main within " +
                std::to_string(kSetupLimit.count()) +
                " seconds, so it was never locked",
            "it may wait in a constructor, or never call __libc_start_main");
}

// The runtime says something of its lock.
void Supervisor::OnReport() {
  std::optional<Listener> sent = Listener::Receive(context_.socket);
  if (!sent) {
    // It is ending, or has closed what it was given: it will never be locked.
    deserted_ = true;
    return;
  }
  switch (context_.control->phase.load(std::memory_order_acquire)) {
    case Phase::kStarting:
      break;
    case Phase::kAskingAlone:
      if (seen_.unheard_error != 0) break;
      return GiveStandaloneFilter();
    case Phase::kLockedAlone:
      // Not without that filter.
      if (seen_.unheard_error == 0) break;
      return CheckStandaloneLock();
    default:
      listener_ = std::move(*sent);
      return FetchListener();
  }
  FailSetup("something other than the runtime's lock was reported");
}

// The filter is in force.
void Supervisor::FetchListener() {
  if (context_.hand_over == HandOver::kFetched) {
    listener_ = Listener::Fetch(context_.child->pidfd.get(),
                                context_.control->listener);
  }
  if (!listener_.ok()) {
    const int error = errno;
    if (context_.control->phase.load(std::memory_order_acquire) ==
        Phase::kLockFailed) {
      deserted_ = true;  // gone meanwhile, and it has said why
      return;
    }
    FailSetup(WithErrno("cannot fetch the filter's listener", error),
              "the kernel must let a parent trace its child; see "
              "/proc/sys/kernel/yama/ptrace_scope");
  }
}

// There can be no listener, so nobody is told of a forbidden call.
void Supervisor::GiveStandaloneFilter() {
  seen_.unheard_error = std::max(context_.control->error, 1);
  if (context_.on_violation != OnViolation::kKill) {
    return FailSetup(
        std::string("--on-violation=") + Name(context_.on_violation) +
            " needs a listener to the program's calls: " +
            strerror(seen_.unheard_error),
        "leave it out: a forbidden call is then killed by the filter");
  }
  if (!HoldsNothingForbidden()) return;
  const std::string error = context_.give_standalone_filter();
  if (error.empty()) return;
  FailSetup(std::string("the lock failed at ") +
                LockStepName(LockStep::kSeccomp) + ": " +
                strerror(seen_.unheard_error),
            "and there is no filter that needs no listener: " + error);
}

void Supervisor::CheckStandaloneLock() {
  // It says nothing more.
  deserted_ = true;
  if (!IsSoundlyLocked()) return;
  seen_.hardening = context_.control->hardening;
  LockedBy(1);
}

// The runtime is not taken at its word. The main thread's first call to arrive
// here is the one that waits for this check.
void Supervisor::CheckLock(const Listener::Call& call) {
  if (!IsMakeUndumpable(call.request.number, call.request.args)) {
    return FailSetup("the runtime did not do what locks the program");
  }
  if (!IsSoundlyLocked() || !HoldsNothingForbidden()) return;
  seen_.hardening = context_.control->hardening;
  LimitThreads();
  awaiting_second_filter_ = context_.hand_over == HandOver::kSent;
  LockedBy(1);
  if (!listener_.Continue(call)) {
    FailSetup(WithErrno("cannot answer the filter's listener", errno));
  }
}

// False iff not, and then it has failed.
bool Supervisor::IsSoundlyLocked() {
  // What the kernel refuses now it would refuse when the program has to go.
  if (!SendSignal(*context_.child, 0)) {
    FailSetup(WithErrno("the program could not be killed", errno));
  } else if (!SeesLock()) {
    FailSetup("/proc does not show the lock that the runtime reports");
  } else {
    return true;
  }
  return false;
}

// What the program has said of itself so far it has said before the lock. A
// thread that has ended can be counted for a while yet, hence twice as many.
void Supervisor::LimitThreads() {
  const Control& control = *context_.control;
  constexpr uint64_t kMostOfLibc = 128;
  thread_limit_.Set(context_.child->pid,
                    uint64_t{2} * std::min(control.threads, kMostThreads) +
                        std::min<uint64_t>(control.libc_stacks, kMostOfLibc) +
                        kMoreThreads);
}

// By what is there from before the lock: while the program can be looked into.
// False iff something is, and then it has failed.
bool Supervisor::HoldsNothingForbidden() {
  HeldDescriptors held = LookAtWhatItHolds();
  if (!held.refused.empty()) {
    FailSetup(std::move(held.refused),
              "a program that needs that cannot be confined");
    return false;
  }
  seen_.opened_descriptors = held.opened;
  witness_.Prepare(context_.child->pid);
  if (context_.calls != nullptr) {
    seen_.maps = MemoryMap::ReadText(witness_.maps());
  }
  WritableCode code = FindWritableCode(witness_.maps());
  if (code.reason.empty()) return true;
  FailSetup(std::move(code.reason), std::move(code.advice));
  return false;
}

// The last call of the runtime before main, where its listener was sent.
void Supervisor::CheckSecondFilter(const Listener::Call& call) {
  if (!IsNarrow(call.request.number, call.request.args)) {
    return FailSetup("the runtime did not forbid what only it was to do");
  }
  awaiting_second_filter_ = false;
  LockedBy(2);
  if (!listener_.Continue(call)) {
    FailSetup(WithErrno("cannot answer the filter's listener", errno));
  }
}

void Supervisor::LockedBy(uint32_t filters) {
  if (!awaiting_second_filter_) {
    seen_.evidence.locked = true;
    seen_.locked_at = Clock::now();
  }
  context_.control->filters_seen.store(filters, std::memory_order_release);
}

bool Supervisor::SeesLock() {
  const std::optional<LockState> state =
      ParseLockState(ReadStatus(context_.child->pid));
  return state && state->no_new_privs && state->seccomp_mode == 2 &&
         state->filters >= InheritedFilters() + 1;
}

// What no filter sees. Afterwards the process cannot be looked into.
HeldDescriptors Supervisor::LookAtWhatItHolds() const {
  std::vector<int> given = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  given.insert(given.end(), context_.passed_fds.begin(),
               context_.passed_fds.end());
  return LookAtDescriptors(
      context_.child->pid,
      {.given = given,
       .own = context_.runtime_fds,
       .listener = listener_.ok() ? context_.control->listener : -1,
       .listener_here = listener_.fd()});
}

void Supervisor::AnswerCall() {
  const std::optional<Listener::Call> call = listener_.Next();
  if (killed_) return;
  if (!call) {
    const bool withdrawn = errno == ENOENT || errno == EINTR;
    if (withdrawn || seen_.evidence.locked) return;
    return FailSetup(WithErrno("cannot read from the listener", errno));
  }
  const bool of_main = call->pid == static_cast<uint32_t>(context_.child->pid);
  if (awaiting_second_filter_ && of_main) return CheckSecondFilter(*call);
  if (!seen_.evidence.locked && of_main) return CheckLock(*call);
  if (IsExhaustionCall(call->request.number, call->request.args)) {
    if (context_.explanation == Explanation::kWhole) {
      exhaustion_witness_.Look(*call);
    }
    return listener_.Refuse(*call, kExhaustionAnswer);
  }
  SyscallRequest request = {.number = call->request.number, .args = {}};
  std::copy(std::begin(call->request.args), std::end(call->request.args),
            std::begin(request.args));
  const Decision decision =
      context_.policy->Decide(request, context_.child->pid);
  if (decision.action == Action::kAllow && request.number == SYS_clone) {
    if (thread_limit_.MayStart()) return (void)listener_.Continue(*call);
    Count(request, EAGAIN);
    return listener_.Refuse(*call, EAGAIN);
  }
  if (decision.action == Action::kRefuse) {
    if (decision.error == EROFS && AnswersForNull(*call, request)) return;
    Count(request, decision.error);
    return listener_.Refuse(*call, decision.error);
  }
  switch (context_.on_violation) {
    case OnViolation::kKill:
      seen_.violation_reason = decision.reason;
      return EndBy(*call);
    case OnViolation::kErrno:
      Tolerate(*call, decision.reason);
      return listener_.Refuse(*call, EPERM);
    case OnViolation::kLog:
      Tolerate(*call, decision.reason);
      // What happens to the thread meanwhile is its own affair.
      (void)listener_.Continue(*call);
  }
}

// The policy lets the device be read, or nothing is given.
bool Supervisor::AnswersForNull(const Listener::Call& call,
                                const SyscallRequest& request) const {
  if (!witness_.can_look() || !witness_.IsThread(call)) return false;
  const std::optional<uint64_t> flags =
      FlagsForNull(request, ProcessMemory(witness_.memory()));
  if (!flags ||
      context_.policy->Decide(AsReading(request), context_.child->pid).action !=
          Action::kAllow) {
    return false;
  }
  const UniqueFd null = OpenNull(*flags);
  if (!null.ok()) return false;
  if (listener_.GiveNew(call, null.get(),
                        (*flags & O_CLOEXEC) != 0 ? AcrossExec::kClosed
                                                  : AcrossExec::kKept)) {
    return true;
  }
  if (errno == ENOENT) return true;  // a signal has withdrawn the call
  if (errno != EMFILE) return false;
  listener_.Refuse(call, EMFILE);
  return true;
}

// A call is looked at the first time that it comes from its place.
void Supervisor::Tolerate(const Listener::Call& call, const char* reason) {
  for (ToleratedCall& known : seen_.tolerated) {
    if (known.request.number == call.request.number &&
        known.request.instruction == call.request.instruction) {
      ++known.count;
      return;
    }
  }
  // A jailed process can make up places.
  constexpr size_t kMostListed = 16;
  if (seen_.tolerated.size() == kMostListed) {
    ++seen_.more_tolerated;
    return;
  }
  // Nor does it get to keep jailrun busy with looking.
  constexpr std::chrono::seconds kMostSpent{3};
  const Clock::time_point began = Clock::now();
  CallScene scene;
  if (context_.explanation == Explanation::kWhole) {
    scene = witness_.Glance(
        call, std::min(Deadline(), began + (kMostSpent - spent_on_tolerated_)));
  }
  spent_on_tolerated_ += Clock::now() - began;
  seen_.tolerated.push_back({.request = call.request,
                             .reason = reason,
                             .scene = std::move(scene),
                             .count = 1});
}

// The forbidden call is looked at while its thread still waits in it and the
// others stand still. Then all of them end, whatever was seen.
void Supervisor::EndBy(const Listener::Call& call) {
  seen_.evidence.violated = true;
  seen_.violation = call.request;
  if (context_.calls != nullptr) context_.calls->Stop();
  if (context_.explanation == Explanation::kWhole &&
      SendSignal(*context_.child, SIGSTOP)) {
    seen_.scene = witness_.Look(listener_, call, Deadline());
  }
  Kill();
  if (!seen_.unkillable) witness_.Release();
}

RefusedAllocation Supervisor::ExplainExhaustion() const {
  return exhaustion_witness_.Explain(TimeLimit());
}

void Supervisor::Count(const SyscallRequest& request, int error) {
  for (RefusedCall& refused : seen_.refused) {
    if (refused.number == request.number && refused.error == error) {
      ++refused.count;
      return;
    }
  }
  // A jailed process can make up numbers; the list is for a reader.
  constexpr size_t kMostListed = 64;
  if (seen_.refused.size() < kMostListed) {
    seen_.refused.push_back({request.number, error, 1, {}});
    if (error == EROFS && witness_.can_look()) {
      seen_.refused.back().path = PathArgument(
          request.number, request.args, ProcessMemory(witness_.memory()));
    }
  }
}

void Supervisor::Kill() {
  killed_ = true;
  if (SendSignal(*context_.child, SIGKILL)) return;
  seen_.unkillable = true;
  ended_ = true;
}

void Supervisor::FailSetup(std::string reason, std::string advice) {
  seen_.evidence.locked = false;
  seen_.reason = std::move(reason);
  seen_.advice = std::move(advice);
  // Whatever could not be read or seen, this is why.
  const UniqueFd another(fcntl(context_.socket, F_DUPFD_CLOEXEC, 0));
  if (!another.ok() && IsPassing(errno)) {
    seen_.setup_error = errno;
    seen_.reason = WithErrno(
        "too few descriptors to check the jail (ulimit -n)", seen_.setup_error);
    seen_.advice = "raise that limit";
  }
  Kill();
}

// It ended by itself before it was locked: its main has not run.
void Supervisor::ExplainUnlockedEnd() {
  const Control& control = *context_.control;
  const int error = control.error;
  switch (control.phase.load(std::memory_order_acquire)) {
    case Phase::kPoolFailed:
      seen_.reason = std::string("the pool cannot be made: ") +
                     Message(static_cast<AllocatorError>(control.failed_step));
      if (error != 0) seen_.reason += std::string(" (") + strerror(error) + ")";
      seen_.advice = "ask for a smaller --pool, or for --commit=lazy";
      return;
    case Phase::kLockFailed:
      seen_.setup_error = error;
      seen_.reason = std::string("the lock failed at ") +
                     LockStepName(static_cast<LockStep>(control.failed_step)) +
                     ": " + ErrnoText(error);
      seen_.advice =
          error == EBUSY
              ? "another supervisor already listens to this process's calls; "
                "a jail inside a jail needs the outer one to give that up"
              : "the kernel must offer seccomp filters with user notification "
                "(5.9 or later), and no other filter, such as a container's, "
                "may refuse this";
      return;
    default:
      break;
  }
  seen_.ended_before_main = true;
  seen_.reason = EndWords(seen_.evidence.end) + " before its main";
  seen_.advice =
      "its loader or a constructor ended it; messages above may say why";
}

void Supervisor::Reap() {
  int status = SIGKILL;  // how it will end, if it cannot be waited for
  if (!seen_.unkillable) {
    // A thread that was traced tells of its stops too.
    pid_t ended;
    do {
      ended = wait4(context_.child->pid, &status, 0, &seen_.usage);
    } while ((ended < 0 && errno == EINTR) ||
             (ended > 0 && WIFSTOPPED(status)));
  }
  ProcessEnd& end = seen_.evidence.end;
  end.signaled = WIFSIGNALED(status);
  end.code = end.signaled ? WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace cellblock
