// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Decodes bzip2 files without a jail. What jailed.cc differs in is the jail.
//
//   bazel run //examples/bzip2:unjailed -- FILE...

#include <cstdint>
#include <span>
#include <string>

#include "examples/bzip2/bzip2_decoder.h"
#include "examples/common/files.h"
#include "examples/common/sink.h"

int main(int argc, char** argv) {
  return examples::DecodeFiles(
      argc, argv,
      [](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
        examples::MemorySink bytes;
        const absl::Status status = examples::DecodeBzip2(file, {}, bytes);
        if (!status.ok()) return status;
        return examples::DescribeBytes(bytes.bytes());
      });
}
