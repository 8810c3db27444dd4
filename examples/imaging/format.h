// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_FORMAT_H_
#define CELLBLOCK_EXAMPLES_IMAGING_FORMAT_H_

// A format of images: how a file of it begins, and what decodes one in a jail.

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "examples/common/decode_image.h"
#include "jail/call/decoder.h"

namespace examples::imaging {

struct Format {
  const char* name;        // in messages, and of the decoder in the worker
  const char* media_type;  // as in HTTP
  // Each a beginning of such files, in which '?' is any byte.
  std::span<const std::string_view> magics;
  cellblock::DecodeFunction* decode;  // InJail<DecodeNAME>
  // As of cellblock::Decoder: run in the worker before its lock.
  absl::Status (*prepare)() = nullptr;
};

// Runs `decode` in the worker on what Decoder::Decode sent.
absl::Status DecodeInJail(DecodeImage* decode, cellblock::JailedCall& call);

template <DecodeImage* kDecode>
absl::Status InJail(cellblock::JailedCall& call) {
  return DecodeInJail(kDecode, call);
}

// The first format one of whose magics `file` begins with; null iff there is
// none. Looks at no more bytes than the longest magic has, and believes none.
// Threads: any. Syscalls: none.
const Format* Sniff(std::span<const Format> formats,
                    std::span<const uint8_t> file);

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_FORMAT_H_
