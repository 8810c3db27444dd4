// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_CHANNEL_H_
#define CELLBLOCK_JAIL_CALL_CHANNEL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "jail/call/channel_layout.h"
#include "jail/call/futex.h"
#include "jail/call/untrusted.h"
#include "jail/unique_fd.h"

namespace cellblock {

// What a worker answered, copied once and found possible.
struct WorkerAnswer {
  Answer answer = Answer::kNothing;
  int code = 0;
  size_t output_bytes = 0;  // no more than the output area has
  std::string message;      // not escaped
};

// The figures that a worker has noted, copied once. Its word.
struct WorkerNotes {
  uint64_t refusals = 0;
  uint64_t asked = 0;
  uint64_t short_by = 0;
  uint64_t in_use = 0;
  uint64_t peak = 0;
  uint64_t largest_free = 0;
  int signal = 0;
  uint64_t address = 0;
};

// How waiting for an answer ended.
enum class Await : uint8_t {
  kAnswered,
  kPoked,  // Poke was called: whoever did knows why
  kTimedOut,
  kLied,  // the worker counts what nobody asked, or wakes without answering
};

// The host's end of the memory that it shares with one worker after the other
// (jail/call/channel_layout.h).
//
// Lifecycle: Renew before each worker; then Ask and Wait in turns.
// Units: bytes.
// Errors: as each function says. Whatever a worker writes, no function blocks
//   past its deadline, reads outside, or reads anything twice.
// Ownership: owns the memory; not movable.
// Threads: one at a time; Poke from any.
// Syscalls: Create: memfd_create, ftruncate, fcntl, mmap, madvise; Renew:
//   lseek; Send, Wait and Poke: futex; destructor: munmap, close.
class Channel {
 public:
  explicit Channel(const ChannelLayout& layout) : layout_(layout) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Errors: the kernel's, as text; empty iff it was made.
  [[nodiscard]] std::string Create();

  // To be passed to the worker's template.
  int fd() const { return fd_.get(); }

  std::span<uint8_t> input() const {
    return {base_ + layout_.input_offset(), layout_.input_bytes};
  }

  // The first bytes of the output area.
  UntrustedView Output(size_t bytes) const {
    return {base_ + layout_.output_offset(), bytes};
  }

  // Everything is zero again, whatever the worker that had it left. None has it
  // any more, or none has been told of a byte yet.
  void Renew();

  // Tells the next worker that nobody waits for it. Until the next Renew.
  void TellIsAhead();

  // What is asked, but for the input itself.
  struct Request {
    Ask ask = Ask::kNothing;
    size_t input_bytes = 0;
    PassedDescriptor descriptor = PassedDescriptor::kNone;
    uint32_t test_number = 0;
  };
  void Send(const Request& request);

  // For an answer to what was sent last, or the kReady of a new worker.
  [[nodiscard]] Await Wait(MonotonicTime deadline);

  // Ends a Wait, this or the next one. Only when the worker is dead or stopped
  // for good: it could undo it.
  void Poke();

  // Empty iff the answer cannot be true.
  [[nodiscard]] std::optional<WorkerAnswer> Read();
  WorkerNotes ReadNotes() const;

 private:
  ChannelControl& control() const {
    return *reinterpret_cast<ChannelControl*>(base_);
  }

  const ChannelLayout layout_;
  UniqueFd fd_;
  uint8_t* base_ = nullptr;
  std::atomic<uint32_t> sent_{0};  // Poke reads it
  size_t used_input_ = 0;          // by the last call
  size_t used_output_ = 0;
  std::atomic<bool> poked_{false};
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_CHANNEL_H_
