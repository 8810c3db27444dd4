// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_STREAM_LIMIT_H_
#define CELLBLOCK_EXAMPLES_HEIF_STREAM_LIMIT_H_

#include <cstdint>

namespace examples {

// How large a picture the plugins decode on this thread while this exists, for
// a stream can hold a larger one than its file says. Without one: none.
class StreamLimit {
 public:
  explicit StreamLimit(uint64_t pixels);
  ~StreamLimit();
  StreamLimit(const StreamLimit&) = delete;
  StreamLimit& operator=(const StreamLimit&) = delete;

  // What is allowed now.
  static uint64_t Pixels();
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_STREAM_LIMIT_H_
