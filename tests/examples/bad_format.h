// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_EXAMPLES_BAD_FORMAT_H_
#define CELLBLOCK_TESTS_EXAMPLES_BAD_FORMAT_H_

#include <span>

#include "examples/imaging/format.h"

namespace examples::imaging {

// "bad", whose files are "BAD", any byte, and what the decoder is to do: 'g'ood
// picture of 2 x 1, 'r'efuse, 'v'iolation (socket), 'c'rash, e'x'it, 't'ime,
// 'm'emory of 2^40 bytes, pixels too few ('s') and too many ('l'), 'b'ig size.
std::span<const Format> BadFormats();

}  // namespace examples::imaging

#endif  // CELLBLOCK_TESTS_EXAMPLES_BAD_FORMAT_H_
