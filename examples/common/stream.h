// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_STREAM_H_
#define CELLBLOCK_EXAMPLES_COMMON_STREAM_H_

// What the decoders of the examples share that make plain bytes.

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "examples/common/sink.h"

namespace examples {

// What a decoder refuses while it goes on. Bytes.
struct StreamLimits {
  uint64_t output_bytes = 256'000'000;
  // What it may keep of the output to go back to: its window, or dictionary.
  uint64_t window_bytes = uint64_t{64} << 20;
};

// A sink's room, for as many bytes as the limits have.
class StreamOutput {
 public:
  StreamOutput(const StreamLimits& limits, Sink& sink)
      : limit_(limits.output_bytes), left_(limits.output_bytes), sink_(sink) {}

  // Never empty: at the limit, it takes one byte more to see that there is one.
  std::span<uint8_t> Room() {
    const std::span<uint8_t> room = sink_.Room();
    return left_ < room.size() ? room.first(left_ + 1) : room;
  }

  // Errors: RESOURCE_EXHAUSTED iff these are more than the limit.
  absl::Status Commit(size_t bytes) {
    if (bytes > left_) {
      return absl::ResourceExhaustedError(
          absl::StrFormat("more than %u bytes come out", limit_));
    }
    left_ -= bytes;
    sink_.Commit(bytes);
    return absl::OkStatus();
  }

 private:
  const uint64_t limit_;
  uint64_t left_;
  Sink& sink_;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_STREAM_H_
