// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes zstd files in a jail. What it differs in from unjailed.cc is the
// jail.
//
//   bazel run //examples/zstd:jailed -- FILE...

#include <cstdint>
#include <span>
#include <string>

#include "examples/common/call_sink.h"
#include "examples/common/files.h"
#include "examples/zstd/zstd_decoder.h"
#include "jail/jail.h"

absl::Status Decode(cellblock::JailedCall& call) {
  examples::CallSink text(call);
  return examples::DecodeZstd(call.input(), {}, text);
}
constexpr cellblock::Decoder kDecoders[] = {{"zstd", Decode}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);  // first
  const auto jail = cellblock::Jail::Create(
      {.pool_bytes = 72 << 20, .input_bytes = examples::kMostFileBytes},
      "zstd");
  if (!jail.ok()) return examples::Fail(jail.status());
  return examples::DecodeFiles(
      argc, argv,
      [&](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
        const auto text = (*jail)->Call(file);
        if (!text.ok()) return text.status();
        return text->Validate(examples::DescribeBytes);
      });
}
