// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// examples/imaging with real workers: files of every format, as other programs
// make them, and a format of this test's own whose decoder misbehaves as the
// file says.

#include <sys/syscall.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "examples/common/files.h"
#include "examples/imaging/imaging.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/examples/bad_format.h"
#include "tests/examples/picture_files.h"

namespace examples::imaging {
namespace {

using cellblock::CallEnd;
using cellblock::CallFailure;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

using Bytes = std::vector<uint8_t>;

Bytes Bad(char what) {
  return {'B', 'A', 'D', '?', static_cast<uint8_t>(what)};
}

std::string Directory() {
  const char* const directory = getenv("TEST_TMPDIR");
  return directory != nullptr ? directory : "/tmp";
}

class Imaging : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    char source[4096];
    ASSERT_NE(realpath("examples/data/mandelbrot.jpg", source), nullptr);
    const std::string command = "bash -c '" + std::string(kMakeFiles) + "' '" +
                                Directory() + "' '" + source + "'";
    ASSERT_EQ(system(command.c_str()), 0) << Directory() << "/made.log";
  }

  static Bytes File(const std::string& name) {
    const auto file = ReadFile((Directory() + "/" + name).c_str());
    EXPECT_TRUE(file.ok()) << name << ": " << file.status();
    return file.ok() ? *file : Bytes();
  }

  static std::unique_ptr<Decoder> Make(DecoderOptions options = {}) {
    auto decoder = Decoder::Create(std::move(options));
    EXPECT_TRUE(decoder.ok()) << decoder.status();
    return decoder.ok() ? *std::move(decoder) : nullptr;
  }

  static CallFailure Failure(Decoder& decoder, const Bytes& file,
                             const cellblock::CallOptions& options = {}) {
    const auto image = decoder.Decode(file, options);
    EXPECT_FALSE(image.ok());
    return cellblock::FailureOf(image.status()).value_or(CallFailure());
  }
};

TEST_F(Imaging, AFileOfEveryFormatIsDecoded) {
  const auto decoder = Make();
  // P6, 60 40, 255, and the pixels.
  const Bytes ppm = File("p.ppm");
  const Bytes source(ppm.end() - 60 * 40 * 3, ppm.end());
  for (const auto& [name, format] : FormatsOfFiles()) {
    const auto image = decoder->Decode(File(name));
    ASSERT_TRUE(image.ok()) << name << ": " << image.status();
    EXPECT_EQ(image->format, format) << name;
    EXPECT_EQ(image->size.width, 60u) << name;
    EXPECT_EQ(image->size.height, 40u) << name;
    EXPECT_GT(image->pool_peak, 0u) << name;
    const bool is_lossy = format == "jpeg" || format == "heif";
    int64_t difference = 0;
    for (size_t i = 0; i < 60 * 40; ++i) {
      for (size_t c = 0; c < 3; ++c) {
        difference += std::abs(image->pixels[4 * i + c] - source[3 * i + c]);
      }
      ASSERT_EQ(image->pixels[4 * i + 3], 255) << name;
    }
    EXPECT_LE(difference, is_lossy ? 60 * 40 * 3 * 20 : 0) << name;
  }
}

TEST_F(Imaging, AFileThatIsCutShortIsRefused) {
  const auto decoder = Make();
  for (const auto& [name, format] : FormatsOfFiles()) {
    Bytes file = File(name);
    file.resize(file.size() / 2);
    EXPECT_EQ(Failure(*decoder, file).end, CallEnd::kRefused) << name;
    file.resize(14);
    EXPECT_EQ(Failure(*decoder, file).end, CallEnd::kRefused) << name;
  }
}

TEST_F(Imaging, OnePixelTooManyIsRefusedInEveryFormat) {
  // HEVC codes whole blocks, of which the picture is cut.
  const auto exact = Make({.limits = {.pixels = 60 * 40}});
  const auto blocks = Make({.limits = {.pixels = 64 * 64}});
  const auto decoder = Make({.limits = {.pixels = 60 * 40 - 1}});
  for (const auto& [name, format] : FormatsOfFiles()) {
    const auto& enough = format == "heif" ? blocks : exact;
    EXPECT_TRUE(enough->Decode(File(name)).ok()) << name;
    const CallFailure failure = Failure(*decoder, File(name));
    EXPECT_EQ(failure.end, CallEnd::kRefused) << name;
    EXPECT_EQ(failure.code,
              static_cast<int>(absl::StatusCode::kResourceExhausted))
        << name;
  }
}

