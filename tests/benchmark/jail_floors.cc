// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/jail_floors.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <utility>

extern char** environ;

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

double NanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

[[noreturn]] void Leave(int code) {
  for (;;) syscall(SYS_exit_group, code);
}

bool EndedWell(pid_t child) {
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child &&
         WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Fork, `in_child`, which gives the exit code, and wait.
template <typename F>
Sample TimedChild(const F& in_child) {
  const Clock::time_point start = Clock::now();
  const pid_t child = fork();
  if (child == 0) Leave(in_child());
  const bool well = EndedWell(child);
  const double taken = NanosecondsSince(start);
  return well ? Sample(taken) : std::nullopt;
}

enum Turn : uint32_t { kHosts, kPeers };

bool WaitFor(std::atomic<uint32_t>& turn, Turn own, const timespec* timeout) {
  while (turn.load(std::memory_order_acquire) != own) {
    const long waited = syscall(SYS_futex, &turn, FUTEX_WAIT,
                                own == kHosts ? kPeers : kHosts, timeout);
    if (waited != 0 && errno == ETIMEDOUT) return false;
  }
  return true;
}

void Give(std::atomic<uint32_t>& turn, Turn to) {
  turn.store(to, std::memory_order_release);
  syscall(SYS_futex, &turn, FUTEX_WAKE, 1);
}

void* MapShared(size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

struct FutexPeer::Control {
  std::atomic<uint32_t> turn{kHosts};
  std::atomic<uint64_t> turns{0};
};

std::unique_ptr<FutexPeer> FutexPeer::Start(size_t shared_bytes) {
  void* const control = MapShared(sizeof(Control));
  void* const shared = shared_bytes == 0 ? nullptr : MapShared(shared_bytes);
  if (control == nullptr || (shared == nullptr && shared_bytes != 0)) {
    return nullptr;
  }
  std::unique_ptr<FutexPeer> peer(new FutexPeer(
      new (control) Control, {static_cast<uint8_t*>(shared), shared_bytes}));
  const pid_t host = getpid();
  peer->pid_ = fork();
  if (peer->pid_ < 0) return nullptr;
  if (peer->pid_ > 0) return peer;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != host) Leave(1);
  Control& own = *peer->control_;
  for (;;) {
    WaitFor(own.turn, kPeers, nullptr);
    own.turns.fetch_add(1, std::memory_order_relaxed);
    Give(own.turn, kHosts);
  }
}

FutexPeer::~FutexPeer() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  munmap(control_, sizeof(Control));
  if (!shared_.empty()) munmap(shared_.data(), shared_.size());
}

bool FutexPeer::HandOver() {
  constexpr timespec kPatience = {1, 0};
  Give(control_->turn, kPeers);
  return WaitFor(control_->turn, kHosts, &kPatience);
}

Sample FutexPeer::PingPong() {
  const Clock::time_point start = Clock::now();
  const bool answered = HandOver();
  const double taken = NanosecondsSince(start);
  return answered ? Sample(taken) : std::nullopt;
}

uint64_t FutexPeer::turns() const {
  return control_->turns.load(std::memory_order_relaxed);
}

std::unique_ptr<CopyFloor> CopyFloor::Create(size_t bytes) {
  auto peer = FutexPeer::Start(2 * bytes);
  if (peer == nullptr) return nullptr;
  return std::unique_ptr<CopyFloor>(new CopyFloor(std::move(peer), bytes));
}

void CopyFloor::CopyIn() {
  memcpy(peer_->shared().data(), input_.data(), input_.size());
}

void CopyFloor::CopyOut() {
  memcpy(output_.data(), peer_->shared().data() + input_.size(),
         output_.size());
}

Sample CopyFloor::WithHandOver() {
  const Clock::time_point start = Clock::now();
  CopyIn();
  const bool answered = peer_->HandOver();
  CopyOut();
  const double taken = NanosecondsSince(start);
  return answered ? Sample(taken) : std::nullopt;
}

Sample CopyFloor::CopiesAlone() {
  const Clock::time_point start = Clock::now();
  CopyIn();
  CopyOut();
  return NanosecondsSince(start);
}

Sample ForkExitWait() {
  return TimedChild([] { return 0; });
}

Sample ForkFilterExitWait(FilterProgram filter) {
  const sock_fprog program = {static_cast<unsigned short>(filter.size()),
                              const_cast<sock_filter*>(filter.data())};
  return TimedChild([&program] {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 1;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0
                                                                           : 1;
  });
}

std::unique_ptr<ForkFloor> ForkFloor::Start(FilterProgram filter) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    char what;
    while (read(ends[1], &what, 1) == 1) {
      const Sample sample =
          what == 'f' ? ForkExitWait() : ForkFilterExitWait(filter);
      const double taken = sample.value_or(-1);
      if (write(ends[1], &taken, sizeof(taken)) != sizeof(taken)) break;
    }
    _exit(0);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return {};
  }
  return std::unique_ptr<ForkFloor>(new ForkFloor(child, ends[0]));
}

ForkFloor::~ForkFloor() {
  close(socket_);
  waitpid(child_, nullptr, 0);
}

Sample ForkFloor::Ask(char what) {
  double taken = -1;
  const bool has_answer = write(socket_, &what, 1) == 1 &&
                          read(socket_, &taken, sizeof(taken)) == sizeof(taken);
  return has_answer && taken >= 0 ? Sample(taken) : std::nullopt;
}

Sample SpawnWait(const char* program) {
  char* const argv[] = {const_cast<char*>(program), nullptr};
  const Clock::time_point start = Clock::now();
  pid_t child = -1;
  if (posix_spawn(&child, program, nullptr, nullptr, argv, environ) != 0) {
    return std::nullopt;
  }
  const bool well = EndedWell(child);
  const double taken = NanosecondsSince(start);
  return well ? Sample(taken) : std::nullopt;
}

Sample MapPopulated(size_t bytes) {
  const Clock::time_point start = Clock::now();
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  const double taken = NanosecondsSince(start);
  if (memory == MAP_FAILED) return std::nullopt;
  munmap(memory, bytes);
  return taken;
}

}  // namespace cellblock
