// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_FORMATS_H_
#define CELLBLOCK_EXAMPLES_IMAGING_FORMATS_H_

#include <span>

#include "examples/imaging/format.h"

namespace examples::imaging {

// The formats that the examples have decoders for.
std::span<const Format> BuiltInFormats();

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_FORMATS_H_
