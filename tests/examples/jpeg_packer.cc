// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// jpeglib.h needs FILE and size_t before it.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>
// clang-format on

#include <cstdlib>

#include "tests/examples/image_packers.h"

namespace examples {
namespace {

// Of the first component.
constexpr jpeg_scan_info kTwoScans[] = {
    {.comps_in_scan = 1,
     .component_index = {0},
     .Ss = 0,
     .Se = 0,
     .Ah = 0,
     .Al = 0},
    {.comps_in_scan = 1,
     .component_index = {0},
     .Ss = 1,
     .Se = 63,
     .Ah = 0,
     .Al = 0},
};

}  // namespace

// Errors of libjpeg end the process, as its own handler has it.
Bytes PackJpeg(const Picture& picture, const JpegOptions& options) {
  jpeg_compress_struct cinfo = {};
  jpeg_error_mgr error = {};
  cinfo.err = jpeg_std_error(&error);
  jpeg_create_compress(&cinfo);
  unsigned char* packed = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&cinfo, &packed, &size);
  cinfo.image_width = picture.width;
  cinfo.image_height = picture.height;
  cinfo.input_components = 4;
  cinfo.in_color_space = options.is_cmyk ? JCS_CMYK : JCS_EXT_RGBX;
  jpeg_set_defaults(&cinfo);
  if (options.is_gray) jpeg_set_colorspace(&cinfo, JCS_GRAYSCALE);
  if (options.is_cmyk) jpeg_set_colorspace(&cinfo, JCS_YCCK);
  if (options.is_progressive) jpeg_simple_progression(&cinfo);
  if (options.has_two_scans) {
    cinfo.scan_info = kTwoScans;
    cinfo.num_scans = 2;
  }
  cinfo.arith_code = options.is_arithmetic ? TRUE : FALSE;
  cinfo.restart_in_rows = static_cast<int>(options.restart_rows);
  jpeg_start_compress(&cinfo, TRUE);
  for (size_t y = 0; y < picture.height; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(&picture.rgba[4 * picture.width * y]);
    jpeg_write_scanlines(&cinfo, &row, 1);
  }
  jpeg_finish_compress(&cinfo);
  Bytes file(packed, packed + size);
  jpeg_destroy_compress(&cinfo);
  free(packed);
  return file;
}

}  // namespace examples
