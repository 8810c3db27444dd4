// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_PAGE_H_
#define CELLBLOCK_EXAMPLES_SERVICE_PAGE_H_

#include <string_view>

namespace examples::service {

// page.html, page.js and page.css, as they were when this was built.
std::string_view Page();
std::string_view PageScript();
std::string_view PageStyle();

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_PAGE_H_
