// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jpeg2000/jpeg2000_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openjpeg.h>

#include <algorithm>
#include <cstring>

#include "tests/examples/decoding.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

constexpr ImageSize kSize = {52, 38};

enum class Container : uint8_t { kBoxes, kBare };

struct Kind {
  OPJ_COLOR_SPACE colours = OPJ_CLRSPC_SRGB;
  uint32_t components = 3;
  uint32_t bits = 8;
  uint32_t is_signed = 0;
  uint32_t subsampling = 1;  // of the second and third component
  int tile = 0;              // its side; 0: one for all
  uint32_t offset = 0;       // of the picture on its grid, in both directions
  Container container = Container::kBoxes;
};

// A file that grows in memory, as openjpeg writes to it.
struct Memory {
  Bytes bytes;
  size_t offset = 0;
};

OPJ_SIZE_T Write(void* from, OPJ_SIZE_T size, void* user) {
  auto* const memory = static_cast<Memory*>(user);
  const size_t end = memory->offset + size;
  if (end > memory->bytes.size()) memory->bytes.resize(end);
  memcpy(memory->bytes.data() + memory->offset, from, size);
  memory->offset = end;
  return size;
}

OPJ_OFF_T Skip(OPJ_OFF_T bytes, void* user) {
  static_cast<Memory*>(user)->offset += static_cast<size_t>(bytes);
  return bytes;
}

OPJ_BOOL Seek(OPJ_OFF_T offset, void* user) {
  static_cast<Memory*>(user)->offset = static_cast<size_t>(offset);
  return OPJ_TRUE;
}

// Eight bits spread over as many as the kind has.
int32_t Sample(uint8_t value, const Kind& kind) {
  const uint64_t most = (uint64_t{1} << kind.bits) - 1;
  const auto sample = static_cast<int32_t>((value * most + 127) / 255);
  return kind.is_signed != 0 ? sample - (1 << (kind.bits - 1)) : sample;
}

opj_image_t* ToImage(const Picture& picture, const Kind& kind) {
  std::vector<opj_image_cmptparm_t> parameters(kind.components);
  for (uint32_t i = 0; i < kind.components; ++i) {
    const uint32_t step = i == 1 || i == 2 ? kind.subsampling : 1;
    parameters[i].dx = parameters[i].dy = step;
    parameters[i].w = (kSize.width + step - 1) / step;
    parameters[i].h = (kSize.height + step - 1) / step;
    parameters[i].x0 = parameters[i].y0 = kind.offset / step;
    parameters[i].prec = kind.bits;
    parameters[i].sgnd = kind.is_signed;
  }
  opj_image_t* const image =
      opj_image_create(kind.components, parameters.data(), kind.colours);
  image->x0 = image->y0 = kind.offset;
  image->x1 = kind.offset + kSize.width;
  image->y1 = kind.offset + kSize.height;
  for (uint32_t i = 0; i < kind.components; ++i) {
    const opj_image_comp_t& component = image->comps[i];
    for (uint32_t y = 0; y < component.h; ++y) {
      for (uint32_t x = 0; x < component.w; ++x) {
        component.data[y * component.w + x] =
            Sample(picture.At(x * component.dx, y * component.dy)[i], kind);
      }
    }
  }
  return image;
}

