// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes JPEG 2000 files without a jail. What jailed.cc differs in is the
// jail.
//
//   bazel run //examples/jpeg2000:unjailed -- FILE...

#include <cstdint>
#include <span>
#include <string>

#include "examples/common/files.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"
#include "examples/jpeg2000/jpeg2000_decoder.h"

int main(int argc, char** argv) {
  return examples::DecodeFiles(
      argc, argv,
      [](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
        examples::MemorySink pixels;
        const absl::Status status = examples::DecodeJpeg2000(file, {}, pixels);
        if (!status.ok()) return status;
        return examples::DescribeImage(pixels.bytes());
      });
}
