// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A program outside of the tree: a function in a process of its own.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "jail/jail.h"

namespace {

absl::Status Reverse(cellblock::JailedCall& call) {
  std::vector<uint8_t> text(call.input().begin(), call.input().end());
  std::reverse(text.begin(), text.end());
  call.Write(text);
  return absl::OkStatus();
}

constexpr cellblock::Decoder kDecoders[] = {{"reverse", Reverse}};

int Fail(const absl::Status& status) {
  fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);
  auto jail = cellblock::Jail::Create({.pool_bytes = 1 << 20}, "reverse");
  if (!jail.ok()) return Fail(jail.status());
  constexpr std::string_view kText = "kcolblleC";
  const std::vector<uint8_t> input(kText.begin(), kText.end());
  auto text = (*jail)->Call(input);
  if (!text.ok()) return Fail(text.status());
  return text->Validate([](const auto& bytes) {
    return fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0
                                                                         : 1;
  });
}