TEST_F(Imaging, WhatBeginsAsNothingKnownStartsNoWorker) {
  const auto decoder = Make();
  for (const std::string_view file : {"", "P", "hello, world", "BA"}) {
    const auto image = decoder->Decode(Bytes(file.begin(), file.end()));
    EXPECT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(cellblock::FailureOf(image.status()));
    EXPECT_THAT(std::string(image.status().message()), HasSubstr("webp"));
  }
}

TEST_F(Imaging, VerdictsArePassedOn) {
  std::atomic<int> logged = 0;
  DecoderOptions options;
  options.jail.log = [&](const auto&) { ++logged; };
  const auto decoder = Make(std::move(options));

  const auto image = decoder->Decode(Bad('g'));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->pixels[7], 8);
  EXPECT_EQ(image->format, "bad");

  const CallFailure refused = Failure(*decoder, Bad('r'));
  EXPECT_EQ(refused.end, CallEnd::kRefused);
  EXPECT_EQ(refused.code, static_cast<int>(absl::StatusCode::kDataLoss));
  const CallFailure violation = Failure(*decoder, Bad('v'));
  EXPECT_EQ(violation.end, CallEnd::kViolation);
  EXPECT_EQ(violation.violation.number, uint32_t{SYS_socket});
  EXPECT_EQ(Failure(*decoder, Bad('c')).end, CallEnd::kCrashed);
  EXPECT_EQ(Failure(*decoder, Bad('x')).end, CallEnd::kExited);
  const CallFailure exhausted = Failure(*decoder, Bad('m'));
  EXPECT_EQ(exhausted.end, CallEnd::kExhausted);
  EXPECT_EQ(exhausted.asked, uint64_t{1} << 40);
  EXPECT_EQ(exhausted.pool, uint64_t{512} << 20);
  EXPECT_EQ(Failure(*decoder, Bad('t'), {.deadline = milliseconds(100)}).end,
            CallEnd::kDeadline);
  EXPECT_EQ(logged, 7);
  EXPECT_TRUE(decoder->Decode(Bad('g')).ok());
}

TEST_F(Imaging, AWorkerThatSendsNoPictureLied) {
  for (const auto freshness :
       {cellblock::Freshness::kReuse, cellblock::Freshness::kForkPerCall}) {
    DecoderOptions options;
    options.jail.freshness = freshness;
    const auto decoder = Make(std::move(options));
    for (const char what : {'s', 'l', 'b'}) {
      EXPECT_EQ(Failure(*decoder, Bad(what)).end, CallEnd::kLied) << what;
      EXPECT_TRUE(decoder->Decode(Bad('g')).ok()) << what;
    }
  }
}

TEST_F(Imaging, OutputIsLimitedByThePixelsThatThereMayBe) {
  // 'l' sends the eight bytes of two pixels twice.
  const auto decoder = Make({.limits = {.pixels = 2}});
  EXPECT_TRUE(decoder->Decode(Bad('g')).ok());
  EXPECT_EQ(Failure(*decoder, Bad('l')).end, CallEnd::kOutputLimit);
  EXPECT_EQ(Failure(*decoder, Bad('s')).end, CallEnd::kRefused);
}

TEST_F(Imaging, InputMayBeAsLongAsItSays) {
  DecoderOptions options;
  options.jail.input_bytes = 4096;
  const auto decoder = Make(std::move(options));
  Bytes file = Bad('g');
  file.resize(4096);
  EXPECT_TRUE(decoder->Decode(file).ok());
  // As much more as fits into the last page.
  file.resize(2 * 4096);
  EXPECT_EQ(Failure(*decoder, file).end, CallEnd::kMisuse);
}

