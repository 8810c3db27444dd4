// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/heif/stream_limit.h"

namespace examples {
namespace {

thread_local uint64_t pixels_allowed = 0;

}  // namespace

StreamLimit::StreamLimit(uint64_t pixels) { pixels_allowed = pixels; }
StreamLimit::~StreamLimit() { pixels_allowed = 0; }

uint64_t StreamLimit::Pixels() { return pixels_allowed; }

}  // namespace examples
