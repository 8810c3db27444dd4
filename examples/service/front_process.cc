// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/front_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_format.h"

namespace examples::service {
namespace {

absl::Status Refused(const char* what) {
  return absl::UnavailableError(
      absl::StrFormat("the front: %s: %s", what, strerror(errno)));
}

absl::StatusOr<std::string> PathOfFront() {
  char path[PATH_MAX];
  const ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path));
  if (bytes <= 0) return Refused("/proc/self/exe");
  std::string front(path, static_cast<size_t>(bytes));
  front.resize(front.rfind('/') + 1);
  return front + "front";
}

// What the child is to hold, by the numbers that it knows.
class Passed {
 public:
  // Of the broker's own it has the log and messages, and nothing to read: what
  // an operator types is not for it.
  Passed() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
  }
  ~Passed() {
    for (const int fd : passed_) close(fd);
    posix_spawn_file_actions_destroy(&actions_);
  }

  // Takes `fd`. False iff the kernel refuses.
  bool Pass(int fd, int number) {
    const int high = fcntl(fd, F_DUPFD_CLOEXEC, kFirstHigh);
    close(fd);
    if (high < 0) return false;
    passed_.push_back(high);
    return posix_spawn_file_actions_adddup2(&actions_, high, number) == 0;
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
  std::vector<int> passed_;
};

// With no signal blocked or ignored.
int Spawn(const std::string& path, const Passed& descriptors,
          uint64_t pool_bytes, pid_t* pid) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string name = "service:front";
  std::string pool = absl::StrFormat("CELLBLOCK_POOL=%d", pool_bytes);
  char* const arguments[] = {name.data(), nullptr};
  char* const environment[] = {pool.data(), nullptr};
  const int error = posix_spawn(pid, path.c_str(), descriptors.actions(),
                                &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

absl::StatusOr<FrontProcess> FrontProcess::Start(int listener,
                                                 const FrontConfig& config,
                                                 uint64_t pool_bytes) {
  FrontProcess front;
  Passed descriptors;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Refused("socketpair");
  }
  front.control_ = pair[0];
  if (!descriptors.Pass(listener, kListener) ||
      !descriptors.Pass(pair[1], kControl)) {
    return Refused("its descriptors");
  }
  const LaneMemory::Sizes sizes = {config.input_bytes,
                                   config.pixels * kPixelBytes};
  for (int i = 0; i < static_cast<int>(config.lanes); ++i) {
    const absl::StatusOr<int> fd = LaneMemory::Create(sizes);
    if (!fd.ok()) return fd.status();
    const absl::StatusOr<LaneMemory> memory = LaneMemory::Map(*fd, sizes);
    if (!memory.ok()) return memory.status();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
      return Refused("socketpair");
    }
    front.lanes_.push_back({pair[0], *memory});
    if (!descriptors.Pass(pair[1], kFirstLane + 2 * i) ||
        !descriptors.Pass(*fd, kFirstLane + 2 * i + 1)) {
      return Refused("its descriptors");
    }
  }
  const absl::StatusOr<std::string> path = PathOfFront();
  if (!path.ok()) return path.status();
  const int error = Spawn(*path, descriptors, pool_bytes, &front.pid_);
  if (error != 0) {
    errno = error;
    return Refused(path->c_str());
  }
  front.pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, front.pid_, 0));
  if (front.pidfd_ < 0) return Refused("pidfd_open");
  return front;
}

absl::Status FrontProcess::AwaitReady(const FrontConfig& config) {
  FrontReady ready;
  if (!Send(control_, config) ||
      Receive(control_, &ready) != Received::kMessage) {
    return absl::UnavailableError("the front did not lock itself");
  }
  threads_ = ready.threads;
  return absl::OkStatus();
}

void FrontProcess::Stop() {
  close(control_);
  control_ = -1;
}

void FrontProcess::Kill() { kill(pid_, SIGKILL); }

std::string FrontProcess::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) {
    return absl::StrFormat("exited with %d", WEXITSTATUS(status));
  }
  return absl::StrFormat("was ended by signal %d", WTERMSIG(status));
}

}  // namespace examples::service
