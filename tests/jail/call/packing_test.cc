// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/packing.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <tuple>
#include <vector>

#include "jail/call/fields.h"

namespace cellblock {
namespace {

enum class Colour : uint16_t { kRed, kBlue = 300 };
enum class Answer : bool { kNo, kYes };

struct Empty {};
struct Padded {
  uint8_t kind;
  uint64_t offset;
  bool last;
};
struct Nested {
  std::array<Padded, 2> parts;
  Answer answer;
  Colour colour;
  float scale;
};
struct One {
  int only;
};
struct Single {
  int only[1];
};
struct Sixteen {
  uint8_t a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};
struct Seventeen {
  uint8_t a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};
struct Four {
  int numbers[4];
};
struct Behind {
  One first;
  Padded second;
  int numbers[2];
};

static_assert(kFieldCount<Empty> == 0);
static_assert(kFieldCount<One> == 1);
static_assert(kFieldCount<const Padded> == 3);
static_assert(kFieldCount<Nested> == 4);
static_assert(kFieldCount<Sixteen> == 16);
static_assert(kFieldCount<Seventeen> == kMostFields + 1);
static_assert(!kHasArrayField<Empty>);
static_assert(!kHasArrayField<Padded>);
static_assert(!kHasArrayField<Nested>);
static_assert(!kHasArrayField<Sixteen>);
static_assert(!kHasArrayField<Single>);
static_assert(kHasArrayField<Four>);
static_assert(kHasArrayField<Behind>);

static_assert(PackedBytes<Empty>() == 0);
static_assert(PackedBytes<Padded>() == 10);
static_assert(PackedBytes<Nested>() == 2 * 10 + 1 + 2 + 4);
static_assert(PackedBytes<std::array<uint16_t, 5>>() == 10);
static_assert(PackedBytes<Single>() == 4);

template <typename T>
std::vector<uint8_t> Packed(const T& value) {
  std::vector<uint8_t> bytes(PackedBytes<T>());
  EXPECT_EQ(PackValue(value, bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

// From an odd address, and from memory of exactly that size.
template <typename T>
bool Unpack(const std::vector<uint8_t>& bytes, T* value) {
  std::vector<uint8_t> moved(1 + bytes.size());
  std::copy(bytes.begin(), bytes.end(), moved.begin() + 1);
  const uint8_t* from = moved.data() + 1;
  const bool unpacked = UnpackValue(&from, value);
  if (unpacked) {
    EXPECT_EQ(from, moved.data() + moved.size());
  }
  return unpacked;
}

template <typename T>
void ExpectRoundTrip(T value) {
  T back{};
  ASSERT_TRUE(Unpack(Packed(value), &back));
  EXPECT_EQ(back, value);
}

TEST(PackingTest, ScalarsComeBack) {
  ExpectRoundTrip(true);
  ExpectRoundTrip(false);
  ExpectRoundTrip('x');
  ExpectRoundTrip(std::numeric_limits<int64_t>::min());
  ExpectRoundTrip(std::numeric_limits<uint64_t>::max());
  ExpectRoundTrip(-0.5f);
  ExpectRoundTrip(std::numeric_limits<double>::infinity());
  ExpectRoundTrip(Colour::kBlue);
  ExpectRoundTrip(static_cast<Colour>(12345));
  ExpectRoundTrip(Answer::kYes);
  ExpectRoundTrip(std::array<int, 3>{1, -2, 3});
}

TEST(PackingTest, StructsComeBackWithoutWhatLiesBetween) {
  Padded padded;
  memset(&padded, 0x5a, sizeof(padded));
  padded.kind = 1;
  padded.offset = 0x0807060504030201;
  padded.last = true;
  EXPECT_EQ(Packed(padded),
            (std::vector<uint8_t>{1, 1, 2, 3, 4, 5, 6, 7, 8, 1}));

  const Nested nested = {
      {{{1, 2, true}, {3, 4, false}}}, Answer::kYes, Colour::kBlue, 2.5f};
  Nested back{};
  ASSERT_TRUE(Unpack(Packed(nested), &back));
  EXPECT_EQ(back.parts[0].offset, 2u);
  EXPECT_TRUE(back.parts[0].last);
  EXPECT_EQ(back.parts[1].kind, 3);
  EXPECT_FALSE(back.parts[1].last);
  EXPECT_EQ(back.answer, Answer::kYes);
  EXPECT_EQ(back.colour, Colour::kBlue);
  EXPECT_EQ(back.scale, 2.5f);

  Single single{};
  ASSERT_TRUE(Unpack(Packed(Single{{9}}), &single));
  EXPECT_EQ(single.only[0], 9);
  Sixteen sixteen{};
  sixteen.p = 16;
  Sixteen again{};
  ASSERT_TRUE(Unpack(Packed(sixteen), &again));
  EXPECT_EQ(again.p, 16);
}

// Of all bytes, two are a bool.
TEST(PackingTest, OnlyZeroAndOneBecomeABool) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::vector<uint8_t> bytes = {static_cast<uint8_t>(byte)};
    bool truth = false;
    EXPECT_EQ(Unpack(bytes, &truth), byte < 2);
    Answer answer = Answer::kNo;
    EXPECT_EQ(Unpack(bytes, &answer), byte < 2);
    Padded padded{};
    std::vector<uint8_t> inside(10, 0xff);
    inside[9] = static_cast<uint8_t>(byte);
    EXPECT_EQ(Unpack(inside, &padded), byte < 2);
  }
}

TEST(PackingTest, KindsDifferWhereTypesDo) {
  const uint32_t kinds[] = {
      PackedKind<bool>(0),
      PackedKind<uint8_t>(0),
      PackedKind<int8_t>(0),
      PackedKind<int>(0),
      PackedKind<float>(0),
      PackedKind<uint32_t>(0),
      PackedKind<int64_t>(0),
      PackedKind<double>(0),
      PackedKind<Padded>(0),
      PackedKind<Nested>(0),
      PackedKind<Empty>(0),
      PackedKind<Sixteen>(0),
      PackedKind<std::array<int, 2>>(0),
  };
  for (size_t i = 0; i < std::size(kinds); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(kinds[i], kinds[j]) << i << j;
  }
}

TEST(PackingTest, FieldsAreTheMembersThemselves) {
  Padded padded = {1, 2, false};
  std::get<1>(Fields(padded)) = 9;
  EXPECT_EQ(padded.offset, 9u);
}

}  // namespace
}  // namespace cellblock
