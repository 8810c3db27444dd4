// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/gif/gif_decoder.h"

#include <gif_lib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/examples/decoding.h"

namespace examples {
namespace {

constexpr int kColours = 256;
constexpr Pixel kNothing = {0, 0, 0, 0};

struct Frame {
  ImageSize canvas = {40, 30};
  int left = 0;
  int top = 0;
  int width = 40;
  int height = 30;
  bool is_interlaced = false;
  int transparent = NO_TRANSPARENT_COLOR;
};

uint8_t IndexAt(int x, int y) { return static_cast<uint8_t>(7 * x + 3 * y); }

// The colours are (i, 255 - i, i / 2).
Pixel ColourOf(uint8_t index) {
  return {index, static_cast<uint8_t>(255 - index),
          static_cast<uint8_t>(index / 2), 255};
}

int Append(GifFileType* gif, const GifByteType* bytes, int size) {
  auto* const file = static_cast<Bytes*>(gif->UserData);
  file->insert(file->end(), bytes, bytes + size);
  return size;
}

void PutFrame(GifFileType* gif, const Frame& frame) {
  if (frame.transparent != NO_TRANSPARENT_COLOR) {
    const GraphicsControlBlock control = {DISPOSAL_UNSPECIFIED, false, 0,
                                          frame.transparent};
    GifByteType block[4];
    const size_t size = EGifGCBToExtension(&control, block);
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, static_cast<int>(size),
                     block);
  }
  EGifPutImageDesc(gif, frame.left, frame.top, frame.width, frame.height,
                   frame.is_interlaced, nullptr);
  std::vector<int> order;
  if (frame.is_interlaced) {
    for (const auto& [first, step] :
         {std::pair{0, 8}, std::pair{4, 8}, std::pair{2, 4}, std::pair{1, 2}}) {
      for (int y = first; y < frame.height; y += step) order.push_back(y);
    }
  } else {
    for (int y = 0; y < frame.height; ++y) order.push_back(y);
  }
  for (const int y : order) {
    Bytes row;
    for (int x = 0; x < frame.width; ++x) row.push_back(IndexAt(x, y));
    EGifPutLine(gif, row.data(), frame.width);
  }
}

Bytes Encode(const std::vector<Frame>& frames) {
  Bytes file;
  int error = 0;
  GifFileType* const gif = EGifOpen(&file, Append, &error);
  GifColorType colours[kColours];
  for (int i = 0; i < kColours; ++i) {
    const Pixel colour = ColourOf(static_cast<uint8_t>(i));
    colours[i] = {colour[0], colour[1], colour[2]};
  }
  ColorMapObject* const map = GifMakeMapObject(kColours, colours);
  const ImageSize canvas = frames.front().canvas;
  EGifPutScreenDesc(gif, static_cast<int>(canvas.width),
                    static_cast<int>(canvas.height), 8, 0, map);
  GifFreeMapObject(map);
  for (const Frame& frame : frames) PutFrame(gif, frame);
  EGifCloseFile(gif, &error);
  return file;
}

Picture Expected(const Frame& frame) {
  Picture picture{frame.canvas, {}};
  picture.pixels.resize(size_t{frame.canvas.width} * frame.canvas.height,
                        kNothing);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const uint8_t index = IndexAt(x, y);
      if (index == frame.transparent) continue;
      picture.pixels[static_cast<size_t>(y + frame.top) * frame.canvas.width +
                     static_cast<size_t>(x + frame.left)] = ColourOf(index);
    }
  }
  return picture;
}

TEST(GifDecoderTest, FramesComeBackWhereTheyLie) {
  for (const Frame& frame :
       {Frame{}, Frame{.is_interlaced = true}, Frame{.transparent = 21},
        Frame{.left = 5, .top = 7, .width = 30, .height = 20},
        Frame{.left = 39, .top = 29, .width = 1, .height = 1},
        Frame{.left = 3,
        .top = 2,
        .width = 11,
        .height = 13,
        .is_interlaced = true,
        .transparent = 3}}) {
    EXPECT_EQ(Difference(Decoded(DecodeGif, Encode({frame})), Expected(frame)),
              0);
  }
}

TEST(GifDecoderTest, TheFirstOfSeveralFramesCounts) {
  const Frame first = {.left = 1, .top = 1, .width = 9, .height = 9};
  EXPECT_EQ(
      Difference(Decoded(DecodeGif, Encode({first, Frame{}})), Expected(first)),
      0);
}

TEST(GifDecoderTest, FramesBeyondTheCanvasAreRefused) {
  for (const Frame& frame :
       {Frame{.left = 1}, Frame{.top = 1}, Frame{.left = 65535},
        Frame{.width = 41}, Frame{.height = 31, .is_interlaced = true}}) {
    EXPECT_EQ(Refusal(DecodeGif, Encode({frame})),
              "the frame is not inside the canvas");
  }
}

TEST(GifDecoderTest, ColoursBeyondTheTableAreRefused) {
  Bytes file = Encode({Frame{}});
  // A table of two instead of 256.
  constexpr size_t kFlags = 10;
  constexpr size_t kTable = 13;
  file[kFlags] &= 0xf8;
  file.erase(file.begin() + kTable + 6, file.begin() + kTable + 3 * kColours);
  EXPECT_EQ(Refusal(DecodeGif, file),
            "a pixel's colour is not in the colour table");
  // And none at all.
  file[kFlags] &= 0x7f;
  file.erase(file.begin() + kTable, file.begin() + kTable + 6);
  EXPECT_EQ(Refusal(DecodeGif, file), "there is no colour table");
}

TEST(GifDecoderTest, LimitsComeFirst) {
  EXPECT_TRUE(KeepsToLimits(DecodeGif, Encode({Frame{}})));
}

TEST(GifDecoderTest, DamageIsSurvived) {
  // The last byte ends the file, and not the frame.
  ExpectSurvivesDamage(DecodeGif, Encode({Frame{}}), {1});
  ExpectSurvivesDamage(
      DecodeGif, Encode({Frame{.is_interlaced = true, .transparent = 9}}), {1});
}

TEST(GifDecoderTest, OtherFilesAreRefused) {
  EXPECT_EQ(Refusal(DecodeGif, {}), "Failed to read from given file");
  EXPECT_EQ(Refusal(DecodeGif, Bytes(100, 'x')), "Data is not in GIF format");
  Bytes empty = Encode({Frame{}});
  empty.resize(13 + 3 * kColours);
  empty.push_back(';');
  EXPECT_EQ(Refusal(DecodeGif, empty), "there is no frame");
}

}  // namespace
}  // namespace examples
