// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_LIMIT_DECODERS_H_
#define CELLBLOCK_TESTS_JAIL_CALL_LIMIT_DECODERS_H_

#include <span>

#include "jail/call/decoder.h"

namespace cellblock {

// "burn": CPU time, in milliseconds. "deep": stack, in KiB. "wait": until it is
// killed. "count": output, in bytes. "pool": uses all of it, gives it back, and
// says of each byte it gets again whether it is zero. "free twice". "open": a
// file; says what it begins with, or the error. "held": the descriptors that
// are open. "setup": a fact by name, as Decoder::prepare found it.
std::span<const Decoder> LimitDecoders();

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_LIMIT_DECODERS_H_
