// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "jail/launch.h"
#include "jail/lock_state.h"
#include "jail/own_descriptor.h"

namespace cellblock {
namespace {

constexpr size_t kMostMessages = 4096;

// How often it is looked whether a worker that is not ready is still there.
constexpr std::chrono::milliseconds kLook{20};

void SetCpus(pid_t worker, int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<size_t>(cpu), &cpus);
  (void)sched_setaffinity(worker, sizeof(cpus), &cpus);
}

}  // namespace

Slot::Slot(const TemplatePlan& plan, const JailOptions& options)
    : plan_(plan),
      options_(options),
      channel_(ChannelLayout(options.input_bytes, options.output_buffer)) {}

Slot::~Slot() { Retire(); }

std::string Slot::Create() {
  if (std::string error = channel_.Create(); !error.empty()) return error;
  if (options_.messages == Messages::kKept) {
    int ends[2] = {-1, -1};
    messages_ = MakeDescriptor([this, &ends] {
      // A worker that writes faster than it is read waits, so that nothing of
      // the last is lost.
      if (pipe2(ends, O_CLOEXEC) != 0) return -1;
      messages_sent_ = ClearOfStandard(ends[1]);
      return ends[0];
    });
    if (!messages_.ok() || !messages_sent_.ok()) {
      return absl::StrCat("pipe2: ", strerror(errno));
    }
    if (fcntl(messages_.get(), F_SETFL, O_NONBLOCK) != 0) {
      return absl::StrCat("fcntl(O_NONBLOCK): ", strerror(errno));
    }
    said_.reserve(2 * kMostMessages);  // so that nothing is thrown later
  }
  return {};
}

absl::Status Slot::MakeReady(Haste haste) {
  const MonotonicTime deadline =
      std::chrono::steady_clock::now() + options_.start_deadline;
  if (template_ == nullptr || !template_->is_running() ||
      options_.freshness == Freshness::kNewProcess) {
    template_.reset();
    if (absl::Status status = StartTemplate(deadline); !status.ok()) {
      return status;
    }
  }
  if (haste == Haste::kIsAhead) channel_.TellIsAhead();
  absl::Status status = StartWorker(deadline);
  if (!status.ok()) {
    if (worker_ <= 0) {
      worker_ = template_->Stop();
      is_reaped_ = worker_ <= 0;
    }
    Retire();
    template_.reset();
  }
  return status;
}

absl::Status Slot::StartTemplate(MonotonicTime deadline) {
  const std::optional<LockState> own = ReadLockState("thread-self");
  if (!own) {
    return absl::UnavailableError(
        absl::StrCat("/proc/thread-self/status: ", strerror(errno)));
  }
  outer_filters_ = own->filters;
  // None where the host has none: then what a worker says goes nowhere.
  const UniqueFd shown = options_.messages == Messages::kShown
                             ? DuplicateOfHosts(STDERR_FILENO)
                             : UniqueFd();
  auto started = TemplateProcess::Start(
      plan_, channel_.fd(), shown.ok() ? shown.get() : messages_sent_.get(),
      deadline);
  if (!started.ok()) {
    const std::string said = TakeMessages();
    if (said.empty()) return started.status();
    return absl::Status(
        started.status().code(),
        absl::StrCat(started.status().message(), "; it wrote: ", said));
  }
  template_ = *std::move(started);
  return absl::OkStatus();
}

absl::Status Slot::StartWorker(MonotonicTime deadline) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    violation_.reset();
    end_.reset();
    offer_.reset();
  }
  serves_on_.store(true, std::memory_order_relaxed);
  holds_descriptor = false;
  auto pid = template_->Fork(deadline);
  if (!pid.ok()) return pid.status();
  worker_ = *pid;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    is_reaped_ = false;
  }
  worker_fd_ = MakeDescriptor(
      [this] { return static_cast<int>(syscall(SYS_pidfd_open, worker_, 0)); });
  if (!worker_fd_.ok()) {
    return absl::UnavailableError(
        absl::StrCat("pidfd_open: ", strerror(errno)));
  }
  const Await ready = AwaitReady(deadline);
  const std::optional<WorkerAnswer> answer = channel_.Read();
  if (ready != Await::kAnswered || !answer ||
      answer->answer != Answer::kReady) {
    return absl::UnavailableError("a worker was not ready in time");
  }
  if (const std::string why = CheckLock(); !why.empty()) {
    return absl::UnavailableError("a worker is not locked: " + why);
  }
  // Where the last caller was the next one is, mostly, and saves the call.
  if (cpu_ >= 0 && HasItsPid()) SetCpus(worker_, cpu_);
  // What comes from now on is its own.
  (void)TakeMessages();
  return absl::OkStatus();
}

// One that is dead by then is not waited for, and none once the jail ends.
Await Slot::AwaitReady(MonotonicTime deadline) {
  for (;;) {
    const MonotonicTime now = std::chrono::steady_clock::now();
    const Await ready = channel_.Wait(std::min(deadline, now + kLook));
    if (ready != Await::kTimedOut || now >= deadline ||
        plan_.is_given_up->load(std::memory_order_relaxed) ||
        HasEnded(worker_fd_.get())) {
      return ready;
    }
  }
}

