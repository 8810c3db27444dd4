// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The workers of tests whose host is built with a sanitizer.

#include <vector>

#include "jail/jail.h"
#include "tests/jail/call/decoders.h"
#include "tests/jail/call/hostile_decoder.h"

int main(int argc, char** argv) {
  static std::vector<cellblock::Decoder> decoders;
  for (const auto some :
       {cellblock::TestDecoders(), cellblock::HostileDecoders()}) {
    decoders.insert(decoders.end(), some.begin(), some.end());
  }
  cellblock::jail::Init(argc, argv, decoders);
  return 1;  // nobody's worker
}
