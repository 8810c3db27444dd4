// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_VERIFIED_CALL_H_
#define CELLBLOCK_JAIL_VERIFIED_CALL_H_

// A call whose output is given out only after a second jail, which shares
// nothing with the first, has borne it out:
//
//   auto encoder = Jail::Create({}, "compress");
//   auto decoder = Jail::Create({}, "decompress");
//   auto packed = VerifiedCall(**encoder, **decoder, file,
//                              {.verification = Verification::kRoundTrip});
//
// One decoder that was taken over can then not pass off wrong output for right.
// Two that were taken over by the same input can.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/untrusted.h"
#include "jail/jail.h"

namespace cellblock {

enum class Verification : uint8_t {
  kRoundTrip,   // the second jail turns the output back into the input
  kSameOutput,  // the second jail makes the same output of the same input
};

struct VerifiedCallOptions {
  Verification verification = Verification::kRoundTrip;
  CallOptions first = {};
  CallOptions second = {};
};

// Where the second jail's output is first another than it has to be.
struct Disagreement {
  Verification verification = Verification::kRoundTrip;
  uint64_t offset = 0;    // of the byte, or where the shorter one ends
  uint64_t expected = 0;  // bytes: of the input, or of the first output
  uint64_t given = 0;     // bytes that the second jail gave until then
};

// The disagreement that a status of VerifiedCall carries; empty iff it is OK or
// another's.
std::optional<Disagreement> DisagreementOf(const absl::Status& status);

// The output of `first` on `input`, verified by `second`.
//
// Lifecycle: nothing is kept. The output is held until it is verified; that of
//   the second jail is compared part by part and never held.
// Errors: of a jail: its own status with the same payload (FailureOf), and
//   which of the two in front of its message. DATA_LOSS, with a Disagreement
//   and without a CallFailure, iff both ended clean, or would have, and
//   disagree; a second jail that gives another byte loses its worker.
//   INVALID_ARGUMENT iff both jails are one: a worker bears itself out.
// Ownership: the jails and the input are borrowed.
// Threads: as Jail. Syscalls: those of two calls, one after the other.
absl::StatusOr<UntrustedBytes> VerifiedCall(
    Jail& first, Jail& second, std::span<const uint8_t> input,
    const VerifiedCallOptions& options = {});

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_VERIFIED_CALL_H_
