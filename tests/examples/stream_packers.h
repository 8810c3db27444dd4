// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_STREAM_PACKERS_H_
#define CELLBLOCK_TESTS_EXAMPLES_STREAM_PACKERS_H_

// Files for the stream decoders of the examples, made with the libraries' own
// encoders. What cannot be made ends the process, with the reason.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace examples {

using Bytes = std::vector<uint8_t>;

Bytes ToBytes(std::string_view text);

// So many bytes, which differ with `seed` and pack to about a third.
Bytes SomeText(size_t bytes, uint64_t seed = 1);

Bytes PackZlib(std::span<const uint8_t> text, int level = 6);
Bytes PackGzip(std::span<const uint8_t> text, int level = 6);
// Without a header or a check.
Bytes PackDeflate(std::span<const uint8_t> text, int level = 6);
Bytes PackBrotli(std::span<const uint8_t> text, int quality = 5,
                 int window_log = 18);

struct ZstdOptions {
  int level = 3;
  int window_log = 0;  // 0: as the level has it
  bool has_size = true;
  bool has_checksum = true;
};
Bytes PackZstd(std::span<const uint8_t> text, const ZstdOptions& options = {});

// In blocks of level * 100,000 bytes.
Bytes PackBzip2(std::span<const uint8_t> text, int level = 9);

struct XzOptions {
  uint32_t preset = 0;
  uint32_t dictionary_bytes = 0;  // 0: as the preset has it
  bool is_for_x86 = false;        // another filter before it
};
Bytes PackXz(std::span<const uint8_t> text, const XzOptions& options = {});

// One behind the other.
Bytes Joined(std::initializer_list<Bytes> parts);

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_STREAM_PACKERS_H_