TEST_F(Imaging, EightThreadsGetEachTheirOwnPicture) {
  DecoderOptions options;
  options.jail.workers = 2;
  const auto decoder = Make(std::move(options));
  std::map<std::string, Bytes> files;
  std::map<std::string, Bytes> pictures;
  for (const auto& [name, format] : FormatsOfFiles()) {
    files[name] = File(name);
    const auto image = decoder->Decode(files[name]);
    ASSERT_TRUE(image.ok()) << name << ": " << image.status();
    const auto pixels = image->view().pixels;
    pictures[name] = Bytes(pixels.begin(), pixels.end());
  }
  std::atomic<int> decoded = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      int turn = t;
      for (int round = 0; round < 3; ++round) {
        for (const auto& [name, file] : files) {
          // Among them one that goes wrong, each time in another place.
          if (++turn % 5 == 0) {
            EXPECT_EQ(Failure(*decoder, Bad('c')).end, CallEnd::kCrashed);
          }
          const auto image = decoder->Decode(file);
          ASSERT_TRUE(image.ok()) << name << ": " << image.status();
          const auto pixels = image->view().pixels;
          ASSERT_EQ(Bytes(pixels.begin(), pixels.end()), pictures[name])
              << name;
          ++decoded;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(decoded, 8 * 3 * static_cast<int>(files.size()));
}

TEST_F(Imaging, FirstFilesOfAFormatFromManyThreadsMakeOneJail) {
  const auto decoder = Make();
  std::vector<cellblock::Jail*> jails(8);
  std::vector<std::thread> threads;
  for (cellblock::Jail*& jail : jails) {
    threads.emplace_back([&] {
      EXPECT_TRUE(decoder->Decode(Bad('g')).ok());
      jail = decoder->JailOf("bad").value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const cellblock::Jail* const jail : jails) EXPECT_EQ(jail, jails[0]);
}

TEST_F(Imaging, AllFormatsOrThoseThatAreNamed) {
  const auto all = Make();
  ASSERT_FALSE(all->formats().empty());
  EXPECT_STREQ(all->formats()[0].name, "bad");  // the own ones come first
  EXPECT_EQ(all->formats().size(), 8u);

  const auto some = Make({.formats = {"png"}, .start = Start::kAtOnce});
  EXPECT_EQ(some->formats().size(), 1u);
  EXPECT_TRUE(some->Decode(File("p.png")).ok());
  EXPECT_EQ(some->Sniff(File("p.gif")), nullptr);
  EXPECT_EQ(some->Decode(File("p.gif")).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(some->JailOf("gif").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(some->JailOf("png").ok());
  EXPECT_TRUE((*some->JailOf("png"))->TestLock(SYS_execve).ok());
  EXPECT_TRUE(some->Decode(File("p.png")).ok());
}

TEST_F(Imaging, OneFormatCanHaveAWorkerBinaryOfItsOwn) {
  char worker[4096];
  ASSERT_NE(realpath("examples/imaging/png_worker", worker), nullptr);
  DecoderOptions options = {.formats = {"png"}};
  options.jail.worker_binary = worker;
  const auto image = Make(std::move(options))->Decode(File("p.png"));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->size.width, 60u);
}

TEST_F(Imaging, WrongOptionsAreNamed) {
  const auto message = [](DecoderOptions options) {
    const auto decoder = Decoder::Create(std::move(options));
    EXPECT_EQ(decoder.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(decoder.status().message());
  };
  EXPECT_THAT(message({.formats = {"png", "bmp"}}), HasSubstr("\"bmp\""));
  EXPECT_THAT(message({.limits = {.pixels = 0}}), HasSubstr("limits"));
  EXPECT_THAT(message({.limits = {.pixels = kMostPixels + 1}}),
              HasSubstr("limits"));
  DecoderOptions options = {.start = Start::kAtOnce};
  options.jail.pool_bytes = 1;
  EXPECT_THAT(message(std::move(options)), HasSubstr("pool_bytes"));
}

}  // namespace
}  // namespace examples::imaging

int main(int argc, char** argv) {
  examples::imaging::Init(argc, argv, examples::imaging::BadFormats());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
