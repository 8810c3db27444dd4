// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/png/png_decoder.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "examples/common/pool_memory.h"

namespace examples {
namespace {

// The most that libpng may have at once. Its rows need less; a chunk can say
// that it is longer, at which libpng only warns.
constexpr png_alloc_size_t kMostAtOnce = 16 << 20;

// What libpng's callbacks share.
struct Work {
  std::span<const uint8_t> left;
  PoolMemory memory;
  char error[128] = "";
  bool is_exhausted = false;
};

void Read(png_structp png, png_bytep to, size_t bytes) {
  auto* const work = static_cast<Work*>(png_get_io_ptr(png));
  if (bytes > work->left.size()) png_error(png, "the file ends too early");
  memcpy(to, work->left.data(), bytes);
  work->left = work->left.subspan(bytes);
}

[[noreturn]] void OnError(png_structp png, png_const_charp text) {
  auto* const work = static_cast<Work*>(png_get_error_ptr(png));
  strncpy(work->error, text, sizeof(work->error) - 1);
  png_longjmp(png, 1);
}

void OnWarning(png_structp, png_const_charp) {}

png_voidp Allocate(png_structp png, png_alloc_size_t bytes) {
  auto* const work = static_cast<Work*>(png_get_mem_ptr(png));
  void* const block =
      bytes > kMostAtOnce ? nullptr : work->memory.Allocate(bytes);
  if (block == nullptr) work->is_exhausted = true;
  return block;
}

void Free(png_structp png, png_voidp block) {
  static_cast<Work*>(png_get_mem_ptr(png))->memory.Free(block);
}

// libpng's state, which its errors jump over.
struct Png {
  explicit Png(Work* work)
      : png(png_create_read_struct_2(PNG_LIBPNG_VER_STRING, work, OnError,
                                     OnWarning, work, Allocate, Free)),
        info(png != nullptr ? png_create_info_struct(png) : nullptr) {}
  ~Png() { png_destroy_read_struct(&png, &info, nullptr); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;

  png_structp png;
  png_infop info;
};

// Whatever the file has, four bytes a pixel.
void AskForRgba(const Png& p) {
  png_set_expand(p.png);
  png_set_scale_16(p.png);
  png_set_gray_to_rgb(p.png);
  png_set_add_alpha(p.png, 0xff, PNG_FILLER_AFTER);
}

// Errors of libpng come back here. So nothing with a destructor is made in it.
bool ReadHeader(const Png& p, Work* work, ImageSize* size) {
  if (setjmp(png_jmpbuf(p.png)) != 0) return false;
  png_set_read_fn(p.png, work, Read);
  // Of chunks that change no pixel here, each unpacks to 8 MB, and there can be
  // hundreds. -1: all but those that libpng has to know, and tRNS.
  png_set_keep_unknown_chunks(p.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(p.png, p.info);
  *size = {png_get_image_width(p.png, p.info),
           png_get_image_height(p.png, p.info)};
  return true;
}

bool ReadRows(const Png& p, ImageSize size, ImageRows* rows) {
  if (setjmp(png_jmpbuf(p.png)) != 0) return false;
  AskForRgba(p);
  png_read_update_info(p.png, p.info);
  for (uint32_t y = 0; y < size.height; ++y) {
    png_read_row(p.png, rows->Next(), nullptr);
    rows->Done();
  }
  png_read_end(p.png, nullptr);
  return true;
}

// Every pass goes over all rows, so they are kept until the last.
bool ReadInterlaced(const Png& p, std::vector<uint8_t*>* rows) {
  if (setjmp(png_jmpbuf(p.png)) != 0) return false;
  AskForRgba(p);
  png_set_interlace_handling(p.png);
  png_read_update_info(p.png, p.info);
  png_read_image(p.png, rows->data());
  png_read_end(p.png, nullptr);
  return true;
}

absl::Status StatusOf(const Work& work) {
  if (work.is_exhausted) {
    return absl::ResourceExhaustedError("libpng got no memory");
  }
  return absl::InvalidArgumentError(work.error);
}

}  // namespace

absl::Status DecodePng(std::span<const uint8_t> file, const ImageLimits& limits,
                       Sink& sink) {
  Work work = {.left = file, .memory = {}};
  const Png p(&work);
  if (p.info == nullptr) {
    return absl::ResourceExhaustedError("libpng got no memory");
  }
  ImageSize size;
  if (!ReadHeader(p, &work, &size)) return StatusOf(work);
  const absl::Status begun = BeginImage(size, limits, sink);
  if (!begun.ok()) return begun;
  ImageRows out(size, sink);
  if (png_get_interlace_type(p.png, p.info) == PNG_INTERLACE_NONE) {
    return ReadRows(p, size, &out) ? absl::OkStatus() : StatusOf(work);
  }
  std::vector<uint8_t> pixels(out.row_bytes() * size.height);
  std::vector<uint8_t*> rows(size.height);
  for (uint32_t y = 0; y < size.height; ++y) {
    rows[y] = pixels.data() + y * out.row_bytes();
  }
  if (!ReadInterlaced(p, &rows)) return StatusOf(work);
  sink.Write(pixels);
  return absl::OkStatus();
}

}  // namespace examples
