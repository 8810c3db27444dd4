// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <webp/encode.h>

#include "tests/examples/check.h"
#include "tests/examples/image_packers.h"

namespace examples {

Bytes PackWebp(const Picture& picture, WebpKind kind) {
  const auto width = static_cast<int>(picture.width);
  const auto height = static_cast<int>(picture.height);
  uint8_t* packed = nullptr;
  const size_t size = kind == WebpKind::kLossless
                          ? WebPEncodeLosslessRGBA(picture.rgba.data(), width,
                                                   height, 4 * width, &packed)
                          : WebPEncodeRGBA(picture.rgba.data(), width, height,
                                           4 * width, 60, &packed);
  Check(size != 0, "libwebp");
  Bytes file(packed, packed + size);
  WebPFree(packed);
  return file;
}

}  // namespace examples
