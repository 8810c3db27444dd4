// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Small files that become large, or take long: each ends as the limit that it
// runs into says, in time, and the host does not grow. Some go to a decoder
// without limits of its own, for the jail's to be seen; all go to the decoder
// as it is, which refuses.

#include <stdio.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/examples/bomb_decoders.h"
#include "tests/examples/documents.h"
#include "tests/examples/image_bombs.h"
#include "tests/examples/stream_bombs.h"
#include "tests/jail/call/processes.h"

namespace examples {
namespace {

using cellblock::CallEnd;
using cellblock::CallFailure;
using cellblock::Jail;
using cellblock::JailOptions;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;

constexpr milliseconds kDeadline{20'000};
// What a busy machine adds.
constexpr milliseconds kGrace{3000};
// All that a test may add to what this process had: its file and its output
// are less.
constexpr long kMostGrowthKib = 96 << 10;

JailOptions Options(uint64_t pool_bytes) {
  return {.pool_bytes = pool_bytes,
          .deadline = kDeadline,
          .output_limit = 16 * kMiB};
}

class Bomb : public ::testing::Test {
 protected:
  ~Bomb() override {
    EXPECT_LE(cellblock::StatusKib("self", "VmHWM"), before_ + kMostGrowthKib);
  }

  // How the call ended; its output goes nowhere.
  CallFailure EndOf(const std::string& decoder, const Bytes& file,
                    const JailOptions& options) {
    const auto jail = Jail::Create(options, decoder);
    EXPECT_TRUE(jail.ok()) << jail.status();
    if (!jail.ok()) return {};
    const auto begin = steady_clock::now();
    status_ = (*jail)->CallInPlace(
        file.size(),
        [&](std::span<uint8_t> input) {
          std::ranges::copy(file, input.begin());
        },
        [](cellblock::UntrustedView) { return absl::OkStatus(); });
    const auto took = steady_clock::now() - begin;
    EXPECT_LE(took, options.deadline + kGrace);
    const auto failure = cellblock::FailureOf(status_);
    printf("%s, %zu bytes: %s, %lld ms\n", decoder.c_str(), file.size(),
           failure ? cellblock::Name(failure->end) : "clean",
           static_cast<long long>(
               std::chrono::duration_cast<milliseconds>(took).count()));
    return failure.value_or(CallFailure());
  }

  // With the decoder's own limits.
  void ExpectRefused(const std::string& decoder, const Bytes& file,
                     const std::string& words,
                     uint64_t pool_bytes = 16 * kMiB) {
    JailOptions options = Options(pool_bytes);
    options.output_limit = 512 * kMiB;
    const CallFailure failure = EndOf(decoder, file, options);
    EXPECT_EQ(failure.end, CallEnd::kRefused) << status_;
    EXPECT_EQ(failure.code,
              static_cast<int>(absl::StatusCode::kResourceExhausted))
        << status_;
    EXPECT_THAT(std::string(status_.message()), HasSubstr(words));
  }

  void ExpectExhausted(const std::string& decoder, const Bytes& file,
                       uint64_t pool_bytes, uint64_t asked) {
    const CallFailure failure = EndOf(decoder, file, Options(pool_bytes));
    EXPECT_EQ(failure.end, CallEnd::kExhausted) << status_;
    EXPECT_GE(failure.asked, asked) << status_;
    EXPECT_EQ(failure.pool, pool_bytes);
    EXPECT_LE(failure.peak, pool_bytes);
  }

  absl::Status status_;

 private:
  const long before_ = cellblock::StatusKib("self", "VmHWM");
};

struct StreamBomb {
  const char* decoder;
  Bytes (*make)(uint64_t bytes);
  uint64_t pool_bytes;
};

class Stream : public Bomb, public ::testing::WithParamInterface<StreamBomb> {
 protected:
  Bytes File() const { return (*GetParam().make)(10 * kGiB); }
  std::string Unlimited() const {
    return std::string(GetParam().decoder) + " without limits";
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, Stream,
    ::testing::Values(StreamBomb{"zlib", GzipBomb, 1 * kMiB},
                      StreamBomb{"brotli", BrotliBomb, 32 * kMiB},
                      StreamBomb{"zstd", ZstdBomb, 4 * kMiB},
                      StreamBomb{"xz", XzBomb, 4 * kMiB}),
    [](const auto& info) { return std::string(info.param.decoder); });

TEST_P(Stream, EndsAtTheOutputLimit) {
  const CallFailure failure =
      EndOf(Unlimited(), File(), Options(GetParam().pool_bytes));
  EXPECT_EQ(failure.end, CallEnd::kOutputLimit) << status_;
  EXPECT_EQ(failure.output_limit, 16 * kMiB);
}

TEST_P(Stream, EndsAtItsDeadline) {
  JailOptions options = Options(GetParam().pool_bytes);
  options.deadline = milliseconds(200);
  options.output_limit = 1024 * kGiB;
  const CallFailure failure = EndOf(Unlimited(), File(), options);
  EXPECT_EQ(failure.end, CallEnd::kDeadline) << status_;
}

TEST_P(Stream, EndsAtItsCpuLimit) {
  JailOptions options = Options(GetParam().pool_bytes);
  options.cpu_limit = milliseconds(100);
  options.output_limit = 1024 * kGiB;
  const CallFailure failure = EndOf(Unlimited(), File(), options);
  EXPECT_EQ(failure.end, CallEnd::kCpuLimit) << status_;
}

TEST_P(Stream, IsRefusedByTheDecoder) {
  ExpectRefused(GetParam().decoder, File(), "more than 67108864 bytes come out",
                GetParam().pool_bytes);
}

TEST_F(Bomb, AWindowOfTwoGibibytesOfZstd) {
  const Bytes file = ZstdWindowBomb(31);
  ExpectExhausted("zstd without limits", file, 16 * kMiB, 2 * kGiB);
  ExpectRefused("zstd", file, "Frame requires too much memory for decoding");
}

TEST_F(Bomb, ADictionaryOfAGibibyteAndAHalfOfXz) {
  const Bytes file = XzDictionaryBomb();
  ExpectExhausted("xz without limits", file, 16 * kMiB, 3 * kGiB / 2);
  ExpectRefused("xz", file, "it needs 161");
}

TEST_F(Bomb, APngOf3600000000Pixels) {
  const Bytes file = PngBomb(60'000, 60'000, Interlace::kNone);
  const CallFailure failure =
      EndOf("png without limits", file, Options(2 * kMiB));
  EXPECT_EQ(failure.end, CallEnd::kOutputLimit) << status_;
  ExpectRefused("png", file, "60000 x 60000 pixels");
}

TEST_F(Bomb, APngOf3600000000PixelsThatIsInterlaced) {
  const Bytes file = PngBomb(60'000, 60'000, Interlace::kAdam7);
  ExpectExhausted("png without limits", file, 2 * kMiB, 14'400'000'000);
  ExpectRefused("png", file, "60000 x 60000 pixels");
}

// libpng itself has a limit for what chunks unpack to, and does without those
// of more.
TEST_F(Bomb, APngWhoseTextAndProfileHaveAGibibyte) {
  const Bytes file = PngChunkBomb(SomePicture(100, 100), kGiB);
  for (const uint64_t pool_bytes : {1 * kMiB, 32 * kMiB}) {
    EXPECT_EQ(EndOf("png", file, Options(pool_bytes)).end, CallEnd::kClean)
        << status_;
  }
}

// Of which nothing is there: libpng would clear as much before it looks, were
// it to keep the chunk.
TEST_F(Bomb, APngWithAChunkThatSaysTwoGibibytes) {
  const CallFailure failure = EndOf("png", PngLongChunkBomb(), Options(kMiB));
  EXPECT_EQ(failure.end, CallEnd::kRefused) << status_;
  EXPECT_THAT(std::string(status_.message()), HasSubstr("ends too early"));
}

TEST_F(Bomb, AWebpOf268000000PixelsInNoBit) {
  const Bytes file = WebpBomb(16'383, 16'383);
  EXPECT_LT(file.size(), 40u);
  EXPECT_EQ(
      EndOf("webp without limits", WebpBomb(300, 200), Options(8 * kMiB)).end,
      CallEnd::kClean)
      << status_;
  ExpectExhausted("webp without limits", file, 16 * kMiB, 16 * kMiB);
  ExpectRefused("webp", file, "16383 x 16383 pixels");
}

TEST_F(Bomb, ATiffOfFourGibibytesOfPixels) {
  const Bytes file = TiffBomb(65'000, 50'000);
  ExpectExhausted("tiff without limits", file, 16 * kMiB, 16 * kMiB);
  ExpectRefused("tiff", file, "65000 x 50000 pixels");
}

TEST_F(Bomb, ATiffOf65535EntriesInItsDirectory) {
  EXPECT_EQ(EndOf("tiff", TiffEntriesBomb(65'535), Options(16 * kMiB)).end,
            CallEnd::kRefused)
      << status_;
}

TEST_F(Bomb, AJpegOfTwentyThousandScans) {
  const Bytes file = JpegScansBomb(4000, 4000, 20'000);
  const CallFailure failure = EndOf("jpeg", file, Options(64 * kMiB));
  EXPECT_EQ(failure.end, CallEnd::kRefused) << status_;
  EXPECT_THAT(std::string(status_.message()), HasSubstr("more than 100 scans"));
  JailOptions hurried = Options(64 * kMiB);
  hurried.cpu_limit = milliseconds(10);
  EXPECT_EQ(EndOf("jpeg", file, hurried).end, CallEnd::kCpuLimit) << status_;
}

TEST_F(Bomb, ABillionLaughs) {
  const Bytes file = ToBytes(LaughingDocument(9));
  EXPECT_EQ(EndOf("expat without limits", file, Options(16 * kMiB)).end,
            CallEnd::kOutputLimit)
      << status_;
  ExpectRefused("expat", file, "limit on input amplification factor");
}

TEST_F(Bomb, AnEntityThatIsRepeatedForTenGibibytes) {
  const Bytes file = ToBytes(RepeatingDocument(1 << 20, 10'240));
  EXPECT_EQ(EndOf("expat without limits", file, Options(16 * kMiB)).end,
            CallEnd::kOutputLimit)
      << status_;
  ExpectRefused("expat", file, "more than 67108864 bytes come out");
}

TEST_F(Bomb, AMillionElementsInEachOther) {
  const Bytes file = ToBytes(DeepDocument(1'000'000));
  ExpectExhausted("expat without limits", file, 4 * kMiB, 1);
  ExpectRefused("expat", file, "more than 256 elements");
}

}  // namespace
}  // namespace examples

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, examples::BombDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
