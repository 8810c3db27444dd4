// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "jail/call/descriptor_request.h"
#include "jail/own_descriptor.h"

namespace cellblock {
namespace {

constexpr std::chrono::milliseconds kFirstPause{10};
constexpr std::chrono::milliseconds kLongestPause{1000};
// Calls that are further apart leave time for more than what a worker must do.
constexpr std::chrono::milliseconds kRare{2};

// What an event is about: a slot's worker has ended, or called, or its template
// has ended, or either has written a message; or it is time to stop.
constexpr uint64_t kStop = UINT64_MAX;
constexpr uint64_t kEnded = 0;
constexpr uint64_t kCalled = 1;
constexpr uint64_t kTemplateEnded = 2;
constexpr uint64_t kWrote = 3;

uint64_t Tag(size_t slot, uint64_t what) { return slot << 2 | what; }
uint64_t What(uint64_t tag) { return tag & 3; }

// What poll(2) tells of it at once.
int Events(int fd) {
  pollfd waiting = {fd, POLLIN, 0};
  return poll(&waiting, 1, 0) == 1 ? waiting.revents : 0;
}

bool IsReadable(int fd) { return (Events(fd) & POLLIN) != 0; }

// The host's handlers are for the host's threads.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

// Host threads that are woken go on before this one does, and the workers do
// not inherit that.
void YieldToCallers() {
  const sched_param none = {};
  (void)sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
}

JailLayer Enforced(std::string_view name) {
  return {std::string(name), "enforced", ""};
}

// By the errno of what was to enforce it.
JailLayer Layer(std::string_view name, int error) {
  if (error == 0) return Enforced(name);
  return {std::string(name), "unsupported", strerror(error)};
}

}  // namespace

WorkerSupervisor::WorkerSupervisor(TemplatePlan plan,
                                   const JailOptions& options)
    : plan_(std::move(plan)), options_(options) {}

absl::Status WorkerSupervisor::Start() {
  epoll_ = MakeDescriptor([] { return epoll_create1(EPOLL_CLOEXEC); });
  stop_ = MakeDescriptor([] { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); });
  if (!epoll_.ok() || !stop_.ok()) {
    return absl::UnavailableError(absl::StrCat("epoll: ", strerror(errno)));
  }
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = kStop}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &event) != 0) {
    return absl::UnavailableError(absl::StrCat("epoll: ", strerror(errno)));
  }
  if (absl::Status status = CreateSlots(); !status.ok()) return status;
  if (absl::Status status = StartThreads(); !status.ok()) return status;
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return has_started_; });
  return ready_.empty() ? last_error_ : absl::OkStatus();
}

absl::Status WorkerSupervisor::CreateSlots() {
  // Where a worker serves one call only, as many again get ready meanwhile.
  const bool one_call = options_.freshness == Freshness::kForkPerCall ||
                        options_.freshness == Freshness::kNewProcess;
  const int count = options_.workers * (one_call ? 2 : 1);
  // GiveBack finds room, whatever malloc has left.
  ready_.reserve(static_cast<size_t>(count));
  to_replace_.reserve(static_cast<size_t>(count));
  is_watched_.resize(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    slots_.push_back(std::make_unique<Slot>(plan_, options_));
    if (std::string error = slots_.back()->Create(); !error.empty()) {
      return absl::UnavailableError("the channel of a worker: " + error);
    }
    if (!WatchMessages(static_cast<size_t>(i))) {
      return absl::UnavailableError(absl::StrCat("epoll: ", strerror(errno)));
    }
    to_replace_.push_back(slots_.back().get());
  }
  return absl::OkStatus();
}

absl::Status WorkerSupervisor::StartThreads() {
  try {
    watcher_ = std::thread([this] { ServeEvents(); });
    maker_ = std::thread([this] { KeepReady(); });
  } catch (const std::system_error& error) {
    return absl::UnavailableError(
        absl::StrCat("starting the jail's two threads: ", error.what(),
                     "; allow this user or container more threads"));
  }
  return absl::OkStatus();
}

WorkerSupervisor::~WorkerSupervisor() {
  if (!maker_.joinable()) {
    StopWatcher();  // where there was a thread for it alone, or no memory
    return;
  }
  {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    changed_.wait(lock, [this] { return taken_ == 0; });
    --waiting_;
    is_stopping_ = true;
  }
  plan_.is_given_up->store(true, std::memory_order_relaxed);
  has_work_.notify_one();
  maker_.join();
}

