// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_PLUGIN_H_
#define CELLBLOCK_EXAMPLES_HEIF_PLUGIN_H_

// What the decoders for libheif share: its plugin interface, what they say, and
// how a decoded picture becomes one of libheif's.

#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include <cstddef>
#include <cstdint>

namespace examples {

inline constexpr int kPluginApi = 3;
inline constexpr int kPluginPriority = 200;  // libheif's own have 150 at most

inline constexpr heif_error kPluginOk = {heif_error_Ok,
                                         heif_suberror_Unspecified, "Success"};

// The words are constants.
constexpr heif_error PluginBroken(const char* why) {
  return {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, why};
}
constexpr heif_error PluginNoMemory(const char* why) {
  return {heif_error_Memory_allocation_error, heif_suberror_Unspecified, why};
}
// libheif counts its limits to memory too.
constexpr heif_error PluginTooLarge() {
  return {heif_error_Memory_allocation_error,
          heif_suberror_Security_limit_exceeded,
          "the stream has more pixels than the limit"};
}

// Borrows: one decoded picture, as its decoder has it.
struct StreamPicture {
  static constexpr int kPlanes = 3;
  struct Plane {
    const void* samples =
        nullptr;           // of a byte, or of two if of more than 8 bits
    ptrdiff_t stride = 0;  // bytes
    int width = 0;
    int height = 0;
    int bits = 0;
  };
  struct Colours {  // as in ISO/IEC 23091-2
    int primaries = 0;
    int transfer = 0;
    int matrix = 0;
    bool is_full_range = false;
  };

  heif_chroma chroma = heif_chroma_undefined;  // monochrome, 420, 422 or 444
  Plane planes[kPlanes];                       // monochrome: the first only
  Colours colours;
};

// Makes a copy of it, for decode_image of a plugin. Null iff it fails.
heif_error ToHeifImage(const StreamPicture& picture, heif_image** out);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_PLUGIN_H_
