// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <tiffio.h>

#include <algorithm>
#include <cstring>

#include "tests/examples/check.h"
#include "tests/examples/image_packers.h"

namespace examples {
namespace {

constexpr uint32_t kTileSide = 32;

// A file in memory.
struct Written {
  Bytes bytes;
  uint64_t offset = 0;
};

tmsize_t Read(thandle_t user, void* to, tmsize_t count) {
  auto* const file = static_cast<Written*>(user);
  const uint64_t begin = std::min<uint64_t>(file->offset, file->bytes.size());
  const uint64_t part = std::min<uint64_t>(static_cast<uint64_t>(count),
                                           file->bytes.size() - begin);
  memcpy(to, file->bytes.data() + begin, part);
  file->offset = begin + part;
  return static_cast<tmsize_t>(part);
}

tmsize_t Write(thandle_t user, void* from, tmsize_t count) {
  auto* const file = static_cast<Written*>(user);
  const uint64_t end = file->offset + static_cast<uint64_t>(count);
  if (end > file->bytes.size()) file->bytes.resize(end);
  memcpy(file->bytes.data() + file->offset, from, static_cast<size_t>(count));
  file->offset = end;
  return count;
}

toff_t Seek(thandle_t user, toff_t offset, int whence) {
  auto* const file = static_cast<Written*>(user);
  if (whence == SEEK_CUR) offset += file->offset;
  if (whence == SEEK_END) offset += file->bytes.size();
  file->offset = offset;
  return offset;
}

int Close(thandle_t) { return 0; }

toff_t Size(thandle_t user) {
  return static_cast<Written*>(user)->bytes.size();
}

void SetTags(TIFF* tiff, const Picture& picture, const TiffOptions& options) {
  const int samples = options.is_palette ? 1 : 4;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, picture.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, picture.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, options.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, options.orientation);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
               options.is_planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (options.is_palette) {
    uint16_t colors[3][256];
    for (int i = 0; i < 256; ++i) {
      for (int c = 0; c < 3; ++c) {
        colors[c][i] = static_cast<uint16_t>(i * (c + 1) * 257);
      }
    }
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_PALETTE);
    TIFFSetField(tiff, TIFFTAG_COLORMAP, colors[0], colors[1], colors[2]);
  } else {
    const uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
  }
  if (options.is_tiled) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTileSide);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTileSide);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 8);
  }
}

// One sample of each pixel of a row, or all four.
Bytes RowOf(const Picture& picture, uint32_t y, int samples, int plane) {
  const uint8_t* const row = &picture.rgba[size_t{4} * picture.width * y];
  if (samples == 4) return {row, row + size_t{4} * picture.width};
  Bytes one(picture.width);
  for (size_t x = 0; x < picture.width; ++x) {
    one[x] = row[4 * x + static_cast<size_t>(plane)];
  }
  return one;
}

// Tiles of pixels that are all alike in one: what matters is their number.
void WriteTiles(TIFF* tiff) {
  const uint32_t tiles = TIFFNumberOfTiles(tiff);
  for (uint32_t i = 0; i < tiles; ++i) {
    Bytes tile(static_cast<size_t>(TIFFTileSize(tiff)),
               static_cast<uint8_t>(40 * i));
    Check(TIFFWriteEncodedTile(tiff, i, tile.data(),
                               static_cast<tmsize_t>(tile.size())) >= 0,
          "libtiff");
  }
}

}  // namespace

Bytes PackTiff(const Picture& picture, const TiffOptions& options) {
  Written file;
  TIFF* const tiff = TIFFClientOpen("", "w", &file, Read, Write, Seek, Close,
                                    Size, nullptr, nullptr);
  Check(tiff != nullptr, "libtiff");
  SetTags(tiff, picture, options);
  if (options.is_tiled) {
    WriteTiles(tiff);
  } else {
    const bool is_one = options.is_palette || options.is_planar;
    for (int plane = 0; plane < (options.is_planar ? 4 : 1); ++plane) {
      for (uint32_t y = 0; y < picture.height; ++y) {
        Bytes row = RowOf(picture, y, is_one ? 1 : 4, plane);
        Check(TIFFWriteScanline(tiff, row.data(), y,
                                static_cast<uint16_t>(plane)) == 1,
              "libtiff");
      }
    }
  }
  TIFFClose(tiff);
  return file.bytes;
}

}  // namespace examples
