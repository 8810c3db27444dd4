// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_HEVC_PLUGIN_H_
#define CELLBLOCK_EXAMPLES_HEIF_HEVC_PLUGIN_H_

// A decoder of HEVC for libheif, on libde265 like libheif's own. That one
// starts a thread for each picture, which a jail forbids, takes any size that
// the stream has, and passes broken pictures on. This one does none of that.

#include <libheif/heif_plugin.h>

namespace examples {

// For heif_register_decoder_plugin. libheif prefers it to its own. It decodes
// under a StreamLimit only.
extern const heif_decoder_plugin kHevcPlugin;

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_HEVC_PLUGIN_H_
