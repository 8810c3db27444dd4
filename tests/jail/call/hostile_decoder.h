// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_HOSTILE_DECODER_H_
#define CELLBLOCK_TESTS_JAIL_CALL_HOSTILE_DECODER_H_

// A decoder that was taken over: it finds the channel in its own memory, and
// does there what its input says. Input: a HostileScript.

#include <cstdint>
#include <span>
#include <vector>

#include "jail/call/decoder.h"

namespace cellblock {

enum class Attack : uint32_t {
  kNone,         // decodes as it should: HonestOutput
  kBystander,    // anything but the two counts, then decodes as it should
  kRandomWords,  // anything anywhere on the control page, then an ending
  kCount,        // answers that nobody asked for, or asked for before
  kKind,         // an answer that is none, or none of a call
  kLongOutput,   // more output than there is room
  kLongMessage,  // a complaint longer than there is room
  kNotes,        // absurd figures, then a complaint or a death
  kEmptyParts,   // parts without a byte
  kManyParts,    // parts of few bytes without end, as fast as it can
  kEagerParts,   // the same, each a little before it is asked for
  kManyWakes,    // the host is woken for nothing, without end
  kFlips,        // the count changes and changes back, without end
  kChanges,      // an answer that changes all the time
  kDoneAndMore,  // an honest answer, and then all of the above
  kTwice,        // a complaint that is counted twice
  kDeath,        // by itself, by a signal, by a forbidden call
  kSilence,      // it stops, waits or spins
  kRequests,     // refused calls and descriptors that nobody offers, for ever
  kNoise,        // messages without end
  kNumber,
};

struct HostileScript {
  uint64_t seed = 0;
  Attack attack = Attack::kNone;
};

// What an honest decoder makes of a script.
std::vector<uint8_t> HonestOutput(uint64_t seed);

// The decoder, named "hostile".
std::span<const Decoder> HostileDecoders();

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_HOSTILE_DECODER_H_
