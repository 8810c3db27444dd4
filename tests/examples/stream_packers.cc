// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/stream_packers.h"

#include <brotli/encode.h>
#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

#include "tests/examples/check.h"

namespace examples {
namespace {

Bytes Deflate(std::span<const uint8_t> text, int level, int window_bits) {
  z_stream stream = {};
  Check(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8,
                     Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib");
  Bytes packed(deflateBound(&stream, static_cast<uLong>(text.size())) + 64);
  stream.next_in = const_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  Check(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

Bytes ToBytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes SomeText(size_t bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes text;
  text.reserve(bytes + 64);
  while (text.size() < bytes) {
    if (text.size() > 100 && random() % 2 == 0) {
      const size_t length = 4 + random() % 40;
      const size_t from = random() % (text.size() - length);
      for (size_t i = 0; i < length; ++i) text.push_back(text[from + i]);
    } else {
      for (uint64_t i = random() % 12; i < 12; ++i) {
        text.push_back(static_cast<uint8_t>('a' + random() % 26));
      }
    }
  }
  text.resize(bytes);
  return text;
}

Bytes PackZlib(std::span<const uint8_t> text, int level) {
  return Deflate(text, level, 15);
}

Bytes PackGzip(std::span<const uint8_t> text, int level) {
  return Deflate(text, level, 15 + 16);
}

Bytes PackDeflate(std::span<const uint8_t> text, int level) {
  return Deflate(text, level, -15);
}

Bytes PackBrotli(std::span<const uint8_t> text, int quality, int window_log) {
  Bytes packed(BrotliEncoderMaxCompressedSize(text.size()) + 64);
  size_t size = packed.size();
  Check(BrotliEncoderCompress(quality, window_log, BROTLI_MODE_GENERIC,
                              text.size(), text.data(), &size,
                              packed.data()) == BROTLI_TRUE,
        "brotli");
  packed.resize(size);
  return packed;
}

Bytes PackZstd(std::span<const uint8_t> text, const ZstdOptions& options) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  Check(context != nullptr, "zstd");
  const auto set = [context](ZSTD_cParameter parameter, int value) {
    Check(ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0,
          "zstd");
  };
  set(ZSTD_c_compressionLevel, options.level);
  set(ZSTD_c_windowLog, options.window_log);
  set(ZSTD_c_contentSizeFlag, options.has_size ? 1 : 0);
  set(ZSTD_c_checksumFlag, options.has_checksum ? 1 : 0);
  Bytes packed(ZSTD_compressBound(text.size()) + 64);
  const size_t size = ZSTD_compress2(context, packed.data(), packed.size(),
                                     text.data(), text.size());
  Check(ZSTD_isError(size) == 0, "zstd");
  packed.resize(size);
  ZSTD_freeCCtx(context);
  return packed;
}

Bytes PackBzip2(std::span<const uint8_t> text, int level) {
  // libbz2 takes no null, for no bytes either.
  constexpr uint8_t kNone = 0;
  const uint8_t* const from = text.empty() ? &kNone : text.data();
  // What its manual says is always enough.
  Bytes packed(text.size() + text.size() / 100 + 600);
  auto size = static_cast<unsigned>(packed.size());
  Check(BZ2_bzBuffToBuffCompress(
            reinterpret_cast<char*>(packed.data()), &size,
            const_cast<char*>(reinterpret_cast<const char*>(from)),
            static_cast<unsigned>(text.size()), level, 0, 0) == BZ_OK,
        "libbz2");
  packed.resize(size);
  return packed;
}

Bytes PackXz(std::span<const uint8_t> text, const XzOptions& options) {
  lzma_options_lzma lzma;
  Check(!lzma_lzma_preset(&lzma, options.preset), "liblzma");
  if (options.dictionary_bytes != 0) lzma.dict_size = options.dictionary_bytes;
  lzma_filter filters[3] = {};
  size_t count = 0;
  if (options.is_for_x86) filters[count++] = {LZMA_FILTER_X86, nullptr};
  filters[count++] = {LZMA_FILTER_LZMA2, &lzma};
  filters[count] = {LZMA_VLI_UNKNOWN, nullptr};
  Bytes packed(lzma_stream_buffer_bound(text.size()));
  size_t size = 0;
  Check(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, nullptr,
                                  text.data(), text.size(), packed.data(),
                                  &size, packed.size()) == LZMA_OK,
        "liblzma");
  packed.resize(size);
  return packed;
}

Bytes Joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace examples
