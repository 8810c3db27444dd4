// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A worker that decodes PNG files and links no other decoder, for
// JailOptions::worker_binary of a Decoder of that one format.

#include <cstdio>

#include "examples/imaging/format.h"
#include "examples/png/png_decoder.h"
#include "jail/jail.h"

namespace imaging = examples::imaging;

constexpr cellblock::Decoder kDecoders[] = {
    {"png", imaging::InJail<examples::DecodePng>}};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);  // does not return in a worker
  fprintf(stderr, "%s: is a worker, and is started by its host\n", argv[0]);
  return 2;
}
