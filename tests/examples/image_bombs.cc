// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/image_bombs.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "tests/examples/check.h"
#include "tests/examples/image_packers.h"
#include "tests/examples/png_packer.h"
#include "tests/examples/seeds.h"
#include "tests/examples/stream_bombs.h"

namespace examples {
namespace {

constexpr size_t kPngSignatureBytes = 8;
constexpr size_t kPngIhdrBytes = 25;

Bytes BigEndian(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
          static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

Bytes LittleEndian(uint32_t value) {
  Bytes bytes = BigEndian(value);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

// MendPng makes its sum.
Bytes PngChunk(std::string_view type, const Bytes& content) {
  return Joined({BigEndian(static_cast<uint32_t>(content.size())),
                 ToBytes(type), content, Bytes(4)});
}

// From the lowest bit up, as lossless WebP has them.
class Bits {
 public:
  void Put(uint32_t value, int count) {
    for (int i = 0; i < count; ++i, ++at_) {
      if (at_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() |= static_cast<uint8_t>((value >> i & 1) << at_ % 8);
    }
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  size_t at_ = 0;
};

constexpr uint16_t kTiffShort = 3;
constexpr uint16_t kTiffLong = 4;

Bytes TiffEntry(uint16_t tag, uint16_t type, uint32_t value) {
  return Joined({{static_cast<uint8_t>(tag), static_cast<uint8_t>(tag >> 8),
                  static_cast<uint8_t>(type), 0},
                 LittleEndian(1),
                 LittleEndian(value)});
}

Bytes TiffFile(uint16_t entries, const Bytes& directory, const Bytes& strip) {
  const auto at = static_cast<uint32_t>(8 + strip.size());
  return Joined(
      {ToBytes("II*"),
       Bytes(1),
       LittleEndian(at),
       strip,
       {static_cast<uint8_t>(entries), static_cast<uint8_t>(entries >> 8)},
       directory,
       Bytes(4)});
}

}  // namespace

Bytes PngBomb(uint32_t width, uint32_t height, Interlace interlace) {
  const uint8_t adam7 = interlace == Interlace::kAdam7 ? 1 : 0;
  // A byte of filter in front of each row; the seven parts have no more than
  // twice as many rows.
  const uint64_t bytes =
      (uint64_t{4} * width + 1) * height + (adam7 == 1 ? 2 * height : 0);
  Bytes file = Joined({{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'},
                       PngChunk("IHDR", Joined({BigEndian(width),
                                                BigEndian(height),
                                                {8, 6, 0, 0, adam7}})),
                       PngChunk("IDAT", ZlibBomb(bytes)),
                       PngChunk("IEND", {})});
  MendPng(&file);
  return file;
}

Bytes PngChunkBomb(const Picture& picture, uint64_t bytes) {
  const Bytes good = PackPng(picture);
  const auto split =
      good.begin() + static_cast<long>(kPngSignatureBytes + kPngIhdrBytes);
  const Bytes name = {'n', 0, 0};  // a name, its end, deflate
  const Bytes packed = Joined({name, ZlibBomb(bytes)});
  Bytes file = Joined({{good.begin(), split},
                       PngChunk("iCCP", packed),
                       PngChunk("zTXt", packed),
                       {split, good.end()}});
  MendPng(&file);
  return file;
}

Bytes PngLongChunkBomb() {
  const Bytes good = PackPng(SomePicture(10, 10));
  const auto split =
      good.begin() + static_cast<long>(kPngSignatureBytes + kPngIhdrBytes);
  return Joined({{good.begin(), split},
                 BigEndian(0x7fffffff),
                 ToBytes("zTXtname"),
                 Bytes(100)});
}

Bytes WebpBomb(uint32_t width, uint32_t height) {
  Bits bits;
  bits.Put(0x2f, 8);
  bits.Put(width - 1, 14);
  bits.Put(height - 1, 14);
  bits.Put(0, 1 + 3);  // no alpha; version 0
  bits.Put(0,
           1 + 1 + 1);  // no transform, no cache of colours, one set of codes
  // Five codes of one symbol, 0, which then takes no bit.
  for (int code = 0; code < 5; ++code) bits.Put(0b0001, 4);
  Bytes data = bits.bytes();
  const auto size = static_cast<uint32_t>(data.size());
  if (size % 2 == 1) data.push_back(0);
  const auto padded = static_cast<uint32_t>(data.size());
  return Joined({ToBytes("RIFF"), LittleEndian(padded + 12),
                 ToBytes("WEBPVP8L"), LittleEndian(size), data});
}

Bytes TiffBomb(uint32_t width, uint32_t height) {
  const Bytes strip = ZlibBomb(uint64_t{width} * height);
  const Bytes directory = Joined({
      TiffEntry(256, kTiffLong, width),
      TiffEntry(257, kTiffLong, height),
      TiffEntry(258, kTiffShort, 8),      // bits
      TiffEntry(259, kTiffShort, 8),      // deflate
      TiffEntry(262, kTiffShort, 1),      // 0 is black
      TiffEntry(273, kTiffLong, 8),       // where the strip is
      TiffEntry(277, kTiffShort, 1),      // samples
      TiffEntry(278, kTiffLong, height),  // rows of a strip
      TiffEntry(279, kTiffLong, static_cast<uint32_t>(strip.size())),
  });
  return TiffFile(9, directory, strip);
}

Bytes TiffEntriesBomb(uint16_t entries) {
  Bytes directory;
  directory.reserve(size_t{12} * entries);
  for (uint32_t i = 0; i < entries; ++i) {
    const Bytes entry = TiffEntry(256, kTiffLong, 1 << 30);
    directory.insert(directory.end(), entry.begin(), entry.end());
  }
  return TiffFile(entries, directory, {});
}

Bytes JpegScansBomb(uint32_t width, uint32_t height, uint32_t scans) {
  Picture picture = {width, height, {}};
  picture.rgba.resize(size_t{4} * width * height, 128);
  const Bytes good =
      PackJpeg(picture, {.is_gray = true, .has_two_scans = true});
  constexpr long kEndBytes = 2;
  const Bytes start = {0xff, 0xda};
  const auto scan =
      std::find_end(good.begin(), good.end(), start.begin(), start.end());
  Check(scan != good.end(), "libjpeg");
  Bytes file(good.begin(), scan);
  for (uint32_t i = 0; i < scans; ++i) {
    file.insert(file.end(), scan, good.end() - kEndBytes);
  }
  file.insert(file.end(), good.end() - kEndBytes, good.end());
  return file;
}

}  // namespace examples
