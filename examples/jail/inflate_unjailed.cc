// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// gunzip without a jail, to be compared with inflate.cc.
//
//   bazel run //examples/jail:inflate_unjailed < FILE.gz

#include <cstdint>
#include <vector>

#include "examples/jail/gzip.h"

int main() {
  const auto file = ReadInput();
  if (!file.ok()) return Fail(file.status());
  std::vector<uint8_t> text;
  const absl::Status status = Gunzip(*file, [&](auto part) {
    text.insert(text.end(), part.begin(), part.end());
  });
  if (!status.ok()) return Fail(status);
  return WriteAll(text);
}
