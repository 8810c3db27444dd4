// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/common/pam.h"

#include <errno.h>

#include <cstdio>

#include "examples/common/files.h"

namespace examples {

absl::Status WritePam(const ImageView& image, const std::string& name) {
  FILE* const file = fopen(PathOf(name).c_str(), "wbe");
  if (file == nullptr) return absl::ErrnoToStatus(errno, name);
  const bool is_written =
      fprintf(file,
              "P7\nWIDTH %u\nHEIGHT %u\nDEPTH 4\nMAXVAL 255\n"
              "TUPLTYPE RGB_ALPHA\nENDHDR\n",
              image.size.width, image.size.height) > 0 &&
      fwrite(image.pixels.data(), 1, image.pixels.size(), file) ==
          image.pixels.size();
  const int error = errno;
  const bool is_closed = fclose(file) == 0;
  if (!is_written) return absl::ErrnoToStatus(error, name);
  if (!is_closed) return absl::ErrnoToStatus(errno, name);
  return absl::OkStatus();
}

}  // namespace examples
