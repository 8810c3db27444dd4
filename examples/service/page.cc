// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/page.h"

namespace examples::service {
namespace {

constexpr std::string_view kPage =
#include "examples/service/page.html.inc"
    ;
constexpr std::string_view kScript =
#include "examples/service/page.js.inc"
    ;
constexpr std::string_view kStyle =
#include "examples/service/page.css.inc"
    ;

}  // namespace

std::string_view Page() { return kPage; }
std::string_view PageScript() { return kScript; }
std::string_view PageStyle() { return kStyle; }

}  // namespace examples::service
