// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/stream_bombs.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <span>

#include "tests/examples/check.h"

namespace examples {
namespace {

constexpr size_t kUnit = 1 << 20;

void Append(std::span<const uint8_t> bytes, Bytes* file) {
  file->insert(file->end(), bytes.begin(), bytes.end());
}

void AppendTimes(uint64_t times, const Bytes& part, Bytes* file) {
  file->reserve(file->size() + times * part.size());
  for (uint64_t i = 0; i < times; ++i) Append(part, file);
}

uint64_t UnitsOf(uint64_t bytes, uint64_t unit) {
  return (bytes + unit - 1) / unit;
}

// A MiB of zeros, as blocks that end with a byte and look at nothing before
// them.
Bytes DeflateUnit() {
  const Bytes zeros(kUnit);
  z_stream stream = {};
  Check(
      deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK,
      "zlib");
  Bytes unit(kUnit);
  stream.next_in = const_cast<Bytef*>(zeros.data());
  stream.avail_in = kUnit;
  stream.next_out = unit.data();
  stream.avail_out = kUnit;
  Check(deflate(&stream, Z_FULL_FLUSH) == Z_OK && stream.avail_in == 0, "zlib");
  unit.resize(stream.total_out);
  deflateEnd(&stream);
  return unit;
}

// An encoder for zeros whose output is taken where it was flushed.
class BrotliZeros {
 public:
  BrotliZeros()
      : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
    Check(state_ != nullptr, "brotli");
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, 9);
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, 24);
  }
  ~BrotliZeros() { BrotliEncoderDestroyInstance(state_); }
  BrotliZeros(const BrotliZeros&) = delete;
  BrotliZeros& operator=(const BrotliZeros&) = delete;

  Bytes Flushed() { return Take(zeros_, BROTLI_OPERATION_FLUSH); }
  Bytes Finished() { return Take({}, BROTLI_OPERATION_FINISH); }

 private:
  Bytes Take(std::span<const uint8_t> input, BrotliEncoderOperation operation) {
    Bytes packed(kUnit);
    size_t left = input.size();
    const uint8_t* next = input.data();
    size_t room = packed.size();
    uint8_t* to = packed.data();
    Check(BrotliEncoderCompressStream(state_, operation, &left, &next, &room,
                                      &to, nullptr) == BROTLI_TRUE &&
              left == 0 && room > 0,
          "brotli");
    packed.resize(packed.size() - room);
    return packed;
  }

  BrotliEncoderState* const state_;
  const Bytes zeros_ = Bytes(kUnit);
};

void Put32(uint32_t value, uint8_t* to) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
}

constexpr uint8_t kZstdMagic[] = {0x28, 0xb5, 0x2f, 0xfd};

}  // namespace

Bytes DeflateBomb(uint64_t bytes) {
  Bytes file;
  AppendTimes(UnitsOf(bytes, kUnit), DeflateUnit(), &file);
  Append(PackDeflate({}), &file);
  return file;
}

Bytes GzipBomb(uint64_t bytes) {
  return Joined(
      {{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, DeflateBomb(bytes), Bytes(8)});
}

Bytes ZlibBomb(uint64_t bytes) {
  return Joined({{0x78, 0x9c}, DeflateBomb(bytes), Bytes(4)});
}

Bytes BrotliBomb(uint64_t bytes) {
  BrotliZeros zeros;
  Bytes file;
  Append(zeros.Flushed(), &file);
  Append(zeros.Flushed(), &file);
  // From here on each part is as the one before.
  const Bytes unit = zeros.Flushed();
  Check(unit == zeros.Flushed(), "brotli");
  AppendTimes(UnitsOf(bytes, kUnit), unit, &file);
  Append(zeros.Finished(), &file);
  return file;
}

Bytes ZstdBomb(uint64_t bytes) {
  constexpr uint32_t kBlock = 128 << 10;
  constexpr uint32_t kRle = 1 << 1;
  constexpr uint8_t kWindow1MiB = 10 << 3;
  Bytes file(kZstdMagic, kZstdMagic + sizeof(kZstdMagic));
  Append(std::to_array<uint8_t>({0, kWindow1MiB}), &file);
  uint8_t block[4];
  Put32(kBlock << 3 | kRle, block);  // and the byte that is repeated: 0
  const Bytes unit(block, block + 4);
  AppendTimes(UnitsOf(bytes, kBlock), unit, &file);
  Append(std::to_array<uint8_t>({1, 0, 0}), &file);  // the last: empty, raw
  return file;
}

Bytes XzBomb(uint64_t bytes) {
  constexpr size_t kStream = 16 << 20;
  const Bytes unit = PackXz(Bytes(kStream));
  Bytes file;
  AppendTimes(UnitsOf(bytes, kStream), unit, &file);
  return file;
}

Bytes ZstdWindowBomb(int window_log) {
  Bytes file(kZstdMagic, kZstdMagic + sizeof(kZstdMagic));
  const auto window = static_cast<uint8_t>((window_log - 10) << 3);
  // Two blocks: one alone would be its whole content.
  Append(std::to_array<uint8_t>({0, window, 2 << 3, 0, 0, 'a', 'b'}), &file);
  Append(std::to_array<uint8_t>({1 | 1 << 3, 0, 0, 'c'}), &file);
  return file;
}

Bytes XzDictionaryBomb() {
  constexpr size_t kStreamHeader = 12;
  constexpr uint8_t kLzma2 = 0x21;
  constexpr uint8_t kSize1536MiB = 37;
  Bytes file = PackXz(SomeText(100));
  const auto header = file.begin() + kStreamHeader;
  const long length = 4 * (*header + 1);
  // The filter, the length of its properties, and they: the dictionary's size.
  const Bytes filter = {kLzma2, 1};
  const auto found =
      std::search(header + 2, header + length, filter.begin(), filter.end());
  Check(found != header + length, "liblzma");
  found[2] = kSize1536MiB;
  const auto sum = static_cast<uint32_t>(
      crc32_z(0, &*header, static_cast<size_t>(length) - 4));
  Put32(sum, &header[length - 4]);
  return file;
}

}  // namespace examples
