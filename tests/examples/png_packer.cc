// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/png_packer.h"

#include <png.h>
#include <stdlib.h>

#include <vector>

namespace examples {
namespace {

struct Layout {
  int type;
  int bits;
  size_t samples;  // of a byte each; 0: eight pixels share one
};

Layout LayoutOf(PngKind kind) {
  switch (kind) {
    case PngKind::kRgba:
      return {PNG_COLOR_TYPE_RGB_ALPHA, 8, 4};
    case PngKind::kRgb:
      return {PNG_COLOR_TYPE_RGB, 8, 3};
    case PngKind::kRgb16:
      return {PNG_COLOR_TYPE_RGB, 16, 6};
    case PngKind::kGray:
      return {PNG_COLOR_TYPE_GRAY, 8, 1};
    case PngKind::kPalette:
      return {PNG_COLOR_TYPE_PALETTE, 8, 1};
    case PngKind::kBits:
      return {PNG_COLOR_TYPE_GRAY, 1, 0};
  }
  abort();
}

// A row as the kind has it: samples taken from the picture's, in turn.
Bytes RowOf(const Picture& picture, uint32_t y, const Layout& layout) {
  const uint8_t* const pixels = &picture.rgba[size_t{4} * picture.width * y];
  Bytes row;
  if (layout.samples == 0) row.resize((picture.width + 7) / 8, 0x5a);
  for (size_t x = 0; x < picture.width; ++x) {
    for (size_t i = 0; i < layout.samples; ++i) {
      row.push_back(pixels[4 * x + i % 4]);
    }
  }
  return row;
}

void Append(png_structp png, png_bytep bytes, size_t count) {
  auto* const file = static_cast<Bytes*>(png_get_io_ptr(png));
  file->insert(file->end(), bytes, bytes + count);
}

void Flush(png_structp) {}

}  // namespace

// Errors of libpng end the process: there is nobody to jump to.
Bytes PackPng(const Picture& picture, const PngOptions& options) {
  const Layout layout = LayoutOf(options.kind);
  Bytes file;
  png_structp png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, nullptr,
      [](png_structp, png_const_charp) { abort(); }, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, Append, Flush);
  png_set_IHDR(png, info, picture.width, picture.height, layout.bits,
               layout.type,
               options.is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (layout.type == PNG_COLOR_TYPE_PALETTE) {
    png_color colors[256];
    png_byte alphas[256];
    for (int i = 0; i < 256; ++i) {
      const auto c = static_cast<png_byte>(i);
      colors[i] = {c, static_cast<png_byte>(255 - c),
                   static_cast<png_byte>(c * 7)};
      alphas[i] = static_cast<png_byte>(i < 10 ? 20 * i : 255);
    }
    png_set_PLTE(png, info, colors, 256);
    png_set_tRNS(png, info, alphas, 10, nullptr);
  }
  png_set_gAMA(png, info, 0.45455);
  char key[] = "Comment";
  char words[] = "a picture of nothing, of nothing, of nothing at all";
  png_text text[1] = {};
  text[0].compression = PNG_TEXT_COMPRESSION_zTXt;
  text[0].key = key;
  text[0].text = words;
  png_set_text(png, info, text, 1);
  png_write_info(png, info);
  std::vector<Bytes> rows;
  std::vector<png_bytep> pointers;
  for (uint32_t y = 0; y < picture.height; ++y) {
    rows.push_back(RowOf(picture, y, layout));
  }
  for (Bytes& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

}  // namespace examples
