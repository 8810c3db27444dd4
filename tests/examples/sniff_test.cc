// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What files are taken for, held against a second table that was written by
// hand from the formats' specifications.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "examples/imaging/format.h"
#include "examples/imaging/formats.h"
#include "gtest/gtest.h"

namespace examples::imaging {
namespace {

using namespace std::string_literals;

// The bytes from `at` on; what stands before them may be anything.
struct Piece {
  size_t at;
  std::string bytes;
};

struct Beginning {
  std::string format;
  std::vector<Piece> pieces;
};

std::vector<Beginning> Beginnings() {
  std::vector<Beginning> all = {
      {"png", {{0, "\x89PNG\r\n\x1a\n"s}}},
      {"jpeg", {{0, "\xff\xd8\xff"s}}},
      {"webp", {{0, "RIFF"s}, {8, "WEBP"s}}},
      {"gif", {{0, "GIF87a"s}}},
      {"gif", {{0, "GIF89a"s}}},
      {"tiff", {{0, "II\x2a\0"s}}},
      {"tiff", {{0, "MM\0\x2a"s}}},
      {"tiff", {{0, "II\x2b\0"s}}},
      {"tiff", {{0, "MM\0\x2b"s}}},
      {"jpeg2000", {{0, "\0\0\0\x0c\x6a\x50\x20\x20\x0d\x0a\x87\x0a"s}}},
      {"jpeg2000", {{0, "\xff\x4f\xff\x51"s}}},
  };
  for (const char* brand : {"heic", "heix", "heim", "heis", "mif1", "avif"}) {
    all.push_back({"heif", {{4, "ftyp"s}, {8, brand}}});
  }
  return all;
}

// The shortest file that begins so.
std::string FileOf(const Beginning& beginning) {
  std::string file;
  for (const Piece& piece : beginning.pieces) {
    file.resize(piece.at, '\x5a');
    file += piece.bytes;
  }
  return file;
}

std::string Expected(std::string_view file) {
  for (const Beginning& beginning : Beginnings()) {
    const bool fits =
        std::ranges::all_of(beginning.pieces, [&](const Piece& piece) {
          return file.size() >= piece.at + piece.bytes.size() &&
                 file.substr(piece.at, piece.bytes.size()) == piece.bytes;
        });
    if (fits) return beginning.format;
  }
  return "none";
}

std::string Sniffed(std::string_view file) {
  // Memory of exactly that size, where a sanitizer sees a look beyond.
  const std::vector<uint8_t> bytes(file.begin(), file.end());
  const Format* const format = Sniff(BuiltInFormats(), bytes);
  return format == nullptr ? "none" : format->name;
}

TEST(Sniff, EveryBeginningIsTold) {
  for (const Beginning& beginning : Beginnings()) {
    const std::string file = FileOf(beginning);
    EXPECT_EQ(Sniffed(file), beginning.format);
    EXPECT_EQ(Sniffed(file + std::string(100, '\0')), beginning.format);
  }
}

TEST(Sniff, EveryFormatIsInBothTables) {
  std::vector<std::string> known;
  for (const Format& format : BuiltInFormats()) {
    known.push_back(format.name);
    EXPECT_EQ(
        static_cast<long>(format.magics.size()),
        std::ranges::count(Beginnings(), known.back(), &Beginning::format))
        << known.back();
  }
  for (const Beginning& beginning : Beginnings()) {
    EXPECT_TRUE(std::ranges::count(known, beginning.format));
  }
}

TEST(Sniff, WhatIsCutShortIsNone) {
  for (const Beginning& beginning : Beginnings()) {
    const std::string file = FileOf(beginning);
    for (size_t length = 0; length < file.size(); ++length) {
      EXPECT_EQ(Sniffed(file.substr(0, length)), "none")
          << beginning.format << ", " << length << " bytes";
    }
  }
}

TEST(Sniff, EveryOtherByteInEveryPlace) {
  int differ = 0;
  for (const Beginning& beginning : Beginnings()) {
    const std::string file = FileOf(beginning);
    for (size_t at = 0; at < file.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        std::string other = file;
        other[at] = static_cast<char>(value);
        ASSERT_EQ(Sniffed(other), Expected(other))
            << beginning.format << ", byte " << at << " is " << value;
        differ += Expected(other) != beginning.format;
      }
    }
  }
  EXPECT_GT(differ, 1000);
}

TEST(Sniff, WhatStandsAfterSomethingIsNone) {
  for (const Beginning& beginning : Beginnings()) {
    // The formats whose first bytes are free are told behind one, too.
    const std::string file = "\x01" + FileOf(beginning);
    EXPECT_EQ(Sniffed(file), Expected(file)) << beginning.format;
  }
}

TEST(Sniff, TheFirstOfSeveralFormatsIsTaken) {
  constexpr std::string_view kShort[] = {"AB"};
  constexpr std::string_view kLong[] = {"ABC", "?BD"};
  const Format formats[] = {{"long", "", kLong, nullptr},
                            {"short", "", kShort, nullptr}};
  const auto sniffed = [&](std::string_view file) {
    const std::vector<uint8_t> bytes(file.begin(), file.end());
    const Format* const format = Sniff(formats, bytes);
    return format == nullptr ? "none" : format->name;
  };
  EXPECT_STREQ(sniffed("ABC"), "long");
  EXPECT_STREQ(sniffed("ABE"), "short");
  EXPECT_STREQ(sniffed("XBD"), "long");
  EXPECT_STREQ(sniffed("XBE"), "none");
}

}  // namespace
}  // namespace examples::imaging
