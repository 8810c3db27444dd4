// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_DECODER_H_
#define CELLBLOCK_JAIL_CALL_DECODER_H_

// What runs in the jail: a function, and what it sees of its call.
//
//   absl::Status CountLines(cellblock::JailedCall& call) {
//     uint64_t lines = std::ranges::count(call.input(), '\n');
//     call.Write(AsBytes(lines));
//     return absl::OkStatus();
//   }

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace cellblock {

// One call, inside the worker.
//
// Lifecycle: made by the worker for one call, gone when the decoder returns.
// Units: bytes.
// Errors: none: whatever the host refuses ends the worker.
// Ownership: input and room are memory shared with the host; input is read-only
//   for the worker, for good.
// Threads: one.
// Syscalls: Write and Commit: futex(2), when the room is full. Everything else:
//   none.
class JailedCall {
 public:
  virtual ~JailedCall() = default;

  virtual std::span<const uint8_t> input() const = 0;

  // Where output can be put without a copy; never empty. What is put there
  // counts when it is committed, and may then be on its way to the host.
  virtual std::span<uint8_t> room() = 0;
  virtual void Commit(size_t bytes) = 0;  // the first ones of room()

  // Copies `bytes` behind what was written before, in as many parts as it
  // takes: the host takes them while the call goes on.
  virtual void Write(std::span<const uint8_t> bytes) = 0;

  // What the host passed in with this call, open; -1 iff it passed nothing.
  virtual int descriptor() const = 0;
};

// Returns what became of the input. The host sees an error's code and message
// as the decoder's own word (CallEnd::kRefused), shortened.
using DecodeFunction = absl::Status(JailedCall& call);

// A decoder by name, as jail::Init takes them.
struct Decoder {
  const char* name;
  DecodeFunction* decode;
  // Null, or run once before the lock and before any input: opens what the
  // decoder will read, builds its tables. An error is that of Jail::Create. One
  // that decodes a sample of the program's own saves every new worker (at
  // kForkPerCall) most of its page faults.
  absl::Status (*prepare)() = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_DECODER_H_
