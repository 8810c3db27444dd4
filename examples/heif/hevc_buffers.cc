// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/hevc_buffers.h"

#include <cstddef>
#include <cstring>

#include "examples/heif/stream_limit.h"

namespace examples {
namespace {

constexpr int kPlanes = 3;
constexpr size_t kPadding = 16;  // libde265 reads a little beyond the end

struct Plane {
  int width;
  int height;
};

Plane PlaneOf(const de265_image_spec& spec, int plane) {
  if (plane == 0) return {spec.width, spec.height};
  switch (spec.format) {
    case de265_image_format_mono8:
      return {0, 0};
    case de265_image_format_YUV420P8:
      return {spec.width / 2, spec.height / 2};
    case de265_image_format_YUV422P8:
      return {spec.width / 2, spec.height};
    default:
      return {spec.width, spec.height};
  }
}

int StrideOf(const Plane& plane, int alignment) {
  return (plane.width + alignment - 1) / alignment * alignment;
}

// Samples are of one byte or of two.
int SampleBytes(const de265_image* image, int plane) {
  return de265_get_bits_per_pixel(image, plane) > 8 ? 2 : 1;
}

// A stream's pictures are padded to whole blocks of at most this many samples
// each way; the padding is cropped.
constexpr int kLargestBlock = 64;

bool IsPadding(int samples) { return samples >= 0 && samples < kLargestBlock; }

bool IsTooLarge(const de265_image_spec& spec) {
  return spec.visible_width <= 0 || spec.visible_height <= 0 ||
         static_cast<uint64_t>(spec.visible_width) *
                 static_cast<uint64_t>(spec.visible_height) >
             StreamLimit::Pixels();
}

}  // namespace

// Cleared, for of a broken stream libde265 leaves parts as they were. It asks
// here only for pictures that it will not filter by SAO; so it is told of that
// filter when it has asked. There is one picture (PushData).
int HevcBuffers::Get(de265_decoder_context* context, de265_image_spec* spec,
                     de265_image* image, void* buffers) {
  auto* const self = static_cast<HevcBuffers*>(buffers);
  if (!IsPadding(spec->width - spec->visible_width) ||
      !IsPadding(spec->height - spec->visible_height)) {
    self->refusal_ = Refusal::kBadlyCropped;
    return 0;
  }
  if (IsTooLarge(*spec)) {
    self->refusal_ = Refusal::kTooLarge;
    return 0;
  }
  de265_set_parameter_bool(context, DE265_DECODER_PARAM_DISABLE_SAO, 0);
  for (int plane = 0; plane < kPlanes; ++plane) {
    de265_set_image_plane(image, plane, nullptr, 0, nullptr);
  }
  for (int plane = 0; plane < kPlanes; ++plane) {
    const Plane size = PlaneOf(*spec, plane);
    if (size.width == 0) break;
    const int stride = StrideOf(size, spec->alignment);
    const size_t bytes = static_cast<size_t>(stride) *
                             static_cast<size_t>(size.height) *
                             static_cast<size_t>(SampleBytes(image, plane)) +
                         kPadding;
    void* const block = self->memory_.Allocate(bytes);
    if (block == nullptr) {
      Release(context, image, buffers);
      return 0;
    }
    memset(block, 0, bytes);
    de265_set_image_plane(image, plane, block, stride, block);
  }
  return 1;
}

void HevcBuffers::Release(de265_decoder_context*, de265_image* image,
                          void* buffers) {
  for (int plane = 0; plane < kPlanes; ++plane) {
    static_cast<HevcBuffers*>(buffers)->memory_.Free(
        de265_get_image_plane_user_data(image, plane));
    de265_set_image_plane(image, plane, nullptr, 0, nullptr);
  }
}

void HevcBuffers::Serve(de265_decoder_context* context) {
  de265_image_allocation functions = {Get, Release};
  de265_set_image_allocation_functions(context, &functions, this);
  de265_set_parameter_bool(context, DE265_DECODER_PARAM_DISABLE_SAO, 1);
}

}  // namespace examples
