// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_FAILURE_PAYLOAD_H_
#define CELLBLOCK_JAIL_CALL_FAILURE_PAYLOAD_H_

// A CallFailure as the bytes that an absl::Status carries.
//
//   "call-failure/1 " | numbers, each with a blank behind it | the bytes of the
//   messages, as many as the last number says
//
// Printable but for the messages, since a status that is printed shows it.

#include <optional>
#include <string>
#include <string_view>

#include "jail/call/call_failure.h"

namespace cellblock {

inline constexpr std::string_view kFailurePayloadUrl =
    "cellblock.dev/call_failure";

// The last kKeptMessagesBytes of `failure.messages` go in, at most.
std::string EncodeFailure(const CallFailure& failure);

// Empty iff `payload` is not, byte for byte, what EncodeFailure makes of a
// failure that is not clean. Threads: any. Syscalls: those of memory.
std::optional<CallFailure> DecodeFailure(std::string_view payload);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_FAILURE_PAYLOAD_H_
