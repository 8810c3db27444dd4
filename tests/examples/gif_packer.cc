// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <gif_lib.h>

#include <vector>

#include "tests/examples/check.h"
#include "tests/examples/image_packers.h"

namespace examples {
namespace {

int Write(GifFileType* gif, const GifByteType* bytes, int count) {
  auto* const file = static_cast<Bytes*>(gif->UserData);
  file->insert(file->end(), bytes, bytes + count);
  return count;
}

void PutFrame(GifFileType* gif, const Picture& picture, bool is_interlaced) {
  GraphicsControlBlock control = {};
  control.TransparentColor = 3;
  GifByteType extension[4];
  EGifGCBToExtension(&control, extension);
  Check(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, extension) == GIF_OK,
        "giflib");
  const auto width = static_cast<int>(picture.width);
  const auto height = static_cast<int>(picture.height);
  Check(EGifPutImageDesc(gif, 0, 0, width, height, is_interlaced, nullptr) ==
            GIF_OK,
        "giflib");
  // The rows in whatever order: there is nobody to look at them.
  for (size_t y = 0; y < picture.height; ++y) {
    std::vector<GifPixelType> row(picture.width);
    for (size_t x = 0; x < picture.width; ++x) {
      row[x] = picture.rgba[4 * (picture.width * y + x)] & 63;
    }
    Check(EGifPutLine(gif, row.data(), width) == GIF_OK, "giflib");
  }
}

}  // namespace

Bytes PackGif(const Picture& picture, GifKind kind) {
  Bytes file;
  int error = 0;
  GifFileType* const gif = EGifOpen(&file, Write, &error);
  Check(gif != nullptr, "giflib");
  EGifSetGifVersion(gif, true);
  ColorMapObject* const colors = GifMakeMapObject(64, nullptr);
  for (int i = 0; i < 64; ++i) {
    const auto c = static_cast<GifByteType>(4 * i);
    colors->Colors[i] = {c, static_cast<GifByteType>(255 - c),
                         static_cast<GifByteType>(c * 3)};
  }
  Check(EGifPutScreenDesc(gif, static_cast<int>(picture.width),
                          static_cast<int>(picture.height), 6, 0,
                          colors) == GIF_OK,
        "giflib");
  GifFreeMapObject(colors);
  const int frames = kind == GifKind::kAnimated ? 3 : 1;
  for (int i = 0; i < frames; ++i) {
    PutFrame(gif, picture, kind == GifKind::kInterlaced);
  }
  Check(EGifCloseFile(gif, &error) == GIF_OK, "giflib");
  return file;
}

}  // namespace examples
