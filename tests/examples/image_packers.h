// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_IMAGE_PACKERS_H_
#define CELLBLOCK_TESTS_EXAMPLES_IMAGE_PACKERS_H_

// Files for the image decoders of the examples, made with the libraries' own
// encoders. What of a picture a format has no room for is left out; what cannot
// be made ends the process, with the reason.

#include <cstdint>

#include "tests/examples/pictures.h"
#include "tests/examples/stream_packers.h"

namespace examples {

struct JpegOptions {
  bool is_gray = false;
  bool is_cmyk = false;
  bool is_progressive = false;
  bool has_two_scans = false;  // progressive: all of DC, and then all of AC
  bool is_arithmetic = false;
  unsigned restart_rows = 0;
};
Bytes PackJpeg(const Picture& picture, const JpegOptions& options = {});

enum class WebpKind : uint8_t { kLossy, kLossless };
Bytes PackWebp(const Picture& picture, WebpKind kind);

struct TiffOptions {
  uint16_t compression = 1;  // none; as in tiff.h
  bool is_tiled = false;
  bool is_planar = false;
  bool is_palette = false;
  uint16_t orientation = 1;
};
Bytes PackTiff(const Picture& picture, const TiffOptions& options = {});

enum class GifKind : uint8_t { kPlain, kInterlaced, kAnimated };
Bytes PackGif(const Picture& picture, GifKind kind);

struct Jpeg2000Options {
  bool is_bare = false;  // a codestream alone
  bool is_lossy = false;
  bool is_tiled = false;
};
Bytes PackJpeg2000(const Picture& picture, const Jpeg2000Options& options = {});

enum class HeifKind : uint8_t {
  kHevc,      // with alpha
  kAv1,       // without
  kAv1Alpha,  // with alpha
  kAv1Deep,   // of twelve bits, without alpha
};
Bytes PackHeif(const Picture& picture, HeifKind kind);

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_IMAGE_PACKERS_H_
