// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_EXAMPLES_HEIF_FILES_H_
#define CELLBLOCK_TESTS_EXAMPLES_HEIF_FILES_H_

// HEIF files for the tests of their decoder, made with libheif.

#include <libheif/heif.h>

#include "tests/examples/decoding.h"

namespace examples {

struct HeifForm {
  heif_compression_format format = heif_compression_HEVC;
  bool has_alpha = false;
  int bits = 8;  // or 12; of 10 Debian's libheif makes no AV1
  const char* chroma = "444";
};

// Without loss, but for what `chroma` and the conversion to YCbCr lose.
Bytes EncodeHeif(const Picture& picture, const HeifForm& form);

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_HEIF_FILES_H_
