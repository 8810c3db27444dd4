// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_CHANNEL_LAYOUT_H_
#define CELLBLOCK_JAIL_CALL_CHANNEL_LAYOUT_H_

// The memory that a host and one worker share, and how they take turns.
//
//   [ ChannelControl ][ input ............ ][ output ........... ]
//     both write        the worker reads      the worker writes
//
//   host: ask, asked += 1 ──► worker: works, answer, answered += 1 ──► host:
//   copies the answer once, and looks whether it can be true
//
// A worker that has more output than room answers kPart, and goes on when the
// host asks for kMore. The host trusts nothing here: a hostile worker writes
// anything at any time.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "jail/call/futex.h"

namespace cellblock {

inline constexpr size_t kPageSize = 4096;

// What the host wants.
enum class Ask : uint32_t {
  kNothing,
  kCall,  // one input
  kMore,  // the part was taken
  kTest,  // make a forbidden call
};

// What the worker says.
enum class Answer : uint32_t {
  kNothing,
  kReady,    // locked, and waiting
  kPart,     // output so far, of a call that goes on
  kDone,     // the decoder returned OK
  kRefused,  // it returned an error
  kThrew,    // it threw an exception
  kWentOn,   // the forbidden call came back
};

// What a call may find of a descriptor that the host passes in.
enum class PassedDescriptor : uint32_t {
  kNone,       // there is none, and was none before
  kFetch,      // one waits for it
  kFetchNone,  // that of an earlier call makes room for an empty one
};

inline constexpr size_t kMostMessageBytes = 256;

struct AnswerWords {
  std::atomic<uint32_t> answer;
  std::atomic<uint32_t> code;  // of an error
  std::atomic<uint64_t> output_bytes;
  std::atomic<uint32_t> message_bytes;
  std::atomic<char> message[kMostMessageBytes];
};

// Written when it happens, since a worker that crashes does not answer.
struct Notes {
  std::atomic<uint64_t> refusals;  // of requests for memory, in this call
  std::atomic<uint64_t> asked;     // the last of them, as HeapStats says it
  std::atomic<uint64_t> short_by;
  std::atomic<uint64_t> in_use;
  std::atomic<uint64_t> peak;
  std::atomic<uint64_t> largest_free;
  std::atomic<uint32_t> signal;  // that it is about to die of
  std::atomic<uint64_t> address;
};

struct ChannelControl {
  alignas(64) Turn asked;
  std::atomic<uint32_t> ask;
  std::atomic<uint64_t> input_bytes;
  std::atomic<uint32_t> descriptor;  // PassedDescriptor
  std::atomic<uint32_t> test_number;
  // What the call before this worker's first one used, for it to provide ahead.
  std::atomic<uint64_t> expected_input;
  std::atomic<uint64_t> expected_output;
  // Whether it has time to: nobody waits for it.
  std::atomic<uint32_t> is_ahead;

  alignas(64) Turn answered;
  AnswerWords words;
  Notes notes;
};

static_assert(sizeof(ChannelControl) <= kPageSize);
static_assert(std::atomic<uint64_t>::is_always_lock_free);

// Where the parts lie, from the sizes that were asked for.
struct ChannelLayout {
  size_t input_bytes = 0;  // whole pages
  size_t output_bytes = 0;

  static constexpr size_t WholePages(size_t bytes) {
    return (bytes + kPageSize - 1) & ~(kPageSize - 1);
  }
  constexpr ChannelLayout() = default;
  constexpr ChannelLayout(size_t input, size_t output)
      : input_bytes(WholePages(input)), output_bytes(WholePages(output)) {}

  constexpr size_t input_offset() const { return kPageSize; }
  constexpr size_t output_offset() const {
    return input_offset() + input_bytes;
  }
  constexpr size_t total() const { return output_offset() + output_bytes; }
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_CHANNEL_LAYOUT_H_
