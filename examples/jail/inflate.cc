// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// gunzip in a jail. What it differs in from inflate_unjailed.cc is the jail.
//
//   bazel run //examples/jail:inflate < FILE.gz

#include "examples/jail/gzip.h"
#include "jail/jail.h"

absl::Status Inflate(cellblock::JailedCall& call) {
  return Gunzip(call.input(), [&](auto part) { call.Write(part); });
}
constexpr cellblock::Decoder kDecoders[] = {{"inflate", Inflate}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);  // first
  auto jail = cellblock::Jail::Create({.pool_bytes = 1 << 20,
                                       .input_bytes = kMostInputBytes,
                                       .output_limit = 16 << 20},
                                      "inflate");
  if (!jail.ok()) return Fail(jail.status());
  const auto file = ReadInput();
  if (!file.ok()) return Fail(file.status());
  auto text = (*jail)->Call(*file);
  if (!text.ok()) return Fail(text.status());
  return text->Validate(WriteAll);  // any text is a good one
}
