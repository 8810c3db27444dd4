// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/formats.h"

#include <string_view>

#include "examples/png/png_decoder.h"

namespace examples::imaging {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPng[] = {"\x89PNG\r\n\x1a\n"sv};

constexpr Format kFormats[] = {
    {"png", "image/png", kPng, InJail<DecodePng>},
};

}  // namespace

std::span<const Format> BuiltInFormats() { return kFormats; }

}  // namespace examples::imaging
