// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/tiff/tiff_decoder.h"

#include <tiffio.h>

#include <algorithm>
#include <bit>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "examples/common/straight_alpha.h"
#include "examples/tiff/upright.h"

namespace examples {
namespace {

// libtiff has a pixel in 32 bits, red lowest.
static_assert(std::endian::native == std::endian::little);

// What libtiff can need at once for one pixel: four samples of two bytes.
constexpr uint64_t kMostBytesPerPixel = 8;
constexpr uint64_t kMostBytesBesides = 1 << 20;

// What libtiff's callbacks share.
struct Work {
  std::span<const uint8_t> file;
  uint64_t offset = 0;
  char error[1024] = "";
};

// The first error is the cause, those after it are what came of it.
int OnError(TIFF*, void* user, const char*, const char* format, va_list args) {
  auto* const work = static_cast<Work*>(user);
  if (work->error[0] == '\0') {
    vsnprintf(work->error, sizeof(work->error), format, args);
  }
  return 1;  // and no handler of the process is told
}

int OnWarning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

tmsize_t Read(thandle_t user, void* to, tmsize_t bytes) {
  auto* const work = static_cast<Work*>(user);
  const uint64_t size = work->file.size();
  const uint64_t start = std::min(work->offset, size);
  const uint64_t part = std::min(static_cast<uint64_t>(bytes), size - start);
  if (part != 0) memcpy(to, work->file.data() + start, part);
  work->offset = start + part;
  return static_cast<tmsize_t>(part);
}

tmsize_t Write(thandle_t, void*, tmsize_t) { return -1; }

toff_t Seek(thandle_t user, toff_t offset, int whence) {
  auto* const work = static_cast<Work*>(user);
  if (whence == SEEK_CUR) offset += work->offset;
  if (whence == SEEK_END) offset += work->file.size();
  work->offset = offset;
  return offset;
}

int Close(thandle_t) { return 0; }

toff_t Size(thandle_t user) { return static_cast<Work*>(user)->file.size(); }

// libtiff then reads it where it lies.
int Map(thandle_t user, void** base, toff_t* size) {
  const std::span<const uint8_t> file = static_cast<Work*>(user)->file;
  *base = const_cast<uint8_t*>(file.data());
  *size = file.size();
  return 1;
}

void Unmap(thandle_t, void*, toff_t) {}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, CloseTiff>;

Tiff Open(Work* work, const ImageLimits& limits) {
  TIFFOpenOptions* const options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return nullptr;
  TIFFOpenOptionsSetErrorHandlerExtR(options, OnError, work);
  TIFFOpenOptionsSetWarningHandlerExtR(options, OnWarning, work);
  const uint64_t pixels = std::min<uint64_t>(limits.pixels, UINT32_MAX);
  TIFFOpenOptionsSetMaxSingleMemAlloc(
      options,
      static_cast<tmsize_t>(pixels * kMostBytesPerPixel + kMostBytesBesides));
  Tiff tiff(TIFFClientOpenExt("", "r", work, Read, Write, Seek, Close, Size,
                              Map, Unmap, options));
  TIFFOpenOptionsFree(options);
  return tiff;
}

// Whether the colours are multiplied with alpha, once libtiff reads them as
// they are: those that are not, it would multiply itself, and lose what cannot
// be brought back. So it is told that they already are.
bool IsMultiplied(TIFF* tiff) {
  uint16_t count = 0;
  uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  if (count == 0) return false;
  if (kinds[0] != EXTRASAMPLE_UNASSALPHA) {
    return kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  }
  std::vector<uint16_t> told(kinds, kinds + count);
  told[0] = EXTRASAMPLE_ASSOCALPHA;
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, count, told.data());
  return false;
}

// The rows that libtiff decompresses at once.
uint32_t RowsOfBand(TIFF* tiff, uint32_t height) {
  uint32_t rows = 0;
  TIFFGetFieldDefaulted(
      tiff, TIFFIsTiled(tiff) != 0 ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP,
      &rows);
  return rows == 0 ? height : std::min(rows, height);
}

// libtiff's state of reading as RGBA.
struct Rgba {
  explicit Rgba(TIFF* tiff) {
    is_begun = TIFFRGBAImageBegin(&image, tiff, /*stop=*/1, error) != 0;
    // No turning: the rows come as they are stored.
    image.orientation = ORIENTATION_TOPLEFT;
    image.req_orientation = ORIENTATION_TOPLEFT;
  }
  ~Rgba() {
    if (is_begun) TIFFRGBAImageEnd(&image);
  }
  Rgba(const Rgba&) = delete;
  Rgba& operator=(const Rgba&) = delete;

  TIFFRGBAImage image = {};
  char error[1024] = "";
  bool is_begun = false;
};

absl::Status Refused(const Work& work, const char* otherwise) {
  return absl::InvalidArgumentError(work.error[0] != '\0' ? work.error
                                                          : otherwise);
}

std::span<uint8_t> AsBytes(std::span<uint32_t> pixels) {
  return {reinterpret_cast<uint8_t*>(pixels.data()), pixels.size_bytes()};
}

}  // namespace

absl::Status DecodeTiff(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink) {
  Work work = {.file = file};
  const Tiff tiff = Open(&work, limits);
  if (tiff == nullptr) return Refused(work, "libtiff got no memory");
  ImageSize stored;
  uint16_t orientation = ORIENTATION_TOPLEFT;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &stored.width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &stored.height);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  const bool is_upright = orientation == ORIENTATION_TOPLEFT;
  const ImageSize size = UprightSize(stored, orientation);
  const absl::Status begun = BeginImage(size, limits, sink);
  if (!begun.ok()) return begun;

  const bool is_multiplied = IsMultiplied(tiff.get());
  Rgba rgba(tiff.get());
  if (!rgba.is_begun) return Refused(work, rgba.error);
  const uint32_t band =
      is_upright ? RowsOfBand(tiff.get(), size.height) : stored.height;
  std::vector<uint32_t> pixels(size_t{stored.width} * band);
  for (uint32_t y = 0; y < stored.height; y += band) {
    const uint32_t rows = std::min(band, stored.height - y);
    const std::span<uint32_t> part(pixels.data(), size_t{stored.width} * rows);
    rgba.image.row_offset = static_cast<int>(y);
    if (TIFFRGBAImageGet(&rgba.image, part.data(), stored.width, rows) == 0) {
      return Refused(work, "a strip cannot be decoded");
    }
    if (is_multiplied) MakeAlphaStraight(AsBytes(part));
    if (is_upright) sink.Write(AsBytes(part));
  }
  if (!is_upright) {
    pixels = Upright(pixels, stored, orientation);
    sink.Write(AsBytes(pixels));
  }
  return absl::OkStatus();
}

}  // namespace examples
