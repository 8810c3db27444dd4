// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/decoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

namespace examples {
namespace {

constexpr int kFlippedFiles = 300;
constexpr size_t kCuts = 200;
constexpr size_t kHeader = 256;  // where flips do most

// One that decides of its own how much room it gives, as a jail does.
class NarrowSink : public Sink {
 public:
  void Expect(size_t) override {}
  std::span<uint8_t> Room() override { return room_; }
  void Commit(size_t bytes) override {
    bytes_.insert(bytes_.end(), room_, room_ + bytes);
  }
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  uint8_t room_[100];
  Bytes bytes_;
};

Picture ToPicture(std::span<const uint8_t> bytes) {
  const absl::StatusOr<ImageView> view = ToImage(bytes);
  EXPECT_TRUE(view.ok()) << view.status();
  if (!view.ok()) return {};
  Picture picture{view->size, {}};
  picture.pixels.resize(view->pixels.size() / kPixelBytes);
  memcpy(picture.pixels.data(), view->pixels.data(), view->pixels.size());
  return picture;
}

void ExpectBearable(DecodeImage* decode, std::span<const uint8_t> file) {
  MemorySink sink;
  const absl::Status status = decode(file, {.pixels = 1 << 20}, sink);
  if (status.ok()) {
    EXPECT_TRUE(ToImage(sink.bytes()).ok());
    return;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(status) ||
              absl::IsResourceExhausted(status))
      << status;
  EXPECT_FALSE(status.message().empty());
}

}  // namespace

Picture TestPicture(ImageSize size, Alpha alpha) {
  Picture picture{size, {}};
  std::mt19937 noise(size.width * 31 + size.height);
  for (uint32_t y = 0; y < size.height; ++y) {
    for (uint32_t x = 0; x < size.width; ++x) {
      picture.pixels.push_back(
          {static_cast<uint8_t>(x * 255 / size.width),
           static_cast<uint8_t>(y * 255 / size.height),
           static_cast<uint8_t>((x + 2 * y) % 200 + noise() % 20),
           alpha == Alpha::kOpaque
               ? uint8_t{255}
               : static_cast<uint8_t>(1 + (3 * x + y) % 255)});
    }
  }
  return picture;
}

Picture Decoded(DecodeImage* decode, const Bytes& file) {
  MemorySink sink;
  const absl::Status status = decode(file, {}, sink);
  EXPECT_TRUE(status.ok()) << status;
  NarrowSink narrow;
  EXPECT_TRUE(decode(file, {}, narrow).ok());
  EXPECT_TRUE(std::ranges::equal(sink.bytes(), narrow.bytes()));
  return status.ok() ? ToPicture(sink.bytes()) : Picture();
}

std::string Refusal(DecodeImage* decode, const Bytes& file) {
  MemorySink sink;
  const absl::Status status = decode(file, {}, sink);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

int Difference(const Picture& a, const Picture& b) {
  if (a.size.width != b.size.width || a.size.height != b.size.height) {
    return 256;
  }
  int most = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    for (size_t channel = 0; channel < kPixelBytes; ++channel) {
      most = std::max(most, abs(a.pixels[i][channel] - b.pixels[i][channel]));
    }
  }
  return most;
}

bool KeepsToLimits(DecodeImage* decode, const Bytes& file) {
  const Picture picture = Decoded(decode, file);
  MemorySink whole;
  const absl::Status enough =
      decode(file, {.pixels = picture.pixels.size()}, whole);
  EXPECT_TRUE(enough.ok()) << enough;
  MemorySink sink;
  const absl::Status status =
      decode(file, {.pixels = picture.pixels.size() - 1}, sink);
  EXPECT_TRUE(sink.bytes().empty());
  return absl::IsResourceExhausted(status);
}

void ExpectSurvivesDamage(DecodeImage* decode, const Bytes& file, Tail tail) {
  ASSERT_GT(file.size(), tail.bytes);
  const size_t whole = file.size() - tail.bytes;
  const size_t step = std::max<size_t>(1, whole / kCuts);
  for (size_t cut = 0; cut < whole; cut += step) {
    MemorySink sink;
    // A copy of its own, beyond which nothing may be read.
    const Bytes part(file.begin(), file.begin() + static_cast<long>(cut));
    EXPECT_FALSE(decode(part, {}, sink).ok())
        << cut << " of " << file.size() << " bytes";
  }
  std::mt19937 random(static_cast<unsigned>(file.size()));
  for (int i = 0; i < kFlippedFiles; ++i) {
    Bytes flipped = file;
    const size_t range =
        i % 2 == 0 ? std::min(kHeader, file.size()) : file.size();
    for (unsigned flips = 1 + random() % 4; flips != 0; --flips) {
      flipped[random() % range] ^= static_cast<uint8_t>(1U << random() % 8);
    }
    SCOPED_TRACE(i);
    ExpectBearable(decode, flipped);
  }
}

}  // namespace examples