absl::StatusOr<Slot*> WorkerSupervisor::Take(MonotonicTime deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto may_take = [this] {
    return !ready_.empty() && taken_ < static_cast<size_t>(options_.workers);
  };
  if (!may_take()) {
    ++waiting_;
    changed_.wait_until(lock, deadline, may_take);
    --waiting_;
  }
  if (!may_take()) {
    return last_error_.ok()
               ? absl::UnavailableError(
                     "all workers were busy until the deadline; more of them "
                     "(JailOptions::workers) or a later one helps")
               : last_error_;
  }
  Slot* const slot = ready_.back();
  ready_.pop_back();
  ++taken_;
  return slot;
}

void WorkerSupervisor::GiveBack(Slot* slot, Next next) {
  bool is_awaited = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    --taken_;
    // It may have ended since; then it was not among the ready ones.
    if (next == Next::kServesOn && slot->serves_on()) {
      ready_.push_back(slot);
    } else {
      next = Next::kIsReplaced;
      to_replace_.push_back(slot);
      const MonotonicTime now = std::chrono::steady_clock::now();
      calls_are_rare_ = now - std::exchange(last_given_back_, now) > kRare;
    }
    is_awaited = waiting_ > 0;
  }
  if (is_awaited) changed_.notify_all();
  if (next == Next::kIsReplaced) has_work_.notify_one();
}

std::vector<JailLayer> WorkerSupervisor::posture() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return posture_;
}

void WorkerSupervisor::KeepReady() {
  BlockSignals();
  YieldToCallers();
  std::chrono::milliseconds pause = kFirstPause;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    has_work_.wait(lock,
                   [this] { return is_stopping_ || !to_replace_.empty(); });
    if (is_stopping_) break;
    Slot* const slot = to_replace_.front();
    to_replace_.erase(to_replace_.begin());
    const Haste haste = !ready_.empty() && calls_are_rare_ ? Haste::kIsAhead
                                                           : Haste::kIsAwaited;
    lock.unlock();
    ReplaceOrPutBack(slot, haste);
    lock.lock();
    if (last_error_.ok()) {
      pause = kFirstPause;
      continue;
    }
    has_work_.wait_for(lock, pause, [this] { return is_stopping_; });
    pause = std::min(2 * pause, kLongestPause);
  }
  lock.unlock();
  StopWatcher();
  // Templates and workers die with this thread; it also waits for them.
  slots_.clear();
}

void WorkerSupervisor::ReplaceOrPutBack(Slot* slot, Haste haste) {
  absl::Status status;
  try {
    status = Replace(slot, haste);
  } catch (const std::exception&) {
    // Without a message, for which there may be no memory.
    status = absl::Status(absl::StatusCode::kResourceExhausted, "");
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    // It may have ended since it is watched; then it was not among the ready.
    const bool is_ready = status.ok() && slot->serves_on();
    (is_ready ? ready_ : to_replace_).push_back(slot);
    last_error_ = std::move(status);
    has_started_ = true;
  }
  changed_.notify_all();
}

absl::Status WorkerSupervisor::Replace(Slot* slot, Haste haste) {
  StopWatching(slot);
  slot->Retire();
  if (absl::Status status = slot->MakeReady(haste); !status.ok()) return status;
  if (!Watch(slot)) {
    return absl::UnavailableError(absl::StrCat("epoll: ", strerror(errno)));
  }
  RememberPosture(*slot->made_by());
  return absl::OkStatus();
}

size_t WorkerSupervisor::IndexOf(const Slot* slot) const {
  const auto at = std::find_if(slots_.begin(), slots_.end(),
                               [&](const auto& s) { return s.get() == slot; });
  return static_cast<size_t>(std::distance(slots_.begin(), at));
}

bool WorkerSupervisor::Watch(Slot* slot) {
  const size_t index = IndexOf(slot);
  std::lock_guard<std::mutex> lock(watching_);
  is_watched_[index] = true;
  const auto add = [&](int fd, uint64_t what) {
    epoll_event event = {.events = EPOLLIN, .data = {.u64 = Tag(index, what)}};
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  };
  return add(slot->worker_fd(), kEnded) &&
         add(slot->made_by()->listener().fd(), kCalled) &&
         add(slot->made_by()->process_fd(), kTemplateEnded);
}

