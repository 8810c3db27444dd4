// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/template_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "jail/call/own_stack.h"
#include "jail/call/shared_mappings.h"
#include "jail/jail.h"
#include "jail/launch.h"
#include "jail/lock.h"
#include "jail/own_descriptor.h"

namespace cellblock {
namespace {

// How often it is looked whether a template that says nothing is still there.
constexpr std::chrono::milliseconds kLook{20};

absl::Status Unavailable(std::string_view what, int error) {
  return absl::UnavailableError(absl::StrCat(
      absl::string_view(what.data(), what.size()), ": ", strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemplateProcess>> TemplateProcess::Start(
    const TemplatePlan& plan, int channel, int messages,
    MonotonicTime deadline) {
  std::unique_ptr<TemplateProcess> made(new TemplateProcess);
  made->is_given_up_ = plan.is_given_up.get();
  made->control_fd_ = MakeDescriptor(
      [] { return memfd_create("cellblock-control", MFD_CLOEXEC); });
  if (!made->control_fd_.ok() ||
      ftruncate(made->control_fd_.get(), sizeof(TemplateControl)) != 0) {
    return Unavailable("memfd_create", errno);
  }
  made->null_ =
      MakeDescriptor([] { return open("/dev/null", O_RDWR | O_CLOEXEC); });
  if (!made->null_.ok()) return Unavailable("/dev/null", errno);
  std::unique_lock<std::mutex> lock(SharedMappings());
  void* const memory =
      mmap(nullptr, sizeof(TemplateControl), PROT_READ | PROT_WRITE, MAP_SHARED,
           made->control_fd_.get(), 0);
  if (memory == MAP_FAILED) return Unavailable("mmap", errno);
  made->control_ = static_cast<TemplateControl*>(memory);
  // A worker that is a copy of this process shall not command its host.
  if (madvise(memory, sizeof(TemplateControl), MADV_DONTFORK) != 0) {
    return Unavailable("madvise(MADV_DONTFORK)", errno);
  }
  lock.unlock();
  made->control_->order = *plan.order;
  made->control_->order.magic = kTemplateMagic;
  made->control_->order.host = getpid();
  const absl::Status started = plan.copied.decode
                                   ? made->Copy(plan, channel, messages)
                                   : made->Execute(plan, channel, messages);
  if (!started.ok()) return started;
  if (absl::Status status = made->AwaitLock(plan, deadline); !status.ok()) {
    return status;
  }
  return made;
}

TemplateProcess::~TemplateProcess() {
  (void)Stop();
  if (control_ != nullptr) munmap(control_, sizeof(TemplateControl));
}

pid_t TemplateProcess::Stop() {
  if (pid_ <= 0) return -1;
  (void)SendSignal(pidfd_.get(), pid_, SIGKILL);
  const bool by_fd = pidfd_.ok();
  siginfo_t ignored;
  while (waitid(by_fd ? static_cast<idtype_t>(P_PIDFD) : P_PID,
                static_cast<id_t>(by_fd ? pidfd_.get() : pid_), &ignored,
                WEXITED | __WALL) != 0 &&
         errno == EINTR) {
  }
  pid_ = -1;
  pidfd_.Close();
  // Written by the kernel before the worker ran.
  const auto made =
      static_cast<pid_t>(control_->worker.load(std::memory_order_relaxed));
  return is_forking_ && made > 0 ? made : -1;
}

// All that the template holds. Valid while this object and the plan are.
std::vector<PlacedDescriptor> TemplateProcess::Descriptors(
    const TemplatePlan& plan, int channel, int messages) {
  std::vector<PlacedDescriptor> placed = {
      {null_.get(), STDIN_FILENO},
      {null_.get(), STDOUT_FILENO},
      {messages >= 0 ? messages : null_.get(), STDERR_FILENO},
      {control_fd_.get(), kControlDescriptor},
      {channel, kChannelDescriptor}};
  if (plan.preload.ok())
    placed.push_back({plan.preload.get(), kPreloadDescriptor});
  int number = kFirstDescriptor;
  for (const UniqueFd& fd : plan.descriptors) {
    placed.push_back({fd.get(), number++});
  }
  return placed;
}

absl::Status TemplateProcess::Execute(const TemplatePlan& plan, int channel,
                                      int messages) {
  const std::vector<PlacedDescriptor> placed =
      Descriptors(plan, channel, messages);
  std::vector<std::string> arguments = {kTemplateName,
                                        std::to_string(kControlDescriptor)};
  std::vector<std::string> environment = plan.environment;
  const std::vector<char*> argv = ArgumentPointers(arguments);
  const std::vector<char*> envp = ArgumentPointers(environment);
  Launched launched = Launch({.path = plan.binary.c_str(),
                              .argv = argv.data(),
                              .envp = envp.data(),
                              .placed = placed,
                              .most_stack_bytes = plan.stack_bytes,
                              .restrict_speculation = false});
  if (launched.failed != LaunchStep::kStarted) {
    return absl::UnavailableError(absl::StrCat(
        "starting a worker (", plan.binary,
        "): ", DescribeFailure(launched.failed, launched.error, placed)));
  }
  pid_ = launched.pid;
  pidfd_ = std::move(launched.pidfd);
  speculation_ = launched.speculation;
  return absl::OkStatus();
}

absl::Status TemplateProcess::Copy(const TemplatePlan& plan, int channel,
                                   int messages) {
  const std::vector<PlacedDescriptor> placed =
      Descriptors(plan, channel, messages);
  const pid_t host = getpid();
  std::unique_lock<std::mutex> lock(SharedMappings());
  const pid_t pid = fork();
  if (pid < 0) return Unavailable("fork", errno);
  if (pid == 0) {
    TemplateControl* const control = MapControl(control_fd_.get());
    if (control == nullptr) _exit(EXIT_FAILURE);
    int error = 0;
    const LaunchStep failed = Confine(
        {.placed = placed, .most_stack_bytes = plan.stack_bytes}, host, &error);
    if (failed != LaunchStep::kStarted) {
      RefuseTemplate(control, TemplatePhase::kFailed,
                     DescribeFailure(failed, error, placed).c_str());
    }
    // The stack of this thread has the size that the host's threads have.
    GoOnWithStack(plan.stack_bytes, [control, &plan] {
      RunTemplate(control, plan.copied, WorkerHeap::kOfHost);
    });
    RefuseTemplate(control, TemplatePhase::kFailed,
                   "no memory for JailOptions::stack_bytes");
  }
  lock.unlock();
  pid_ = pid;
  pidfd_ = MakeDescriptor(
      [pid] { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); });
  return pidfd_.ok() ? absl::OkStatus() : Unavailable("pidfd_open", errno);
}

absl::Status TemplateProcess::AwaitLock(const TemplatePlan& plan,
                                        MonotonicTime deadline) {
  if (absl::Status status = AwaitDone(deadline); !status.ok()) {
    const TemplatePhase phase = control_->phase.load(std::memory_order_relaxed);
    if (phase != TemplatePhase::kStarting) return status;
    return absl::UnavailableError(absl::StrCat(
        status.message(), ": ", plan.binary,
        " did not begin as a worker; does its main begin with jail::Init?"));
  }
  const std::string message(
      control_->message, strnlen(control_->message, sizeof(control_->message)));
  switch (control_->phase.load(std::memory_order_relaxed)) {
    case TemplatePhase::kNoDecoder:
      return absl::NotFoundError(
          absl::StrCat("the worker has no decoder named \"",
                       plan.order->decoder, "\"; it has: ", message));
    case TemplatePhase::kFailed:
      return absl::UnavailableError(absl::StrCat("a worker: ", message));
    case TemplatePhase::kNotLocked:
      return Unavailable(absl::StrCat("a worker cannot be locked: ",
                                      LockStepName(control_->step)),
                         control_->error);
    case TemplatePhase::kLocked:
      break;
    default:
      return absl::UnavailableError("a worker lost its way before its lock");
  }
  listener_ = Listener::Fetch(pidfd_.get(), control_->listener);
  if (!listener_.ok()) {
    return Unavailable("fetching a worker's listener", errno);
  }
  Command();
  if (absl::Status status = LetThrough(plan.policy.for_template(), deadline);
      !status.ok())
    return status;
  return AwaitDone(deadline);
}

// The two calls that end the setup phase, in their order, and no others.
absl::Status TemplateProcess::LetThrough(const Policy& policy,
                                         MonotonicTime deadline) {
  const SyscallRequest setup[] = {
      {SYS_prctl, {PR_SET_DUMPABLE, 0}},
      {SYS_close, {static_cast<uint64_t>(control_->listener)}}};
  for (const SyscallRequest& expected : setup) {
    // One that workers may make anyway arrives at nobody.
    if (policy.Decide(expected, pid_).action == Action::kAllow) continue;
    pollfd waiting[] = {{listener_.fd(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int ready =
        poll(waiting, 2,
             static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX)));
    if (ready <= 0 || (waiting[0].revents & POLLIN) == 0) {
      return absl::UnavailableError("a worker's template ended at its lock");
    }
    const std::optional<Listener::Call> call = listener_.Next();
    const bool is_expected =
        call && call->request.number == expected.number &&
        (expected.number != SYS_prctl ||
         IsMakeUndumpable(call->request.number, call->request.args));
    if (!is_expected || !listener_.Continue(*call)) {
      return absl::UnavailableError(
          "a worker's template made a call that is not of its setup");
    }
  }
  return absl::OkStatus();
}

void TemplateProcess::Command() {
  control_->command.fetch_add(1, std::memory_order_release);
  WakeFutex(&control_->command);
}

absl::Status TemplateProcess::AwaitDone(MonotonicTime deadline) {
  for (;;) {
    const uint32_t done = control_->done.load(std::memory_order_acquire);
    if (done != seen_) {
      seen_ = done;
      return absl::OkStatus();
    }
    if (is_given_up_->load(std::memory_order_relaxed)) {
      return absl::UnavailableError("the jail ended before a worker was ready");
    }
    const MonotonicTime now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      return absl::UnavailableError("a worker was not ready in time");
    }
    const timespec until = AsTimespec(std::min(deadline, now + kLook));
    if (WaitOnFutex(&control_->done, done, &until) != FutexWait::kTimedOut) {
      continue;
    }
    pollfd end = {pidfd_.get(), POLLIN, 0};
    if (poll(&end, 1, 0) == 1 &&
        control_->done.load(std::memory_order_acquire) == seen_) {
      return absl::UnavailableError(
          "a worker's template ended before its lock");
    }
  }
}

absl::StatusOr<pid_t> TemplateProcess::Fork(MonotonicTime deadline) {
  control_->worker.store(0, std::memory_order_relaxed);
  is_forking_ = true;
  Command();
  if (absl::Status status = AwaitDone(deadline); !status.ok()) return status;
  is_forking_ = false;
  const auto pid =
      static_cast<pid_t>(control_->worker.load(std::memory_order_relaxed));
  if (pid <= 0) return Unavailable("forking a worker", -pid);
  return pid;
}

}  // namespace cellblock
