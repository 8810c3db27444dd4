// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <openjpeg.h>

#include <algorithm>
#include <cstring>

#include "tests/examples/check.h"
#include "tests/examples/image_packers.h"

namespace examples {
namespace {

struct Written {
  Bytes bytes;
  size_t offset = 0;
};

OPJ_SIZE_T Write(void* from, OPJ_SIZE_T count, void* user) {
  auto* const file = static_cast<Written*>(user);
  if (file->offset + count > file->bytes.size()) {
    file->bytes.resize(file->offset + count);
  }
  memcpy(file->bytes.data() + file->offset, from, count);
  file->offset += count;
  return count;
}

OPJ_OFF_T Skip(OPJ_OFF_T count, void* user) {
  auto* const file = static_cast<Written*>(user);
  file->offset += static_cast<size_t>(count);
  file->bytes.resize(std::max(file->bytes.size(), file->offset));
  return count;
}

OPJ_BOOL Seek(OPJ_OFF_T offset, void* user) {
  static_cast<Written*>(user)->offset = static_cast<size_t>(offset);
  return OPJ_TRUE;
}

opj_image_t* ToImage(const Picture& picture) {
  opj_image_cmptparm_t components[4] = {};
  for (opj_image_cmptparm_t& component : components) {
    component.dx = component.dy = 1;
    component.w = picture.width;
    component.h = picture.height;
    component.prec = 8;
  }
  opj_image_t* const image = opj_image_create(4, components, OPJ_CLRSPC_SRGB);
  Check(image != nullptr, "openjpeg");
  image->x1 = picture.width;
  image->y1 = picture.height;
  image->comps[3].alpha = 1;
  const size_t pixels = size_t{picture.width} * picture.height;
  for (size_t c = 0; c < 4; ++c) {
    for (size_t i = 0; i < pixels; ++i) {
      image->comps[c].data[i] = picture.rgba[4 * i + c];
    }
  }
  return image;
}

}  // namespace

Bytes PackJpeg2000(const Picture& picture, const Jpeg2000Options& options) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.numresolution = 3;
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.tcp_rates[0] = options.is_lossy ? 10 : 0;
  parameters.irreversible = options.is_lossy ? 1 : 0;
  parameters.tcp_mct = 1;
  if (options.is_tiled) {
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = parameters.cp_tdy = 16;
  }
  opj_image_t* const image = ToImage(picture);
  opj_codec_t* const codec =
      opj_create_compress(options.is_bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
  Written file;
  opj_stream_t* const stream = opj_stream_default_create(OPJ_FALSE);
  opj_stream_set_user_data(stream, &file, nullptr);
  opj_stream_set_write_function(stream, Write);
  opj_stream_set_skip_function(stream, Skip);
  opj_stream_set_seek_function(stream, Seek);
  Check(opj_setup_encoder(codec, &parameters, image) == OPJ_TRUE &&
            opj_start_compress(codec, image, stream) == OPJ_TRUE &&
            opj_encode(codec, stream) == OPJ_TRUE &&
            opj_end_compress(codec, stream) == OPJ_TRUE,
        "openjpeg");
  opj_stream_destroy(stream);
  opj_destroy_codec(codec);
  opj_image_destroy(image);
  return file.bytes;
}

}  // namespace examples
