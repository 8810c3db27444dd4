// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes JPEG 2000 files in a jail. What it differs in from unjailed.cc is the
// jail.
//
//   bazel run //examples/jpeg2000:jailed -- FILE...

#include <cstdint>
#include <span>
#include <string>

#include "examples/common/call_sink.h"
#include "examples/common/files.h"
#include "examples/common/image.h"
#include "examples/jpeg2000/jpeg2000_decoder.h"
#include "jail/jail.h"

absl::Status Decode(cellblock::JailedCall& call) {
  examples::CallSink pixels(call);
  return examples::DecodeJpeg2000(call.input(), {}, pixels);
}
constexpr cellblock::Decoder kDecoders[] = {{"jpeg2000", Decode}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);  // first
  // Measured: a picture of 12 megapixels took 144 MiB.
  const auto jail = cellblock::Jail::Create(
      {.pool_bytes = 192 << 20, .input_bytes = examples::kMostFileBytes},
      "jpeg2000");
  if (!jail.ok()) return examples::Fail(jail.status());
  return examples::DecodeFiles(
      argc, argv,
      [&](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
        const auto pixels = (*jail)->Call(file);
        if (!pixels.ok()) return pixels.status();
        return pixels->Validate(examples::DescribeImage);
      });
}
