// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_CANARIES_H_
#define CELLBLOCK_TESTS_JAIL_CALL_CANARIES_H_

#include <span>

#include "jail/call/decoder.h"

namespace cellblock {

// "canary": the input, up to its first blank, names a place. The decoder writes
// what it finds there, in words, and then leaves something else: a later call
// that finds the same as the first has found nothing of it.
std::span<const Decoder> CanaryDecoders();

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_CANARIES_H_
