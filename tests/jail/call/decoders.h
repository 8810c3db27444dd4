// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_JAIL_CALL_DECODERS_H_
#define CELLBLOCK_TESTS_JAIL_CALL_DECODERS_H_

#include <span>
#include <string_view>

#include "jail/call/decoder.h"

namespace cellblock {

// Decoders that do what their input says, or misbehave in one way each.
std::span<const Decoder> TestDecoders();

inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view AsText(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_DECODERS_H_