std::string Slot::CheckLock() const {
  const std::optional<LockState> state = ReadLockState(std::to_string(worker_));
  if (!state) return "its /proc/PID/status cannot be read";
  if (!state->no_new_privs) return "it may gain privileges";
  if (state->seccomp_mode != 2) return "it has no filter";
  // The template's, and its own.
  if (state->filters != outer_filters_ + 2) {
    return absl::StrCat("it has ", state->filters - outer_filters_,
                        " filters and not 2");
  }
  return {};
}

void Slot::Retire() {
  if (worker_ > 0 && !is_reaped_) {
    Kill();
    NoteEnd();
  }
  worker_fd_.Close();
  worker_ = -1;
  // Nothing of what it wrote comes with the failure of another.
  (void)TakeMessages();
  channel_.Renew();
}

void Slot::Kill() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (worker_ > 0 && !is_reaped_) {
    (void)SendSignal(worker_fd_.get(), worker_, SIGKILL);
  }
}

bool Slot::HasItsPid() const {
  return !is_reaped_ && !HasEnded(worker_fd_.get());
}

void Slot::NoteViolation(const Violation& violation) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!violation_) violation_ = violation;
}

void Slot::NoteEnd() {
  siginfo_t info = {};
  (void)AwaitEnd(WNOWAIT, &info);
  {
    // Its pid stays its own until this, and whoever names it by that looks
    // first. Somebody else in this process may have waited for all children.
    std::lock_guard<std::mutex> lock(mutex_);
    const int result = AwaitEnd(0, &info);
    is_reaped_ = true;
    end_ = WorkerEnd{.violation = violation_,
                     .by_signal = result == 0 && info.si_code != CLD_EXITED,
                     .code = result == 0 ? info.si_status : -1};
  }
  serves_on_.store(false, std::memory_order_release);
  channel_.Poke();
}

void Slot::NoteTemplateEnd() {
  (void)template_->Stop();
  serves_on_.store(false, std::memory_order_release);
}

int Slot::AwaitEnd(int options, siginfo_t* info) const {
  const bool by_fd = worker_fd_.ok();
  int result = 0;
  do {
    result = waitid(by_fd ? static_cast<idtype_t>(P_PIDFD) : P_PID,
                    static_cast<id_t>(by_fd ? worker_fd_.get() : worker_), info,
                    WEXITED | __WALL | options);
  } while (result != 0 && errno == EINTR);
  return result;
}

std::optional<WorkerEnd> Slot::end() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return end_;
}

std::string Slot::TakeMessages() {
  if (!messages_.ok()) return {};
  DrainMessages();
  std::lock_guard<std::mutex> lock(said_mutex_);
  const std::string said = said_;
  said_.clear();
  return said;
}

void Slot::DrainMessages() {
  std::lock_guard<std::mutex> lock(said_mutex_);
  char part[kMostMessages];
  // A pipe holds so much; a worker that goes on writing is not followed.
  for (int reads = 0; reads < 16; ++reads) {
    const ssize_t length = read(messages_.get(), part, sizeof(part));
    if (length <= 0) break;
    said_.append(part, static_cast<size_t>(length));
    if (said_.size() > kMostMessages) {
      said_.erase(0, said_.size() - kMostMessages);
    }
  }
}

void Slot::PlaceWithCaller() {
  const int cpu = sched_getcpu();
  if (cpu < 0 || cpu == cpu_) return;
  std::lock_guard<std::mutex> lock(mutex_);
  if (!HasItsPid()) return;
  SetCpus(worker_, cpu);
  cpu_ = cpu;
}

std::chrono::nanoseconds Slot::CpuTime() const {
  // As clock_getcpuclockid makes it of a pid.
  const auto clock =
      static_cast<clockid_t>((~static_cast<unsigned>(worker_) << 3) | 2u);
  timespec used = {};
  std::lock_guard<std::mutex> lock(mutex_);
  if (is_reaped_ || clock_gettime(clock, &used) != 0) return {};
  // Else it may have been another's.
  if (!HasItsPid()) return {};
  return std::chrono::seconds(used.tv_sec) +
         std::chrono::nanoseconds(used.tv_nsec);
}

int Slot::OfferDescriptor(int fd) {
  UniqueFd offered = fd >= 0 ? DuplicateOfHosts(fd) : MakeDescriptor([] {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
  });
  if (!offered.ok()) return errno;
  std::lock_guard<std::mutex> lock(mutex_);
  offer_ = std::move(offered);
  return 0;
}

bool Slot::GiveDescriptor(const Listener::Call& call) {
  std::optional<UniqueFd> offered;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    offered.swap(offer_);
  }
  return offered &&
         made_by()->listener().Give(call, offered->get(), kCallDescriptor);
}

}  // namespace cellblock
