// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Streams of HEVC that no encoder makes.

#include "examples/heif/hevc_plugin.h"

#include <gtest/gtest.h>
#include <libheif/heif.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "examples/heif/heif_decoder.h"
#include "examples/heif/stream_limit.h"
#include "tests/examples/decoding.h"
#include "tests/examples/heif_files.h"

namespace examples {
namespace {

// Whole blocks: nothing of it is cropped.
constexpr ImageSize kSize = {192, 128};

// Behind the four letters of the first box called `name`.
std::span<const uint8_t> Box(const Bytes& file, const char (&name)[5]) {
  const auto at = std::search(file.begin(), file.end(), name, name + 4);
  if (at == file.end()) return {};
  return std::span(file).subspan(static_cast<size_t>(at - file.begin()) + 4);
}

uint32_t Number(std::span<const uint8_t> bytes, size_t count) {
  uint32_t number = 0;
  for (size_t i = 0; i < count; ++i) number = number << 8 | bytes[i];
  return number;
}

// The parameter sets of a file.
std::vector<Bytes> ParameterSets(const Bytes& file) {
  constexpr size_t kHead = 22;
  std::span<const uint8_t> box = Box(file, "hvcC").subspan(kHead);
  std::vector<Bytes> units;
  unsigned arrays = box[0];
  box = box.subspan(1);
  for (; arrays != 0; --arrays) {
    uint32_t count = Number(box.subspan(1), 2);
    box = box.subspan(3);
    for (; count != 0; --count) {
      const uint32_t length = Number(box, 2);
      units.emplace_back(box.begin() + 2, box.begin() + 2 + length);
      box = box.subspan(2 + length);
    }
  }
  return units;
}

// A unit's bits as digits, and back.
std::string ToBits(const Bytes& unit) {
  std::string bits;
  for (size_t i = 0; i < unit.size(); ++i) {
    // What keeps zeros from looking like the begin of a unit.
    if (i >= 2 && unit[i] == 3 && unit[i - 1] == 0 && unit[i - 2] == 0) {
      continue;
    }
    for (int bit = 7; bit >= 0; --bit) bits += unit[i] >> bit & 1 ? '1' : '0';
  }
  return bits;
}

Bytes ToUnit(std::string bits) {
  bits.resize((bits.size() + 7) / 8 * 8, '0');
  Bytes unit;
  for (size_t i = 0; i < bits.size(); i += 8) {
    const auto byte =
        static_cast<uint8_t>(std::stoi(bits.substr(i, 8), nullptr, 2));
    if (byte <= 3 && unit.size() >= 2 && unit.back() == 0 &&
        unit[unit.size() - 2] == 0) {
      unit.push_back(3);
    }
    unit.push_back(byte);
  }
  return unit;
}

// How the stream writes a number, and the end of the one that begins at `at`.
std::string Golomb(uint32_t number) {
  std::string digits;
  for (uint32_t left = number + 1; left != 0; left >>= 1) {
    digits.insert(digits.begin(), left & 1 ? '1' : '0');
  }
  return std::string(digits.size() - 1, '0') + digits;
}

size_t EndOfGolomb(const std::string& bits, size_t at) {
  const size_t one = bits.find('1', at);
  return one + (one - at) + 1;
}

// Crops so many samples off the right side.
Bytes Cropped(const Bytes& sequence, uint32_t samples) {
  // The unit's head, ids, and the profile; a picture has one layer.
  constexpr size_t kIdOfSet = 16 + 8 + 96;
  std::string bits = ToBits(sequence);
  const size_t chroma = EndOfGolomb(bits, kIdOfSet);
  const size_t width = EndOfGolomb(bits, chroma) + 1;  // 4:4:4: one plane or 3
  EXPECT_EQ(bits.substr(chroma, width - chroma), Golomb(3) + "0");
  const size_t height = EndOfGolomb(bits, width);
  const size_t flag = EndOfGolomb(bits, height);
  EXPECT_EQ(bits.substr(width, flag - width),
            Golomb(kSize.width) + Golomb(kSize.height));
  EXPECT_EQ(bits[flag], '0');
  bits.replace(flag, 1,
               "1" + Golomb(0) + Golomb(samples) + Golomb(0) + Golomb(0));
  return ToUnit(bits);
}

void Append(const Bytes& unit, Bytes* stream) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    stream->push_back(static_cast<uint8_t>(unit.size() >> shift));
  }
  stream->insert(stream->end(), unit.begin(), unit.end());
}

// What the plugin is given of a picture whose right side is cropped.
Bytes Stream(uint32_t cropped) {
  constexpr int kSequenceKind = 33;
  EXPECT_TRUE(PrepareHeif().ok());
  const Bytes file = EncodeHeif(TestPicture(kSize, Alpha::kOpaque), {});
  Bytes stream;
  for (const Bytes& unit : ParameterSets(file)) {
    const bool is_sequence = unit[0] >> 1 == kSequenceKind;
    Append(is_sequence && cropped != 0 ? Cropped(unit, cropped) : unit,
           &stream);
  }
  const std::span<const uint8_t> picture = Box(file, "mdat");
  stream.insert(stream.end(), picture.begin(), picture.end());
  return stream;
}

// What it makes of it: "192 x 128", or what it says.
std::string Decoded(const Bytes& stream, uint64_t pixels) {
  const StreamLimit limit(pixels);
  void* decoder = nullptr;
  EXPECT_EQ(kHevcPlugin.new_decoder(&decoder).code, heif_error_Ok);
  heif_error error =
      kHevcPlugin.push_data(decoder, stream.data(), stream.size());
  heif_image* image = nullptr;
  if (error.code == heif_error_Ok) {
    error = kHevcPlugin.decode_image(decoder, &image);
  }
  kHevcPlugin.free_decoder(decoder);
  if (error.code != heif_error_Ok) return error.message;
  const std::string size =
      std::to_string(heif_image_get_width(image, heif_channel_Y)) + " x " +
      std::to_string(heif_image_get_height(image, heif_channel_Y));
  heif_image_release(image);
  return size;
}

constexpr uint64_t kEnough = uint64_t{kSize.width} * kSize.height;

TEST(HevcPluginTest, CropsWhatPaddingCanBe) {
  EXPECT_EQ(Decoded(Stream(0), kEnough), "192 x 128");
  EXPECT_EQ(Decoded(Stream(63), kEnough), "129 x 128");
}

TEST(HevcPluginTest, SaysThatAPictureIsCroppedTooFar) {
  for (const uint32_t samples : {64u, 100u, 191u}) {
    EXPECT_EQ(Decoded(Stream(samples), kEnough),
              "the stream's picture is cropped by 64 samples or more");
  }
}

TEST(HevcPluginTest, SaysThatAPictureIsTooLarge) {
  EXPECT_EQ(Decoded(Stream(0), kEnough - 1),
            "the stream has more pixels than the limit");
}

}  // namespace
}  // namespace examples
