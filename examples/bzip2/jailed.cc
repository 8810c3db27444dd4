// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes bzip2 files in a jail. What it differs in from unjailed.cc is the
// jail.
//
//   bazel run //examples/bzip2:jailed -- FILE...

#include <cstdint>
#include <span>
#include <string>

#include "examples/bzip2/bzip2_decoder.h"
#include "examples/common/call_sink.h"
#include "examples/common/files.h"
#include "jail/jail.h"

absl::Status Decode(cellblock::JailedCall& call) {
  examples::CallSink bytes(call);
  return examples::DecodeBzip2(call.input(), {}, bytes);
}
constexpr cellblock::Decoder kDecoders[] = {{"bzip2", Decode}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);  // first
  const auto jail =
      cellblock::Jail::Create({.pool_bytes = 8 << 20,
                               .stack_bytes = 256 << 10,
                               .input_bytes = examples::kMostFileBytes,
                               .output_limit = examples::Bzip2Limits().bytes},
                              "bzip2");
  if (!jail.ok()) return examples::Fail(jail.status());
  return examples::DecodeFiles(
      argc, argv,
      [&](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
        const auto bytes = (*jail)->Call(file);
        if (!bytes.ok()) return bytes.status();
        return bytes->Validate(examples::DescribeBytes);
      });
}
