// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A worker binary in C: libpng, for whoever can call libcellblock_jail.so. Of a
// PNG file it makes width and height, four bytes each, the lowest first, and
// then the picture, four bytes a pixel: red, green, blue, alpha.

#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jail/cellblock_jail.h"

enum { kNoPng = 1, kNoMemory = 2, kBroken = 3 };

static void put_number(uint8_t* to, uint32_t number) {
  for (int i = 0; i < 4; ++i) to[i] = (uint8_t)(number >> (8 * i));
}

static int decode(cellblock_call* call) {
  size_t bytes;
  const uint8_t* file = cellblock_call_input(call, &bytes);
  png_image image = {.version = PNG_IMAGE_VERSION};
  if (!png_image_begin_read_from_memory(&image, file, bytes)) {
    cellblock_call_explain(call, image.message);
    return kNoPng;
  }
  image.format = PNG_FORMAT_RGBA;
  uint8_t* pixels = malloc(PNG_IMAGE_SIZE(image));
  if (pixels == NULL) {
    cellblock_call_explain(call, "the picture is too large");
    png_image_free(&image);
    return kNoMemory;
  }
  if (!png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
    cellblock_call_explain(call, image.message);
    free(pixels);
    return kBroken;
  }
  uint8_t size[8];
  put_number(size, image.width);
  put_number(size + 4, image.height);
  cellblock_call_write(call, size, sizeof(size));
  cellblock_call_write(call, pixels, PNG_IMAGE_SIZE(image));
  free(pixels);
  return 0;
}

static const cellblock_decoder kDecoders[] = {{"png", decode, NULL}};

int main(int argc, char** argv) {
  cellblock_jail_init(argc, argv, kDecoders, 1);
  fprintf(stderr, "%s: this is a worker, which a jail starts\n", argv[0]);
  return 1;
}
