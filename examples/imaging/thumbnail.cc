// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Makes FILE.thumbnail.pam, of 128 x 128 pixels at the most, of each FILE.
//
//   bazel run //examples/imaging:thumbnail -- FILE...

#include <cstdio>
#include <string>

#include "examples/common/files.h"
#include "examples/common/pam.h"
#include "examples/imaging/imaging.h"
#include "examples/imaging/scale.h"

namespace imaging = examples::imaging;

absl::Status MakeThumbnail(imaging::Decoder& decoder, const std::string& name) {
  const auto file = examples::ReadFile(name.c_str());
  if (!file.ok()) return file.status();
  const auto image = decoder.Decode(*file);
  if (!image.ok()) return image.status();
  const auto small =
      imaging::ScaleDown(image->view(), imaging::FitInto(image->size, 128));
  return examples::WritePam(small.view(), name + ".thumbnail.pam");
}

int main(int argc, char** argv) {
  imaging::Init(argc, argv);  // first
  const auto decoder = imaging::Decoder::Create(
      {.limits = {.pixels = 50'000'000},
       .jail = {.pool_bytes = uint64_t{512} << 20,
                .input_bytes = examples::kMostFileBytes}});
  if (!decoder.ok()) return examples::Fail(decoder.status());
  int code = 0;
  for (int i = 1; i < argc; ++i) {
    const absl::Status status = MakeThumbnail(**decoder, argv[i]);
    if (!status.ok()) code = 1;
    printf("%s: %s\n", argv[i],
           status.ok() ? "clean" : std::string(status.message()).c_str());
  }
  return code;
}
