// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_SCALE_H_
#define CELLBLOCK_EXAMPLES_IMAGING_SCALE_H_

// Scales down, in the host: pixels are numbers without a structure, so that
// whatever a worker sends there is nothing in them to be taken in by.

#include <cstdint>

#include "examples/common/image.h"
#include "examples/imaging/image.h"

namespace examples::imaging {

// `size` as large as it fits into `most` x `most`, no larger than it is, and
// with no side 0. `most` is not 0.
ImageSize FitInto(ImageSize size, uint32_t most);

// Each pixel is the mean of the area that it covers, colours weighted with
// alpha; exact, and rounded to the nearest. The mean is of the values as they
// stand (sRGB), as most thumbnails are. No side of `to` is 0 or longer than
// that of `image`.
Image ScaleDown(const ImageView& image, ImageSize to);

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_SCALE_H_
