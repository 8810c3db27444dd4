// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/failure_payload.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "jail/call/call_failure.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

CallFailure Crash() {
  CallFailure failure;
  failure.end = CallEnd::kCrashed;
  failure.worker = 12;
  failure.messages = "words";
  return failure;
}

// The only payloads that are believed are those that EncodeFailure makes.
void ExpectExact(const std::string& payload) {
  const auto failure = DecodeFailure(payload);
  if (!failure.has_value()) return;
  EXPECT_EQ(EncodeFailure(*failure), payload);
  EXPECT_NE(failure->end, CallEnd::kClean);
  EXPECT_STRNE(Name(failure->end), "unknown");
}

TEST(FailurePayloadTest, NoOtherLengthIsAccepted) {
  const std::string payload = EncodeFailure(Crash());
  ASSERT_TRUE(DecodeFailure(payload).has_value());
  for (size_t bytes = 0; bytes < payload.size(); ++bytes) {
    EXPECT_FALSE(DecodeFailure(payload.substr(0, bytes)).has_value()) << bytes;
  }
  EXPECT_FALSE(DecodeFailure(payload + '\0').has_value());
  EXPECT_FALSE(DecodeFailure(payload + payload).has_value());
}

TEST(FailurePayloadTest, NoOtherHeadOrEndIsAccepted) {
  const std::string payload = EncodeFailure(Crash());
  const size_t head = payload.find(' ') + 1;
  for (size_t at = 0; at < head; ++at) {
    std::string other = payload;
    other[at] ^= 1;
    EXPECT_FALSE(DecodeFailure(other).has_value()) << at;
  }
  const size_t behind = payload.find(' ', head);
  for (int end = -300; end < 300; ++end) {
    const std::string other =
        payload.substr(0, head) + std::to_string(end) + payload.substr(behind);
    EXPECT_EQ(DecodeFailure(other).has_value(), end > 0 && end < 12) << end;
  }
}

TEST(FailurePayloadTest, NoOtherSpellingOfANumberIsAccepted) {
  const std::string payload = EncodeFailure(Crash());
  const size_t at = payload.find(" 12 ") + 1;
  for (const char* other : {"012", "+12", "-0", " 12", "1e1", "0x0c", "",
                            "99999999999999999999999"}) {
    std::string changed = payload;
    changed.replace(at, 2, other);
    EXPECT_FALSE(DecodeFailure(changed).has_value()) << other;
  }
}

TEST(FailurePayloadTest, MoreMessagesThanAreKeptAreRefused) {
  CallFailure failure = Crash();
  failure.messages.assign(kKeptMessagesBytes, 'x');
  std::string payload = EncodeFailure(failure);
  ASSERT_TRUE(DecodeFailure(payload).has_value());
  const std::string count = std::to_string(kKeptMessagesBytes);
  const size_t at = payload.find(' ' + count + ' ');
  ASSERT_NE(at, std::string::npos);
  payload.replace(at + 1, count.size(), std::to_string(kKeptMessagesBytes + 1));
  payload += 'x';
  EXPECT_FALSE(DecodeFailure(payload).has_value());
}

TEST(FailurePayloadTest, EveryBitFlipIsRefusedOrMeansAnotherFailure) {
  const std::string payload = EncodeFailure(Crash());
  for (size_t bit = 0; bit < 8 * payload.size(); ++bit) {
    std::string flipped = payload;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    ExpectExact(flipped);
  }
}

TEST(FailurePayloadTest, RandomPayloadsAreRefusedOrExact) {
  std::mt19937_64 random(TestSeed());
  const std::string payload = EncodeFailure(Crash());
  for (uint64_t round = 0; round < 200000 * TestFactor(); ++round) {
    std::string changed = payload;
    for (uint64_t changes = random() % 8; changes > 0; --changes) {
      const size_t at = random() % (changed.size() + 1);
      switch (random() % 3) {
        case 0:
          changed.insert(at, random() % 9, static_cast<char>(random()));
          break;
        case 1:
          changed.erase(at, random() % 9);
          break;
        default:
          changed.resize(std::max(changed.size(), at + 1));
          changed[at] = static_cast<char>(random());
      }
    }
    ExpectExact(changed);
  }
}

}  // namespace
}  // namespace cellblock
