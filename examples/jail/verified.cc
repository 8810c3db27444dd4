// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// gzip whose output is given out only after a second jail has turned it back
// into the input. With an argument, the first jail lies.
//
//   bazel run //examples/jail:verified < FILE > FILE.gz

#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "examples/jail/gzip.h"
#include "jail/jail.h"
#include "jail/verified_call.h"

absl::Status Deflate(cellblock::JailedCall& call) {
  return Gzip(call.input(), [&](auto part) { call.Write(part); });
}

// As one would that was taken over: it packs something else.
absl::Status DeflateWrongly(cellblock::JailedCall& call) {
  std::vector<uint8_t> text(call.input().begin(), call.input().end());
  text[text.size() / 2] ^= 1;
  return Gzip(text, [&](auto part) { call.Write(part); });
}

absl::Status Inflate(cellblock::JailedCall& call) {
  return Gunzip(call.input(), [&](auto part) { call.Write(part); });
}

constexpr cellblock::Decoder kDecoders[] = {{"deflate", Deflate},
                                            {"deflate wrongly", DeflateWrongly},
                                            {"inflate", Inflate}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);
  auto encoder =
      cellblock::Jail::Create({.input_bytes = kMostInputBytes},
                              argc > 1 ? "deflate wrongly" : "deflate");
  if (!encoder.ok()) return Fail(encoder.status());
  // What cannot be compressed gets longer by a little.
  auto decoder = cellblock::Jail::Create(
      {.input_bytes = kMostInputBytes + (1 << 20)}, "inflate");
  if (!decoder.ok()) return Fail(decoder.status());

  const auto text = ReadInput();
  if (!text.ok()) return Fail(text.status());
  const auto packed = cellblock::VerifiedCall(**encoder, **decoder, *text);
  if (!packed.ok()) return Fail(packed.status());
  fprintf(stderr, "%zu bytes packed into %zu, and verified\n", text->size(),
          packed->size());
  return packed->Validate(WriteAll);
}
