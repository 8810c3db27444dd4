// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_JAIL_FLOORS_H_
#define CELLBLOCK_TESTS_BENCHMARK_JAIL_FLOORS_H_

// What no jail can be faster than: the calls of the kernel and the copies that
// one needs, and nothing else. Each gives one sample at a time, so that it can
// take turns with what is held against it. Where the processes run is the
// caller's to say, by its own affinity, which they inherit.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "jail/evaluator.h"

namespace cellblock {

// Nanoseconds; empty iff a call failed, or a child ended otherwise than it has
// to.
using Sample = std::optional<double>;

// A process that waits for its turn on shared memory and gives it back at once.
//
// Lifecycle: the process ends with this, or with the thread that made it.
// Threads: one. Syscalls: futex(2), twice on each side for a turn.
class FutexPeer {
 public:
  // Null iff there can be no such process. `shared_bytes` more are mapped in
  // both, resident.
  static std::unique_ptr<FutexPeer> Start(size_t shared_bytes = 0);
  ~FutexPeer();
  FutexPeer(const FutexPeer&) = delete;
  FutexPeer& operator=(const FutexPeer&) = delete;

  // The peer's turn, and back. False iff it does not answer within a second.
  [[nodiscard]] bool HandOver();

  // One turn there and back.
  Sample PingPong();

  std::span<uint8_t> shared() const { return shared_; }
  pid_t pid() const { return pid_; }
  // How often the peer has had its turn, as it counts them.
  uint64_t turns() const;

 private:
  struct Control;

  FutexPeer(Control* control, std::span<uint8_t> shared)
      : control_(control), shared_(shared) {}

  Control* const control_;
  const std::span<uint8_t> shared_;
  pid_t pid_ = -1;
};

// Copies so many bytes into shared memory, hands over, and copies as many out
// of it into a private buffer. Both buffers are resident; the peer touches
// neither input nor output, so this is what the host itself has to do.
class CopyFloor {
 public:
  static std::unique_ptr<CopyFloor> Create(size_t bytes);

  // With the turn there and back; and the copies alone.
  Sample WithHandOver();
  Sample CopiesAlone();

  std::span<uint8_t> input() { return input_; }
  std::span<const uint8_t> output() const { return output_; }

 private:
  CopyFloor(std::unique_ptr<FutexPeer> peer, size_t bytes)
      : peer_(std::move(peer)), input_(bytes, 1), output_(bytes, 2) {}

  void CopyIn();
  void CopyOut();

  const std::unique_ptr<FutexPeer> peer_;
  std::vector<uint8_t> input_;
  std::vector<uint8_t> output_;
};

// fork(2), exit(2) in the child, waitpid(2).
Sample ForkExitWait();

// The same with prctl(PR_SET_NO_NEW_PRIVS) and the install of `filter`, which
// lets exit_group(2) through, in the child.
Sample ForkFilterExitWait(FilterProgram filter);

// Both, measured in a process that was forked when it was asked for: what
// fork(2) costs depends on how much memory the process has that forks.
//
// Ownership: its process ends with it.
class ForkFloor {
 public:
  // Null iff there is no such process. `filter` as of ForkFilterExitWait, and
  // outlives this.
  static std::unique_ptr<ForkFloor> Start(FilterProgram filter);
  ~ForkFloor();
  ForkFloor(const ForkFloor&) = delete;
  ForkFloor& operator=(const ForkFloor&) = delete;

  Sample Fork() { return Ask('f'); }
  Sample ForkWithFilter() { return Ask('F'); }

 private:
  ForkFloor(pid_t child, int socket) : child_(child), socket_(socket) {}

  Sample Ask(char what);

  const pid_t child_;
  const int socket_;
};

// posix_spawn(3) of a program that exits with 0, and waitpid(2).
Sample SpawnWait(const char* program);

// mmap(2) of so many bytes with MAP_POPULATE; not munmap(2).
Sample MapPopulated(size_t bytes);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_JAIL_FLOORS_H_