Bytes Encode(const Picture& picture, const Kind& kind) {
  opj_image_t* const image = ToImage(picture, kind);
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.numresolution = 3;
  parameters.tcp_mct = kind.components >= 3 && kind.subsampling == 1 &&
                       kind.colours == OPJ_CLRSPC_SRGB;
  if (kind.tile != 0) {
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = parameters.cp_tdy = kind.tile;
  }
  Memory memory;
  opj_codec_t* const codec = opj_create_compress(
      kind.container == Container::kBoxes ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
  opj_stream_t* const stream = opj_stream_create(4096, OPJ_FALSE);
  opj_stream_set_write_function(stream, Write);
  opj_stream_set_skip_function(stream, Skip);
  opj_stream_set_seek_function(stream, Seek);
  opj_stream_set_user_data(stream, &memory, nullptr);
  EXPECT_TRUE(opj_setup_encoder(codec, &parameters, image) &&
              opj_start_compress(codec, image, stream) &&
              opj_encode(codec, stream) && opj_end_compress(codec, stream));
  opj_stream_destroy(stream);
  opj_destroy_codec(codec);
  opj_image_destroy(image);
  return memory.bytes;
}

const Picture& Colours() {
  static const Picture picture = TestPicture(kSize, Alpha::kOpaque);
  return picture;
}

TEST(Jpeg2000DecoderTest, LosslessColoursComeBack) {
  for (const Kind& kind :
       {Kind{}, Kind{.container = Container::kBare}, Kind{.tile = 16},
        Kind{.bits = 16}, Kind{.bits = 12}, Kind{.is_signed = 1},
        Kind{.bits = 10, .is_signed = 1}, Kind{.offset = 7},
        Kind{.tile = 20, .offset = 13}}) {
    EXPECT_EQ(
        Difference(Decoded(DecodeJpeg2000, Encode(Colours(), kind)), Colours()),
        0);
  }
}

TEST(Jpeg2000DecoderTest, AFourthComponentIsAlpha) {
  const Picture picture = TestPicture(kSize, Alpha::kVaries);
  EXPECT_EQ(
      Difference(Decoded(DecodeJpeg2000, Encode(picture, {.components = 4})),
                 picture),
      0);
}

TEST(Jpeg2000DecoderTest, GreyBecomesRgba) {
  for (const uint32_t components : {1U, 2U}) {
    const Picture grey =
        Decoded(DecodeJpeg2000, Encode(Colours(), {.colours = OPJ_CLRSPC_GRAY,
                                                   .components = components}));
    const Pixel& from = Colours().At(20, 9);
    EXPECT_EQ(grey.At(20, 9),
              (Pixel{from[0], from[0], from[0],
                     components == 2 ? from[1] : uint8_t{255}}));
  }
}

TEST(Jpeg2000DecoderTest, ChromaBecomesColours) {
  Picture ycc = Colours();
  std::ranges::fill(ycc.pixels, Pixel{100, 90, 160, 255});
  for (const uint32_t subsampling : {1U, 2U}) {
    for (const uint32_t offset : {0U, 3U}) {
      const Picture picture =
          Decoded(DecodeJpeg2000, Encode(ycc, {.colours = OPJ_CLRSPC_SYCC,
                                               .subsampling = subsampling,
                                               .offset = offset}));
      EXPECT_EQ(picture.At(30, 30), (Pixel{145, 90, 33, 255}));
      EXPECT_EQ(picture.At(0, 0), (Pixel{145, 90, 33, 255}));
    }
  }
}

// Where the marker SIZ has its fields.
size_t FindSize(const Bytes& file) {
  constexpr std::array<uint8_t, 4> kStart = {0xff, 0x4f, 0xff, 0x51};
  return static_cast<size_t>(
      std::search(file.begin(), file.end(), kStart.begin(), kStart.end()) -
      file.begin());
}

TEST(Jpeg2000DecoderTest, ManyTilesAreRefusedBeforeMemoryIsTakenForThem) {
  Bytes file = Encode(TestPicture(kSize, Alpha::kOpaque), {.tile = 16});
  const size_t tile = FindSize(file) + 24;
  file[tile + 3] = file[tile + 7] = 1;  // tiles of one pixel
  const size_t size = FindSize(file) + 8;
  file[size + 2] = file[size + 6] = 1;  // and 256 more of them each way
  EXPECT_EQ(Refusal(DecodeJpeg2000, file), "it has too many tiles");
}

TEST(Jpeg2000DecoderTest, WhatTheBoxesSayHasToBeSo) {
  Bytes file = Encode(Colours(), {});
  ++file[FindSize(file) + 11];
  EXPECT_THAT(Refusal(DecodeJpeg2000, file), HasSubstr("IHDR w(52) h(38)"));
}

TEST(Jpeg2000DecoderTest, MoreComponentsThanColoursAreRefused) {
  Bytes file = Encode(Colours(), {.container = Container::kBare});
  file[FindSize(file) + 40] = 0x40;
  EXPECT_EQ(Refusal(DecodeJpeg2000, file), "it has no or too many components");
}

TEST(Jpeg2000DecoderTest, LimitsComeFirst) {
  EXPECT_TRUE(KeepsToLimits(DecodeJpeg2000, Encode(Colours(), {})));
}

TEST(Jpeg2000DecoderTest, DamageIsSurvived) {
  // The marker of the end.
  ExpectSurvivesDamage(DecodeJpeg2000, Encode(Colours(), {}), {2});
  ExpectSurvivesDamage(
      DecodeJpeg2000,
      Encode(Colours(), {.tile = 16, .container = Container::kBare}), {2});
}

TEST(Jpeg2000DecoderTest, OtherFilesAreRefused) {
  EXPECT_EQ(Refusal(DecodeJpeg2000, {}), "there is no codestream");
  EXPECT_EQ(Refusal(DecodeJpeg2000, Bytes(100, 'x')), "there is no codestream");
}

}  // namespace
}  // namespace examples