// As long as the slot is there: a template writes before it is ready.
bool WorkerSupervisor::WatchMessages(size_t index) {
  const int fd = slots_[index]->messages_fd();
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = Tag(index, kWrote)}};
  return fd < 0 || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void WorkerSupervisor::StopWatching(Slot* slot) {
  std::lock_guard<std::mutex> lock(watching_);
  is_watched_[IndexOf(slot)] = false;
  Forget(slot->worker_fd());
  // A process that the host has forked may keep them open, and the kernel would
  // tell of their ends for as long.
  if (const TemplateProcess* const by = slot->made_by(); by != nullptr) {
    Forget(by->listener().fd());
    Forget(by->process_fd());
  }
}

void WorkerSupervisor::Forget(int fd) {
  if (fd >= 0) (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void WorkerSupervisor::ServeEvents() {
  BlockSignals();
  for (;;) {
    epoll_event events[16];
    const int count =
        epoll_wait(epoll_.get(), events, std::size(events), /*timeout=*/-1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kStop) return;
      Serve(events[i].data.u64);
    }
  }
}

void WorkerSupervisor::StopWatcher() {
  if (!watcher_.joinable()) return;
  const uint64_t one = 1;
  (void)!write(stop_.get(), &one, sizeof(one));
  watcher_.join();
}

// The event may be that of a worker which has been replaced since; so each is
// looked at anew.
void WorkerSupervisor::Serve(uint64_t tag) {
  if (What(tag) == kWrote) return slots_[tag >> 2]->DrainMessages();
  std::lock_guard<std::mutex> lock(watching_);
  if (!is_watched_[tag >> 2]) return;
  Slot* const slot = slots_[tag >> 2].get();
  switch (What(tag)) {
    case kCalled:
      try {
        AnswerCall(slot);
      } catch (const std::exception&) {
        slot->Kill();  // without memory for an answer
      }
      break;
    case kTemplateEnded:
      NoticeTemplateEnd(slot);
      break;
    default:
      if (slot->worker_fd() >= 0 && IsReadable(slot->worker_fd())) {
        NoticeEnd(slot);
      }
  }
}

void WorkerSupervisor::NoticeEnd(Slot* slot) {
  Forget(slot->worker_fd());
  slot->NoteEnd();
  ReplaceIfIdle(slot);
}

// Whoever has the slot gives it back to be replaced.
void WorkerSupervisor::ReplaceIfIdle(Slot* slot) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto at = std::find(ready_.begin(), ready_.end(), slot);
  if (at == ready_.end()) return;
  ready_.erase(at);
  to_replace_.push_back(slot);
  has_work_.notify_one();
}

void WorkerSupervisor::NoticeTemplateEnd(Slot* slot) {
  const TemplateProcess* const by = slot->made_by();
  if (by == nullptr || !IsReadable(by->process_fd())) return;
  Forget(by->process_fd());
  slot->NoteTemplateEnd();
  ReplaceIfIdle(slot);
}

void WorkerSupervisor::AnswerCall(Slot* slot) {
  const TemplateProcess* const by = slot->made_by();
  if (by == nullptr) return;
  const int events = Events(by->listener().fd());
  // All that could call have ended, which is told for ever.
  if ((events & POLLHUP) != 0) Forget(by->listener().fd());
  if ((events & POLLIN) == 0) return;
  const std::optional<Listener::Call> call = by->listener().Next();
  if (!call) return;
  const Violation& request = call->request;
  if (IsDescriptorRequest(request.number, request.args) &&
      slot->GiveDescriptor(*call)) {
    return;
  }
  SyscallRequest asked = {.number = request.number, .args = {}};
  std::copy(std::begin(request.args), std::end(request.args), asked.args);
  const Decision decision =
      plan_.policy.worker().Decide(asked, static_cast<pid_t>(call->pid));
  if (decision.action == Action::kRefuse) {
    by->listener().Refuse(*call, decision.error);
    return;
  }
  slot->NoteViolation(request);
  slot->Kill();
}

void WorkerSupervisor::RememberPosture(const TemplateProcess& made_by) {
  const TemplateLayers& layers = made_by.layers();
  std::vector<JailLayer> posture = {
      Enforced("no_new_privs"),
      Enforced("seccomp"),
      Enforced("descriptors"),
      Enforced("rlimits"),
      Enforced("undumpable"),
      Enforced("dies_with_host"),
      Layer("landlock", layers.landlock_error),
      Layer("no_exec_gain", layers.exec_gain_error),
      Layer("sealed_code", layers.seal_error)};
  std::lock_guard<std::mutex> lock(mutex_);
  posture_ = std::move(posture);
}

}  // namespace cellblock
