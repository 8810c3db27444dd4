// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/byte_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/seed.h"

namespace cellblock {
namespace {

using ::testing::HasSubstr;

struct Suffix {
  char letter;
  unsigned shift;
};

constexpr Suffix kSuffixes[] = {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}};

// Whatever cannot be parsed has an error.
std::optional<uint64_t> Parse(std::string_view text) {
  std::string error;
  const std::optional<uint64_t> bytes = ParseByteSize(text, &error);
  EXPECT_EQ(bytes.has_value(), error.empty()) << text << ": " << error;
  return bytes;
}

std::string ErrorOf(std::string_view text) {
  std::string error;
  EXPECT_EQ(ParseByteSize(text, &error), std::nullopt) << text;
  return error;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsSuffix(char c) {
  return c != '\0' && std::string_view("KMGTkmgt").find(c) != std::string::npos;
}

// Powers of two and their neighbours, the ends, and random values of every
// magnitude.
std::vector<uint64_t> Samples() {
  std::vector<uint64_t> samples = {0, UINT64_MAX};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    samples.insert(samples.end(), {power - 1, power, power + 1});
  }
  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 100000; ++i) {
    const uint64_t value = random() >> (random() % 64);
    samples.push_back(value);
    // Round in as many low bits as a suffix needs, or some other number.
    const unsigned low = static_cast<unsigned>(random() % 64);
    samples.push_back(value >> low << low);
  }
  return samples;
}

TEST(ParseByteSizeTest, NumberAloneIsBytes) {
  EXPECT_EQ(Parse("0"), 0u);
  EXPECT_EQ(Parse("1"), 1u);
  EXPECT_EQ(Parse("4096"), 4096u);
  EXPECT_EQ(Parse("18446744073709551615"), UINT64_MAX);
}

TEST(ParseByteSizeTest, SeedParity_Row34_EachSuffixMultipliesInBothCases) {
  for (const Suffix& suffix : kSuffixes) {
    for (const char letter : {suffix.letter, char(suffix.letter + 32)}) {
      for (const uint64_t number : {0, 1, 2, 9, 10, 200, 1023, 1024}) {
        EXPECT_EQ(Parse(std::to_string(number) + letter),
                  number << suffix.shift)
            << number << letter;
      }
    }
  }
}

TEST(ParseByteSizeTest,
     SeedParity_Row34_LargestNumberOfEachSuffixFitsAndTheNextDoesNot) {
  for (const Suffix& suffix : kSuffixes) {
    const uint64_t most = UINT64_MAX >> suffix.shift;
    for (const char letter : {suffix.letter, char(suffix.letter + 32)}) {
      EXPECT_EQ(Parse(std::to_string(most) + letter), most << suffix.shift);
      EXPECT_THAT(ErrorOf(std::to_string(most + 1) + letter),
                  HasSubstr("too large"));
      EXPECT_THAT(ErrorOf("18446744073709551615" + std::string(1, letter)),
                  HasSubstr("too large"));
    }
  }
}

TEST(ParseByteSizeTest, SeedParity_Row34_NumbersAbove64BitsAreTooLarge) {
  for (const std::string& digits :
       {std::string("18446744073709551616"),
        std::string("18446744073709551620"),
        std::string("20000000000000000000"), "1" + std::string(20, '0'),
        std::string(1000, '9')}) {
    EXPECT_THAT(ErrorOf(digits), HasSubstr("too large")) << digits;
    EXPECT_THAT(ErrorOf(digits + "K"), HasSubstr("too large")) << digits;
  }
}

TEST(ParseByteSizeTest, LeadingZerosChangeNothing) {
  EXPECT_EQ(Parse("000"), 0u);
  EXPECT_EQ(Parse("010"), 10u);
  EXPECT_EQ(Parse("064K"), 64u << 10);
  EXPECT_EQ(Parse(std::string(1000, '0') + "1M"), 1u << 20);
}

