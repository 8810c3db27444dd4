// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What the host makes of any bytes that a worker sends as a picture.

#include "examples/imaging/image_receiver.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "jail/call/call_failure.h"

namespace examples::imaging {
namespace {

using Bytes = std::vector<uint8_t>;

// A picture as a worker sends it, and behind it the peak: 0x0123456789abcdef.
Bytes Sent(uint32_t width, uint32_t height) {
  Bytes bytes;
  for (const uint32_t side : {width, height}) {
    for (int i = 0; i < 4; ++i) {
      bytes.push_back(static_cast<uint8_t>(side >> (8 * i)));
    }
  }
  const size_t pixels = size_t{width} * height * kPixelBytes;
  bytes.resize(bytes.size() + pixels);
  std::iota(bytes.begin() + kImageHeaderBytes, bytes.end(), uint8_t{1});
  for (const int byte : {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01}) {
    bytes.push_back(static_cast<uint8_t>(byte));
  }
  return bytes;
}

// In parts of so many bytes.
absl::StatusOr<Image> Receive(const Bytes& sent, size_t part,
                              const ImageLimits& limits) {
  ImageReceiver receiver(limits);
  for (size_t at = 0; at < sent.size(); at += part) {
    const absl::Status status =
        receiver.Take({sent.data() + at, std::min(part, sent.size() - at)});
    if (!status.ok()) return status;
  }
  return std::move(receiver).Finish();
}

bool IsLie(const absl::StatusOr<Image>& image) {
  const auto failure = cellblock::FailureOf(image.status());
  return failure && failure->end == cellblock::CallEnd::kLied;
}

TEST(ImageReceiver, APictureInPartsOfAnyLength) {
  const Bytes sent = Sent(5, 3);
  for (size_t part = 1; part <= sent.size(); ++part) {
    const auto image = Receive(sent, part, {.pixels = 15});
    ASSERT_TRUE(image.ok()) << image.status() << ", parts of " << part;
    EXPECT_EQ(image->size.width, 5u);
    EXPECT_EQ(image->size.height, 3u);
    EXPECT_EQ(image->pool_peak, 0x0123456789abcdefu);
    const auto pixels = image->view().pixels;
    EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(),
                           sent.begin() + kImageHeaderBytes,
                           sent.end() - kNumberBytes));
  }
}

TEST(ImageReceiver, EveryOtherLengthIsALie) {
  const Bytes sent = Sent(5, 3);
  for (size_t length = 0; length < sent.size() + 20; ++length) {
    Bytes other = sent;
    other.resize(length);
    for (const size_t part : {size_t{1}, size_t{7}, size_t{1000}}) {
      EXPECT_EQ(IsLie(Receive(other, part, {})), length != sent.size())
          << length << " bytes, parts of " << part;
    }
  }
}

TEST(ImageReceiver, NoPixelsIsALie) {
  EXPECT_TRUE(IsLie(Receive(Sent(0, 0), 8, {})));
  EXPECT_TRUE(IsLie(Receive(Sent(0, 7), 8, {})));
  EXPECT_TRUE(IsLie(Receive(Sent(7, 0), 8, {})));
}

TEST(ImageReceiver, MorePixelsThanTheLimitIsALie) {
  EXPECT_TRUE(Receive(Sent(5, 3), 8, {.pixels = 15}).ok());
  EXPECT_TRUE(IsLie(Receive(Sent(5, 3), 8, {.pixels = 14})));
}

// Nothing is allocated for what cannot be: these would take up to 2^66 bytes.
TEST(ImageReceiver, SizesWithoutEndAreLies) {
  for (const uint32_t side : {0x80000000u, 0xffffffffu}) {
    Bytes sent = Sent(1, 1);
    for (int i = 0; i < 4; ++i) {
      sent[static_cast<size_t>(i)] = static_cast<uint8_t>(side >> (8 * i));
      sent[static_cast<size_t>(i) + 4] = sent[static_cast<size_t>(i)];
    }
    EXPECT_TRUE(IsLie(Receive(sent, 8, {})));
  }
}

// 2^16 x 2^30 pixels, of which the limits have nothing to say, but no machine
// has memory for.
TEST(ImageReceiver, NoMemoryForAPictureIsTold) {
  Bytes sent = Sent(1, 1);
  std::fill_n(sent.begin(), kImageHeaderBytes, uint8_t{0});
  sent[2] = 0x01;
  sent[7] = 0x40;
  const auto image = Receive(sent, 8, {.pixels = uint64_t{1} << 46});
  EXPECT_EQ(image.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(cellblock::FailureOf(image.status()));
}

}  // namespace
}  // namespace examples::imaging
