// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_CANARIES_H_
#define CELLBLOCK_TESTS_JAIL_CALL_CANARIES_H_

#include <cstdint>
#include <span>

#include "jail/call/decoder.h"

namespace cellblock {

// "canary": the input, up to its first blank, names a place. The decoder writes
// what it finds there, in words, and then leaves something else: a later call
// that finds the same as the first has found nothing of it.
std::span<const Decoder> CanaryDecoders();

// What a look at "figures" adds, at least, to those that it finds: bytes in
// use, their peak, allocations.
inline constexpr uint64_t kFiguresAdded[] = {320'000, 320'000, 64};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_CANARIES_H_