TEST(ParseByteSizeTest, SeedParity_Row34_EveryOtherByteBehindANumberIsRefused) {
  int refused = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (IsDigit(c) || IsSuffix(c)) continue;
    const std::string suffix(1, c);
    EXPECT_THAT(ErrorOf("1" + suffix), HasSubstr("'" + suffix + "'")) << byte;
    EXPECT_THAT(ErrorOf("0" + suffix), HasSubstr("K, M, G or T")) << byte;
    ++refused;
  }
  EXPECT_EQ(refused, 256 - 10 - 8);
}

TEST(ParseByteSizeTest, EveryByteButADigitIsRefusedInFront) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (IsDigit(c)) continue;
    EXPECT_THAT(ErrorOf(std::string(1, c)), HasSubstr("number")) << byte;
    EXPECT_THAT(ErrorOf(c + std::string("1")), HasSubstr("number")) << byte;
    EXPECT_THAT(ErrorOf(c + std::string("1K")), HasSubstr("number")) << byte;
  }
}

TEST(ParseByteSizeTest, OneSuffixEndsTheSize) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const Suffix& suffix : kSuffixes) {
      const std::string rest{suffix.letter, static_cast<char>(byte)};
      EXPECT_THAT(ErrorOf("1" + rest), HasSubstr("'" + rest + "'"));
    }
  }
  for (const char* text : {"1KiB", "1KB", "1 K", "1K ", "1.5G", "1,5G", "1e3",
                           "0x10", "1_000", "1K1", "1-", "1+1"}) {
    EXPECT_EQ(Parse(text), std::nullopt) << text;
  }
}

TEST(ParseByteSizeTest, EmptySignAndSpaceAreNoNumber) {
  EXPECT_THAT(ErrorOf(std::string_view()), HasSubstr("number"));
  for (const char* text : {"", "-", "+", "-1", "+1", "-0", "- 1", " 1", "\t1",
                           "\n1", " ", "K", "k", "-1K", "+1K", " 1K"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("does not start with a number"))
        << text;
  }
}

TEST(ParseByteSizeTest, NothingBehindTheTextIsRead) {
  const std::string_view text = "12K34";
  EXPECT_EQ(Parse(text.substr(0, 1)), 1u);
  EXPECT_EQ(Parse(text.substr(0, 2)), 12u);
  EXPECT_EQ(Parse(text.substr(0, 3)), 12u << 10);
  EXPECT_EQ(Parse(text.substr(0, 0)), std::nullopt);
}

TEST(SizeArgumentTest, UsesTheLargestSuffixThatIsExact) {
  EXPECT_EQ(SizeArgument(0), "0");
  EXPECT_EQ(SizeArgument(1), "1");
  EXPECT_EQ(SizeArgument(1023), "1023");
  EXPECT_EQ(SizeArgument(1024), "1K");
  EXPECT_EQ(SizeArgument(4097), "4097");
  EXPECT_EQ(SizeArgument(68 << 10), "68K");
  EXPECT_EQ(SizeArgument(1536 << 10), "1536K");
  EXPECT_EQ(SizeArgument(200 << 20), "200M");
  EXPECT_EQ(SizeArgument(uint64_t{1} << 30), "1G");
  EXPECT_EQ(SizeArgument(uint64_t{1} << 50), "1024T");
  EXPECT_EQ(SizeArgument(UINT64_MAX), "18446744073709551615");
}

TEST(SizeArgumentTest, IsParsedBackExactly) {
  for (const uint64_t bytes : Samples()) {
    EXPECT_EQ(Parse(SizeArgument(bytes)), bytes) << SizeArgument(bytes);
  }
}

TEST(SizeArgumentTest, IsNeverLongerThanTheNumber) {
  for (const uint64_t bytes : Samples()) {
    const std::string argument = SizeArgument(bytes);
    EXPECT_LE(argument.size(), std::to_string(bytes).size()) << argument;
    // With a suffix the number in front is not a multiple of 1024 any more,
    // unless there is no larger suffix.
    if (!IsDigit(argument.back()) && argument.back() != 'T') {
      const uint64_t number =
          std::stoull(argument.substr(0, argument.size() - 1));
      EXPECT_NE(number % 1024, 0u) << argument;
    }
  }
}

