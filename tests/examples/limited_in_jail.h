// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_LIMITED_IN_JAIL_H_
#define CELLBLOCK_TESTS_EXAMPLES_LIMITED_IN_JAIL_H_

#include "absl/status/status.h"
#include "examples/common/call_sink.h"
#include "jail/call/decoder.h"

namespace examples {

// A decoder of the examples, with limits, as a jail calls it.
template <const auto& decode, const auto& limits>
absl::Status LimitedInJail(cellblock::JailedCall& call) {
  CallSink sink(call);
  return decode(call.input(), limits, sink);
}

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_LIMITED_IN_JAIL_H_
