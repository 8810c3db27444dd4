// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_OUTPUT_PUMP_H_
#define CELLBLOCK_TOOLS_JAILRUN_OUTPUT_PUMP_H_

#include <limits.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "jail/unique_fd.h"

namespace cellblock {

// Passes on what a program writes to standard output and standard error, up to
// a limit, through pipes that stand in their place: so the limit is held from
// outside, whatever the program becomes. For --output-limit alone; without it
// the program writes itself, and nothing of this is there.
//
// Where both were one file, a terminal or `2>&1`, they are one pipe, and what
// is written stays in its order.
//
// Lifecycle: Redirect before the program starts, Restore when it has; then Move
//   as the supervisor's poll says, and Drain when the program has ended.
// Errors: a reader that is gone is told to the program as without this: its
//   writes then fail. What cannot be written for another reason is that too.
// Units: bytes.
// Threads: one.
// Syscalls: never blocks but in Drain: it writes at most PIPE_BUF bytes where
//   poll(2) has told of room.
class OutputPump {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kStreams = 2;

  explicit OutputPump(uint64_t limit) : left_(limit) {}

  // Puts pipes in the place of descriptors 1 and 2. Returns what failed, with
  // errno, or null.
  [[nodiscard]] const char* Redirect();

  // Puts them back. From here on the other ends are the program's alone, and
  // SIGPIPE is ignored.
  void Restore();

  // One entry for each stream; its descriptor is -1 where nothing is awaited.
  void Await(pollfd* events) const;

  // Goes on with those that poll(2) has filled in. False iff there was more to
  // pass on than the limit allows.
  [[nodiscard]] bool Move(const pollfd* events);

  // What the program has left behind: until there is no more, `deadline`, or
  // `interrupt` can be read from. False iff that is more than the limit allows.
  [[nodiscard]] bool Drain(Clock::time_point deadline, int interrupt);

  // Why bytes within the limit did not get to a reader that is there; null:
  // they did.
  const char* lost() const { return lost_; }

 private:
  // Where each byte goes from and to.
  struct Stream {
    UniqueFd source;
    UniqueFd sink;
    std::array<char, PIPE_BUF> bytes;
    size_t begin = 0;
    size_t end = 0;

    bool has_bytes() const { return begin < end; }
  };

  bool Read(Stream* stream);
  void Write(Stream* stream);
  void Lose(const char* why);

  std::array<Stream, kStreams> streams_;
  uint64_t left_;
  const char* lost_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_OUTPUT_PUMP_H_
