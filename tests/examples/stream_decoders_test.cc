// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The stream decoders of the examples as plain functions: what they make, how
// they refuse, and that neither depends on how much room a sink has.

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "examples/brotli/brotli_decoder.h"
#include "examples/common/sink.h"
#include "examples/common/stream.h"
#include "examples/xz/xz_decoder.h"
#include "examples/zlib/zlib_decoder.h"
#include "examples/zstd/zstd_decoder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/examples/stream_packers.h"
#include "tests/examples/tight_sink.h"
#include "tests/seed.h"

namespace examples {
namespace {

using ::testing::HasSubstr;

struct Format {
  const char* name;
  absl::Status (*decode)(std::span<const uint8_t> file,
                         const StreamLimits& limits, Sink& sink);
  std::function<Bytes(std::span<const uint8_t>)> pack;
  bool has_many;  // files can stand one behind the other
};

class Stream : public ::testing::TestWithParam<Format> {
 protected:
  // What comes out, or the error; by all rooms.
  static std::string Decoded(const Bytes& file,
                             const StreamLimits& limits = {}) {
    MemorySink sink;
    const absl::Status status = GetParam().decode(file, limits, sink);
    EXPECT_LE(sink.bytes().size(), limits.output_bytes);
    for (const size_t room : {1, 7, 300'000}) {
      TightSink tight(room);
      const absl::Status same = GetParam().decode(file, limits, tight);
      EXPECT_EQ(same.ToString(), status.ToString()) << "room " << room;
      if (status.ok()) {
        EXPECT_TRUE(std::ranges::equal(tight.bytes(), sink.bytes()));
      }
    }
    return status.ok() ? std::string(sink.bytes().begin(), sink.bytes().end())
                       : status.ToString();
  }

  static Bytes Pack(const Bytes& text) { return GetParam().pack(text); }
};

INSTANTIATE_TEST_SUITE_P(
    All, Stream,
    ::testing::Values(Format{"zlib", DecodeZlib,
                             [](auto text) { return PackZlib(text); }, true},
                      Format{"gzip", DecodeZlib,
                             [](auto text) { return PackGzip(text); }, true},
                      Format{"brotli", DecodeBrotli,
                             [](auto text) { return PackBrotli(text); }, false},
                      Format{"zstd", DecodeZstd,
                             [](auto text) { return PackZstd(text); }, true},
                      Format{"zstd_without_size", DecodeZstd,
                             [](auto text) {
                               return PackZstd(
                                   text, {.window_log = 12, .has_size = false});
                             },
                             true},
                      Format{"xz", DecodeXz,
                             [](auto text) { return PackXz(text); }, true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_P(Stream, WhatWasPackedComesOut) {
  for (const size_t bytes : {0, 1, 100, 65536, 300'000}) {
    const Bytes text = SomeText(bytes);
    EXPECT_EQ(Decoded(Pack(text)), std::string(text.begin(), text.end()))
        << bytes;
  }
}

TEST_P(Stream, ManyOfThemAreOneOrAnError) {
  const Bytes text = SomeText(1000);
  const std::string once(text.begin(), text.end());
  const std::string both = Decoded(Joined({Pack(text), Pack({}), Pack(text)}));
  if (GetParam().has_many) {
    EXPECT_EQ(both, once + once);
  } else {
    EXPECT_THAT(both, HasSubstr("more bytes follow its end"));
  }
}

TEST_P(Stream, WhatIsCutShortIsRefused) {
  const Bytes file = Pack(SomeText(300));
  for (size_t bytes = 0; bytes < file.size(); ++bytes) {
    EXPECT_EQ(Decoded({file.begin(), file.begin() + static_cast<long>(bytes)}),
              "INVALID_ARGUMENT: the input ends too early")
        << bytes;
  }
}

TEST_P(Stream, WhatFollowsIsRefused) {
  Bytes file = Pack(SomeText(300));
  file.push_back('x');
  file.insert(file.end(), 40, 'y');
  EXPECT_THAT(Decoded(file), HasSubstr("INVALID_ARGUMENT: "));
}

TEST_P(Stream, OutputHasItsLimit) {
  const Bytes file = Pack(SomeText(100'000));
  EXPECT_EQ(Decoded(file, {.output_bytes = 100'000}).size(), 100'000u);
  for (const uint64_t limit : {99'999, 70'000, 1, 0}) {
    EXPECT_EQ(Decoded(file, {.output_bytes = limit}),
              "RESOURCE_EXHAUSTED: more than " + std::to_string(limit) +
                  " bytes come out");
  }
}

TEST_P(Stream, FlippedBitsAreRefusedOrGiveBytes) {
  std::mt19937_64 random(cellblock::TestSeed());
  const Bytes file = Pack(SomeText(3000));
  for (uint64_t round = 0; round < 300 * cellblock::TestFactor(); ++round) {
    Bytes flipped = file;
    for (uint64_t i = random() % 4; i < 4; ++i) {
      flipped[random() % flipped.size()] ^=
          static_cast<uint8_t>(1 << random() % 8);
    }
    const std::string got =
        Decoded(flipped, {.output_bytes = 1 << 20, .window_bytes = 1 << 20});
    EXPECT_FALSE(got.starts_with("INTERNAL")) << got;
  }
}

std::string StatusOf(decltype(Format::decode) decode, const Bytes& file,
                     const StreamLimits& limits) {
  MemorySink sink;
  return decode(file, limits, sink).ToString();
}

TEST(ZstdDecoder, AWindowHasItsLimitHoweverTheSinkIs) {
  const Bytes text = SomeText(3 << 20);
  const Bytes file = PackZstd(text, {.window_log = 20, .has_size = false});
  EXPECT_EQ(StatusOf(DecodeZstd, file, {.window_bytes = 1 << 20}), "OK");
  EXPECT_EQ(StatusOf(DecodeZstd, file, {.window_bytes = (1 << 20) - 1}),
            "RESOURCE_EXHAUSTED: Frame requires too much memory for decoding");
  // The size is known, and all of it fits into the room: no way around.
  Bytes sized = PackZstd(SomeText(3000), {.has_checksum = false});
  ASSERT_EQ(sized[4] & 0x20, 0x20);  // a window as large as the content
  sized[4] = static_cast<uint8_t>(sized[4] & ~0x20);
  sized.insert(sized.begin() + 5, 0x88);  // 128 MiB instead
  EXPECT_EQ(StatusOf(DecodeZstd, sized, {}),
            "RESOURCE_EXHAUSTED: Frame requires too much memory for decoding");
}

TEST(ZstdDecoder, FramesOfItsFirstYearsAreRefused) {
  for (const uint8_t version : {0x22, 0x23, 0x24, 0x25, 0x26, 0x27}) {
    EXPECT_EQ(StatusOf(DecodeZstd, {version, 0xb5, 0x2f, 0xfd, 0, 0, 0}, {}),
              "INVALID_ARGUMENT: Unknown frame descriptor");
    EXPECT_EQ(StatusOf(DecodeZstd, {0, version, 0xb5, 0x2f, 0xfd, 0, 0}, {}),
              "INVALID_ARGUMENT: Unknown frame descriptor");
  }
}

TEST(ZstdDecoder, WhatIsToBeSkippedIs) {
  const Bytes skipped = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
  MemorySink sink;
  EXPECT_TRUE(
      DecodeZstd(Joined({skipped, PackZstd(ToBytes("a")), skipped}), {}, sink)
          .ok());
  EXPECT_EQ(sink.bytes().size(), 1u);
}

TEST(XzDecoder, ADictionaryHasItsLimit) {
  const Bytes file = PackXz(SomeText(3000), {.dictionary_bytes = 16 << 20});
  EXPECT_EQ(StatusOf(DecodeXz, file, {.window_bytes = 16 << 20}), "OK");
  EXPECT_THAT(StatusOf(DecodeXz, file, {.window_bytes = 8 << 20}),
              ::testing::MatchesRegex("RESOURCE_EXHAUSTED: it needs 168[0-9]* "
                                      "bytes to be decoded"));
}

TEST(XzDecoder, OtherFiltersAreKnown) {
  const Bytes text = SomeText(3000);
  MemorySink sink;
  EXPECT_TRUE(DecodeXz(PackXz(text, {.is_for_x86 = true}), {}, sink).ok());
  EXPECT_TRUE(std::ranges::equal(sink.bytes(), text));
}

TEST(ZlibDecoder, SaysWhatIsWrong) {
  EXPECT_EQ(StatusOf(DecodeZlib, ToBytes("no gzip"), {}),
            "INVALID_ARGUMENT: incorrect header check");
  Bytes file = PackGzip(SomeText(300));
  file[file.size() - 8] ^= 1;
  EXPECT_EQ(StatusOf(DecodeZlib, file, {}),
            "INVALID_ARGUMENT: incorrect data check");
  EXPECT_EQ(StatusOf(DecodeZlib, {0x78, 0xbb, 0, 0, 0, 1, 0, 0}, {}),
            "INVALID_ARGUMENT: it needs a dictionary");
}

}  // namespace
}  // namespace examples
