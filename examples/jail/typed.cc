// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Functions with arguments and results of their own, in a jail: the size of a
// PNG picture, and how many of its samples are at least so bright.
//
//   bazel run //examples/jail:typed < FILE.png

#include <png.h>

#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include "examples/jail/gzip.h"
#include "jail/typed_jail.h"

struct Size {
  uint32_t width;
  uint32_t height;
};

absl::StatusOr<Size> SizeOf(std::span<const uint8_t> file) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, file.data(), file.size())) {
    return absl::InvalidArgumentError(image.message);
  }
  const Size size = {image.width, image.height};
  png_image_free(&image);
  return size;
}

absl::StatusOr<uint64_t> CountBright(std::span<const uint8_t> file,
                                     uint8_t least) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, file.data(), file.size())) {
    return absl::InvalidArgumentError(image.message);
  }
  image.format = PNG_FORMAT_GRAY;
  std::vector<uint8_t> samples(PNG_IMAGE_SIZE(image));
  if (!png_image_finish_read(&image, nullptr, samples.data(), 0, nullptr)) {
    return absl::InvalidArgumentError(image.message);
  }
  uint64_t bright = 0;
  for (const uint8_t sample : samples) bright += sample >= least ? 1 : 0;
  return bright;
}

constexpr cellblock::Decoder kDecoders[] = {
    cellblock::Wrap<SizeOf>("size"),
    cellblock::Wrap<CountBright>("count bright")};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);
  // A file, and what tells how the arguments lie.
  const cellblock::JailOptions options = {.input_bytes =
                                              kMostInputBytes + 4096};
  auto size_of = cellblock::TypedJail<SizeOf>::Create(options, "size");
  if (!size_of.ok()) return Fail(size_of.status());
  auto count =
      cellblock::TypedJail<CountBright>::Create(options, "count bright");
  if (!count.ok()) return Fail(count.status());

  const auto file = ReadInput();
  if (!file.ok()) return Fail(file.status());
  const auto given = (*size_of)->Call(*file);
  if (!given.ok()) return Fail(given.status());
  const auto size = given->Validate([](Size told) -> absl::StatusOr<Size> {
    if (told.width > 10'000 || told.height > 10'000) {
      return absl::InvalidArgumentError("larger than this program likes");
    }
    return told;
  });
  if (!size.ok()) return Fail(size.status());
  const auto bright = (*count)->Call(*file, 128);
  if (!bright.ok()) return Fail(bright.status());
  const uint64_t all = uint64_t{size->width} * size->height;
  const bool is_possible = bright->Validate(
      [all](uint64_t count_told) { return count_told <= all; });
  if (!is_possible) return Fail(absl::DataLossError("more than there are"));
  printf("%u x %u, %llu of them bright\n", size->width, size->height,
         static_cast<unsigned long long>(bright->UnsafeUnvalidated()));
  return 0;
}