TEST(FormatBytesTest, IsForPeople) {
  EXPECT_EQ(FormatBytes(0), "0 bytes");
  EXPECT_EQ(FormatBytes(17), "17 bytes");
  EXPECT_EQ(FormatBytes(1023), "1023 bytes");
  EXPECT_EQ(FormatBytes(1024), "1 KiB");
  EXPECT_EQ(FormatBytes(1025), "1 KiB");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatBytes((1 << 20) - 1), "1023.9 KiB");
  EXPECT_EQ(FormatBytes(1 << 20), "1 MiB");
  EXPECT_EQ(FormatBytes(200 << 20), "200 MiB");
  EXPECT_EQ(FormatBytes(uint64_t{3} << 29), "1.5 GiB");
  EXPECT_EQ(FormatBytes(uint64_t{1} << 40), "1 TiB");
  EXPECT_EQ(FormatBytes(uint64_t{1} << 50), "1024 TiB");
  EXPECT_EQ(FormatBytes(UINT64_MAX), "16777215.9 TiB");
}

TEST(FormatBytesTest, TenthChangesWhereItIsReached) {
  for (const Suffix& suffix : kSuffixes) {
    const uint64_t unit = uint64_t{1} << suffix.shift;
    const std::string name = std::string(1, suffix.letter) + "iB";
    for (unsigned tenth = 1; tenth < 10; ++tenth) {
      // The least size of at least so many tenths.
      const uint64_t reached = unit + (unit * tenth + 9) / 10;
      EXPECT_EQ(FormatBytes(reached),
                "1." + std::to_string(tenth) + " " + name);
      EXPECT_EQ(
          FormatBytes(reached - 1),
          (tenth == 1 ? "1 " : "1." + std::to_string(tenth - 1) + " ") + name);
    }
  }
}

TEST(FormatBytesTest, IsRoundedDownByLessThanATenth) {
  for (const uint64_t bytes : Samples()) {
    const std::string text = FormatBytes(bytes);
    unsigned long long whole = 0;
    unsigned tenth = 0;
    char unit[6] = {};
    if (std::sscanf(text.c_str(), "%llu.%1u %5s", &whole, &tenth, unit) != 3) {
      tenth = 0;
      ASSERT_EQ(std::sscanf(text.c_str(), "%llu %5s", &whole, unit), 2) << text;
    } else {
      EXPECT_NE(tenth, 0u) << text;
    }
    if (unit == std::string_view("bytes")) {
      EXPECT_EQ(whole, bytes) << text;
      EXPECT_LT(bytes, 1024u) << text;
      continue;
    }
    const size_t index = std::string_view("KMGT").find(unit[0]);
    ASSERT_NE(index, std::string_view::npos) << text;
    EXPECT_GE(whole, 1u) << text;
    if (unit[0] != 'T') {
      EXPECT_LT(whole, 1024u) << text;
    }
    // In tenths of the unit, of which 64 bits cannot hold all.
    const auto shown = static_cast<unsigned __int128>(whole) * 10 + tenth;
    const auto exact = static_cast<unsigned __int128>(bytes) * 10;
    const unsigned shift = kSuffixes[index].shift;
    EXPECT_LE(shown << shift, exact) << text << " of " << bytes;
    EXPECT_GT((shown + 1) << shift, exact) << text << " of " << bytes;
  }
}

TEST(FormatBytesTest, WholeUnitsReadAsTheArgument) {
  for (const Suffix& suffix : kSuffixes) {
    for (uint64_t number = 1; number < 1024; ++number) {
      const uint64_t bytes = number << suffix.shift;
      EXPECT_EQ(FormatBytes(bytes),
                std::to_string(number) + " " + suffix.letter + "iB");
      EXPECT_EQ(SizeArgument(bytes), std::to_string(number) + suffix.letter);
    }
  }
}

}  // namespace
}  // namespace cellblock
