// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <tiff.h>

#include "tests/examples/image_packers.h"
#include "tests/examples/seeds.h"

namespace examples {

std::vector<Bytes> JpegSeeds() {
  const Picture picture = SomePicture(40, 27);
  return {PackJpeg(picture), PackJpeg(picture, {.is_progressive = true}),
          PackJpeg(picture, {.is_gray = true, .restart_rows = 1}),
          PackJpeg(picture, {.is_cmyk = true}),
          PackJpeg(picture, {.is_progressive = true, .is_arithmetic = true})};
}

std::vector<Bytes> WebpSeeds() {
  const Picture picture = SomePicture(40, 27);
  return {PackWebp(picture, WebpKind::kLossy),
          PackWebp(picture, WebpKind::kLossless),
          PackWebp(SomePicture(1, 1), WebpKind::kLossy),
          PackWebp(SomePicture(130, 2), WebpKind::kLossless)};
}

std::vector<Bytes> TiffSeeds() {
  const Picture picture = SomePicture(40, 27);
  return {PackTiff(picture),
          PackTiff(picture, {.compression = COMPRESSION_LZW, .orientation = 6}),
          PackTiff(picture, {.compression = COMPRESSION_ADOBE_DEFLATE}),
          PackTiff(picture,
                   {.compression = COMPRESSION_PACKBITS, .is_palette = true}),
          PackTiff(picture, {.compression = COMPRESSION_LZW, .is_tiled = true}),
          PackTiff(picture, {.is_planar = true})};
}

std::vector<Bytes> GifSeeds() {
  const Picture picture = SomePicture(40, 27);
  return {PackGif(picture, GifKind::kPlain),
          PackGif(picture, GifKind::kInterlaced),
          PackGif(picture, GifKind::kAnimated),
          PackGif(SomePicture(1, 1), GifKind::kPlain)};
}

std::vector<Bytes> Jpeg2000Seeds() {
  const Picture picture = SomePicture(40, 27);
  return {PackJpeg2000(picture), PackJpeg2000(picture, {.is_bare = true}),
          PackJpeg2000(picture, {.is_lossy = true}),
          PackJpeg2000(picture, {.is_bare = true, .is_tiled = true})};
}

std::vector<Bytes> HeifSeeds() {
  return {PackHeif(SomePicture(64, 64), HeifKind::kHevc),
          PackHeif(SomePicture(66, 35), HeifKind::kHevc),
          PackHeif(SomePicture(64, 64), HeifKind::kAv1),
          PackHeif(SomePicture(66, 35), HeifKind::kAv1),
          PackHeif(SomePicture(64, 64), HeifKind::kAv1Alpha),
          PackHeif(SomePicture(66, 35), HeifKind::kAv1Deep)};
}

}  // namespace examples
