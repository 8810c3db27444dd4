// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_HEIF_AV1_PLUGIN_H_
#define CELLBLOCK_EXAMPLES_HEIF_AV1_PLUGIN_H_

// A decoder of AV1 for libheif, on libdav1d like one of libheif's own. That one
// asks for the CPUs and starts threads, which a jail forbids, and takes any
// size that the stream has. This one does none of that.

#include <libheif/heif_plugin.h>

namespace examples {

// For heif_register_decoder_plugin. libheif prefers it to its own. It decodes
// under a StreamLimit only.
extern const heif_decoder_plugin kAv1Plugin;

// What libdav1d does once: it looks at the CPU, and makes tables. It has done
// so also where there is no memory for a decoder yet, which is no error: there
// are files without AV1.
void PrepareAv1();

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_HEIF_AV1_PLUGIN_H_
