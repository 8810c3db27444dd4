// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/formats.h"

#include <string_view>

#include "examples/gif/gif_decoder.h"
#include "examples/heif/heif_decoder.h"
#include "examples/jpeg/jpeg_decoder.h"
#include "examples/jpeg2000/jpeg2000_decoder.h"
#include "examples/png/png_decoder.h"
#include "examples/tiff/tiff_decoder.h"
#include "examples/webp/webp_decoder.h"

namespace examples::imaging {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPng[] = {"\x89PNG\r\n\x1a\n"sv};
constexpr std::string_view kJpeg[] = {"\xff\xd8\xff"sv};
constexpr std::string_view kWebp[] = {"RIFF????WEBP"sv};
constexpr std::string_view kGif[] = {"GIF87a"sv, "GIF89a"sv};
// Of 32 and of 64 bits, in both orders of bytes.
constexpr std::string_view kTiff[] = {"II*\0"sv, "MM\0*"sv, "II+\0"sv,
                                      "MM\0+"sv};
// A file, and the bare codestream.
constexpr std::string_view kJpeg2000[] = {"\0\0\0\x0cjP  \r\n\x87\n"sv,
                                          "\xff\x4f\xff\x51"sv};
// The length of the first box, then its type and what brand the file is of.
constexpr std::string_view kHeif[] = {
    "????ftypheic"sv, "????ftypheix"sv, "????ftypheim"sv,
    "????ftypheis"sv, "????ftypmif1"sv, "????ftypavif"sv,
};

constexpr Format kFormats[] = {
    {"png", "image/png", kPng, InJail<DecodePng>},
    {"jpeg", "image/jpeg", kJpeg, InJail<DecodeJpeg>},
    {"webp", "image/webp", kWebp, InJail<DecodeWebp>},
    {"gif", "image/gif", kGif, InJail<DecodeGif>},
    {"tiff", "image/tiff", kTiff, InJail<DecodeTiff>},
    {"jpeg2000", "image/jp2", kJpeg2000, InJail<DecodeJpeg2000>},
    {"heif", "image/heif", kHeif, InJail<DecodeHeif>, PrepareHeif},
};

}  // namespace

std::span<const Format> BuiltInFormats() { return kFormats; }

}  // namespace examples::imaging
