// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/hooks/libpng.h"

#include <gtest/gtest.h>
#include <setjmp.h>

#include <cstring>
#include <string_view>

#include "tests/allocator/hooks/hook_checks.h"

namespace cellblock {
namespace {

// What libpng says when it is refused memory, itself or the zlib in it.
constexpr const char* kNoMemory[] = {
    "Out of memory",
    "insufficient memory",
    "IDAT: insufficient memory",
    "IDAT: insufficient memory to read chunk",
};

struct PngError {
  bool of_memory = false;
  const char* text = "";
};

void OnError(png_structp png, png_const_charp message) {
  auto* const error = static_cast<PngError*>(png_get_error_ptr(png));
  *error = {.of_memory = false, .text = "an error that is not of memory"};
  for (const char* text : kNoMemory) {
    if (std::strcmp(text, message) == 0) *error = {true, text};
  }
  png_longjmp(png, 1);
}

void OnWarning(png_structp, png_const_charp) {}

void Read(png_structp png, png_bytep to, size_t bytes) {
  auto* const input =
      static_cast<std::span<const uint8_t>*>(png_get_io_ptr(png));
  if (bytes > input->size()) png_error(png, "the input is too short");
  std::memcpy(to, input->data(), bytes);
  *input = input->subspan(bytes);
}

// Rows of red, green and blue. Leaves by the jump if there is an error.
size_t ReadRows(png_structp png, png_infop info, std::span<uint8_t> output) {
  png_read_info(png, info);
  const size_t row_bytes = png_get_rowbytes(png, info);
  const size_t rows = png_get_image_height(png, info);
  if (row_bytes * rows != output.size()) png_error(png, "the wrong size");
  for (size_t row = 0; row < rows; ++row) {
    png_read_row(png, output.data() + row * row_bytes, nullptr);
  }
  png_read_end(png, nullptr);
  return row_bytes * rows;
}

DecodeResult Decode(const cellblock_allocator* allocator,
                    std::span<const uint8_t> input, std::span<uint8_t> output) {
  PngError error;
  png_structp png =
      cellblock_png_create_read_struct(allocator, &error, OnError, OnWarning);
  if (png == nullptr) {
    return {.how = Decoded::kNoMemory, .bytes = 0, .error = "no struct"};
  }
  png_infop info = png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    return {.how = Decoded::kNoMemory, .bytes = 0, .error = "no info"};
  }
  png_set_read_fn(png, &input, Read);
  DecodeResult result;
  if (setjmp(png_jmpbuf(png)) == 0) {
    result.bytes = ReadRows(png, info, output);
    result.how = Decoded::kDone;
  } else {
    result.how = error.of_memory ? Decoded::kNoMemory : Decoded::kOther;
    result.error = error.text;
  }
  png_destroy_read_struct(&png, &info, nullptr);
  return result;
}

// 96 pixels by 64. The PPM is the pixels behind a short text.
DecoderCase Mandelbrot() {
  constexpr std::string_view kHeader = "P6\n96 64\n255\n";
  Bytes pixels = ReadFile("tests/allocator/hooks/data/mandelbrot.ppm");
  EXPECT_EQ(pixels.size(), kHeader.size() + 96 * 64 * 3);
  pixels.erase(pixels.begin(),
               pixels.begin() + static_cast<ptrdiff_t>(kHeader.size()));
  return {.decode = Decode,
          .input = ReadFile("tests/allocator/hooks/data/mandelbrot.png"),
          .original = pixels,
          .pool_bytes = 256 << 10,
          .buffer_bytes = 256 << 10};
}

TEST(LibpngHookTest, SeedParity_Row30_DecodesFromAPoolWithoutMalloc) {
  ExpectDecodesFromAPool(Mandelbrot());
}

TEST(LibpngHookTest, SeedParity_Row48_EachFailedAllocationIsItsOwnError) {
  ExpectEachFailureIsItsOwnError(Mandelbrot(), 5);
}

TEST(LibpngHookTest, SeedParity_Row48_APoolTooSmallIsItsOwnError) {
  ExpectASmallPoolIsItsOwnError(Mandelbrot());
}

TEST(LibpngHookTest, SeedParity_Row47_DecodesFromABufferOfAnyContent) {
  ExpectDecodesFromABuffer(Mandelbrot());
}

}  // namespace
}  // namespace cellblock
