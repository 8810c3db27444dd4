// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_EXAMPLES_PICTURE_FILES_H_
#define CELLBLOCK_TESTS_EXAMPLES_PICTURE_FILES_H_

// Files of every format, as other programs make them.

#include <map>
#include <string>
#include <string_view>

namespace examples::imaging {

// One picture of 60 x 40 pixels and less than 256 colours, in every format; all
// but .jpg, .heic and .avif lose nothing.
inline constexpr std::string_view kMakeFiles = R"(
  cd "$0" && (djpeg "$1" | pamscale 0.125 | pnmquant 200 > p.ppm &&
  pnmtopng p.ppm > p.png && ppmtogif p.ppm > p.gif &&
  cjpeg -quality 90 p.ppm > p.jpg && pnmtotiff p.ppm > p.tiff &&
  cwebp -quiet -lossless -exact p.png -o p.webp &&
  opj_compress -i p.ppm -o p.jp2 && opj_compress -i p.ppm -o p.j2k &&
  heif-enc p.png -o p.heic && heif-enc -A p.png -o p.avif) > made.log 2>&1
)";

inline const std::map<std::string, std::string>& FormatsOfFiles() {
  static const auto& files = *new std::map<std::string, std::string>{
      {"p.png", "png"},      {"p.gif", "gif"},   {"p.jpg", "jpeg"},
      {"p.tiff", "tiff"},    {"p.webp", "webp"}, {"p.jp2", "jpeg2000"},
      {"p.j2k", "jpeg2000"}, {"p.heic", "heif"}, {"p.avif", "heif"},
  };
  return files;
}

}  // namespace examples::imaging

#endif  // CELLBLOCK_TESTS_EXAMPLES_PICTURE_FILES_H_
