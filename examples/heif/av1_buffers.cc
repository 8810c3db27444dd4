// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/av1_buffers.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace examples {
namespace {

// Four layers, each before it is widened and after, and one with its grain, are
// nine. A film has more.
constexpr int kMostMade = 16;

// What libdav1d wants of a picture.
constexpr size_t kBlock = 128;
constexpr size_t kAlignment = DAV1D_PICTURE_ALIGNMENT;

constexpr size_t RoundUp(size_t size, size_t to) {
  return (size + to - 1) / to * to;
}

// Rows that are whole KiB apart get in each other's way in a CPU's caches.
size_t StrideOf(size_t row_bytes) {
  const size_t stride = RoundUp(row_bytes, kAlignment);
  return stride % 1024 == 0 ? stride + kAlignment : stride;
}

}  // namespace

int Av1Buffers::Allocate(Dav1dPicture* picture, void* buffers) {
  auto* const self = static_cast<Av1Buffers*>(buffers);
  if (++self->made_ > kMostMade) return DAV1D_ERR(E2BIG);
  const Dav1dPictureParameters& form = picture->p;
  const size_t sample = form.bpc > 8 ? 2 : 1;
  const size_t width = RoundUp(static_cast<size_t>(form.w), kBlock);
  const size_t height = RoundUp(static_cast<size_t>(form.h), kBlock);
  const bool is_grey = form.layout == DAV1D_PIXEL_LAYOUT_I400;
  const size_t chroma_width =
      form.layout == DAV1D_PIXEL_LAYOUT_I444 ? width : width / 2;
  const size_t chroma_height =
      form.layout == DAV1D_PIXEL_LAYOUT_I420 ? height / 2 : height;
  const size_t stride = StrideOf(width * sample);
  const size_t chroma_stride = is_grey ? 0 : StrideOf(chroma_width * sample);
  const size_t luma = stride * height;
  const size_t chroma = chroma_stride * chroma_height;
  // Aligned within the block, and padded behind.
  void* const block =
      self->memory_.Allocate(kAlignment + luma + 2 * chroma + kAlignment);
  if (block == nullptr) return DAV1D_ERR(ENOMEM);
  const auto address = reinterpret_cast<uintptr_t>(block);
  auto* const first =
      static_cast<uint8_t*>(block) + (RoundUp(address, kAlignment) - address);
  picture->allocator_data = block;
  picture->stride[0] = static_cast<ptrdiff_t>(stride);
  picture->stride[1] = static_cast<ptrdiff_t>(chroma_stride);
  picture->data[0] = first;
  picture->data[1] = is_grey ? nullptr : first + luma;
  picture->data[2] = is_grey ? nullptr : first + luma + chroma;
  return 0;
}

void Av1Buffers::Release(Dav1dPicture* picture, void* buffers) {
  static_cast<Av1Buffers*>(buffers)->memory_.Free(picture->allocator_data);
}

Dav1dPicAllocator Av1Buffers::allocator() { return {this, Allocate, Release}; }

}  // namespace examples
