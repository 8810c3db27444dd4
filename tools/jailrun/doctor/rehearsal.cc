// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/doctor/rehearsal.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <new>

#include "jail/listener.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/doctor/trial_filters.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/send_descriptor.h"

namespace cellblock {
namespace {

using Step = RehearsalStep;

// Shared by both sides. The jail writes its steps, the supervisor the rest.
struct Stage {
  std::atomic<Step> reached = Step::kStart;  // the step that the jail is at
  LockResult lock;
  int error = 0;
  HandOver hand_over = HandOver::kFetched;
};

// Tells the supervisor that the filter is in force. Errors: errno.
int Report(int socket, const Stage& stage) {
  if (stage.hand_over == HandOver::kSent) {
    return SendDescriptor(socket, stage.lock.listener);
  }
  const char byte = 1;
  return write(socket, &byte, sizeof(byte)) == 1 ? 0 : errno;
}

// The error stays 0 where the filter is taken and does nothing.
Step AddSecondFilter(Stage* stage) {
  const LockResult second = Narrow(kRefusesParentId);
  stage->error = second.error;
  return second.failed == LockStep::kDone && ParentIdIsRefused()
             ? Step::kDone
             : Step::kSecondFilter;
}

[[noreturn]] void PlayJail(Stage* stage, int socket, pid_t parent) {
  (void)DieWithParent(parent);
  const long own = getpid();
  char byte;
  if (read(socket, &byte, sizeof(byte)) != 1) _exit(1);
  stage->lock = Lock(kHandsOverOwnId, Notify::kSupervisor);
  if (stage->lock.failed != LockStep::kDone) {
    const bool before = stage->lock.failed == LockStep::kNoNewPrivs;
    stage->reached = before ? Step::kStart : Step::kLock;
    _exit(1);
  }
  stage->reached = Step::kHandOver;
  stage->error = Report(socket, *stage);
  if (stage->error != 0) _exit(1);
  // The supervisor has it, or is gone. Its listener has to be the last one: it
  // may be unable to kill, and this process must not outlive it.
  (void)!read(socket, &byte, sizeof(byte));
  close(stage->lock.listener);
  stage->reached = Step::kContinue;
  // By number: libc may answer it from what it remembers.
  if (syscall(SYS_getpid) != own) _exit(1);
  stage->reached = stage->hand_over == HandOver::kSent ? AddSecondFilter(stage)
                                                       : Step::kDone;
  _exit(0);
}

// Milliseconds: for what comes at once if it comes at all, and what follows it.
constexpr int kPatience = 3000;
constexpr int kMoment = 200;

bool Readable(int fd, int milliseconds = kPatience) {
  pollfd event = {fd, POLLIN, 0};
  const timespec most = {.tv_sec = milliseconds / 1000,
                         .tv_nsec = milliseconds % 1000 * 1000000L};
  int ready = ppoll(&event, 1, &most, nullptr);
  // A run does without the second; the first has a check of its own.
  if (ready < 0) ready = poll(&event, 1, milliseconds);
  return ready == 1 && (event.revents & POLLIN) != 0;
}

class Supervision {
 public:
  Supervision(Stage* stage, int socket, pid_t pid, int pidfd)
      : stage_(stage), socket_(socket), pid_(pid), pidfd_(pidfd) {}

  // `jail_socket`: a descriptor that the jail holds for certain.
  Rehearsal Run(int jail_socket) {
    if (!Listener::CanFetch(pidfd_, jail_socket)) {
      seen_.fetch_error = errno;
      seen_.hand_over = stage_->hand_over = HandOver::kSent;
    }
    const char byte = 1;
    if (write(socket_, &byte, sizeof(byte)) != 1) {
      return Fail(Step::kStart, WithErrno("write", errno));
    }
    const bool told = Readable(socket_);
    seen_.wait = stage_->lock.wait;
    const bool locked = stage_->reached >= Step::kHandOver;
    if (!locked || stage_->error != 0) return EndOfJail();
    if (!told) return Fail(Step::kHandOver, "no word of the lock arrives");
    Listener listener = TakeListener();
    if (!listener.ok()) {
      return Fail(
          Step::kHandOver,
          WithErrno(
              seen_.hand_over == HandOver::kFetched ? "pidfd_getfd" : "recvmsg",
              errno));
    }
    seen_.synchronous = listener.synchronous();
    (void)!write(socket_, &byte, sizeof(byte));
    return Answer(listener);
  }

 private:
  Rehearsal Fail(Step step, std::string reason) {
    seen_.failed = step;
    seen_.reason = std::move(reason);
    return seen_;
  }

  Rehearsal EndOfJail() {
    waitpid(pid_, nullptr, 0);
    switch (stage_->reached) {
      case Step::kStart:
      case Step::kLock:
        return Fail(
            stage_->reached,
            WithErrno(LockStepName(stage_->lock.failed), stage_->lock.error));
      case Step::kHandOver:
        return Fail(Step::kHandOver,
                    WithErrno(seen_.hand_over == HandOver::kFetched ? "write"
                                                                    : "sendmsg",
                              stage_->error));
      case Step::kSecondFilter:
        return Fail(Step::kSecondFilter,
                    stage_->error == 0
                        ? "a second filter is accepted, and does nothing"
                        : WithErrno("a second filter", stage_->error));
      case Step::kDone:
        return seen_;
      default:
        return Fail(stage_->reached,
                    "the call that was let through came back "
                    "with another result");
    }
  }

  Listener TakeListener() {
    std::optional<Listener> sent = Listener::Receive(socket_);
    if (seen_.hand_over == HandOver::kFetched) {
      return Listener::Fetch(pidfd_, stage_->lock.listener);
    }
    return sent ? std::move(*sent) : Listener();
  }

  Rehearsal Answer(const Listener& listener) {
    if (!Readable(listener.fd())) return FailRead("no call arrives");
    const std::optional<Listener::Call> call = listener.Next();
    if (!call) return FailRead(WithErrno("reading a call", errno));
    if (!listener.Continue(*call)) {
      return Fail(Step::kContinue, WithErrno("letting a call through", errno));
    }
    return EndOfJail();
  }

  // A jail that ended well without being heard was never in a filter's hands.
  Rehearsal FailRead(std::string reason) {
    const bool ended = Readable(pidfd_, kMoment);
    if (ended && stage_->reached >= Step::kSecondFilter) {
      return Fail(Step::kLock, "a filter is accepted, and does nothing");
    }
    return Fail(Step::kRead, std::move(reason));
  }

  Stage* stage_;
  int socket_;
  pid_t pid_;
  int pidfd_;
  Rehearsal seen_;
};

Rehearsal CannotStart(const char* what) {
  return {.failed = Step::kStart, .reason = WithErrno(what, errno)};
}

}  // namespace

Rehearsal Rehearse() {
  void* memory = mmap(nullptr, sizeof(Stage), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return CannotStart("mmap");
  auto* stage = new (memory) Stage;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
    return CannotStart("socketpair");
  }
  const UniqueFd socket(ends[0]);
  UniqueFd jail_socket(ends[1]);
  const pid_t parent = getpid();
  int pidfd = -1;
  // As Launch, but without a program: pidfd_open may be refused where this is
  // not.
  const long pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
  if (pid < 0) return CannotStart("cannot start a process");
  if (pid == 0) PlayJail(stage, jail_socket.get(), parent);
  const UniqueFd owned(pidfd);
  const int number = jail_socket.get();
  jail_socket.Close();
  return Supervision(stage, socket.get(), static_cast<pid_t>(pid), pidfd)
      .Run(number);
}

}  // namespace cellblock
