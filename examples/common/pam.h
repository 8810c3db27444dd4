// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_PAM_H_
#define CELLBLOCK_EXAMPLES_COMMON_PAM_H_

#include <string>

#include "absl/status/status.h"
#include "examples/common/image.h"

namespace examples {

// Writes netpbm's PAM to PathOf(name), of which the host needs no library: a
// few words, and the pixels as they are. Errors: those of the file.
absl::Status WritePam(const ImageView& image, const std::string& name);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_PAM_H_
