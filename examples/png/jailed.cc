// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes PNG files in a jail. What it differs in from unjailed.cc is the jail.
//
//   bazel run //examples/png:jailed -- FILE...

#include <cstdint>
#include <span>
#include <string>

#include "examples/common/call_sink.h"
#include "examples/common/files.h"
#include "examples/common/image.h"
#include "examples/png/png_decoder.h"
#include "jail/jail.h"

absl::Status Decode(cellblock::JailedCall& call) {
  examples::CallSink pixels(call);
  return examples::DecodePng(call.input(), {}, pixels);
}
constexpr cellblock::Decoder kDecoders[] = {{"png", Decode}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);  // first
  // Interlaced, 12 megapixels take 46 MiB: all rows are kept.
  const auto jail = cellblock::Jail::Create(
      {.pool_bytes = 64 << 20, .input_bytes = examples::kMostFileBytes}, "png");
  if (!jail.ok()) return examples::Fail(jail.status());
  return examples::DecodeFiles(
      argc, argv,
      [&](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
        const auto pixels = (*jail)->Call(file);
        if (!pixels.ok()) return pixels.status();
        return pixels->Validate(examples::DescribeImage);
      });
}
