// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_EXPAT_EXPAT_DECODER_H_
#define CELLBLOCK_EXAMPLES_EXPAT_EXPAT_DECODER_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "examples/common/sink.h"

namespace examples {

struct XmlLimits {
  uint64_t output_bytes = 256'000'000;
  uint32_t depth = 256;  // of elements in each other
  // What entities may make of the document: so many times its bytes, once that
  // is more than `amplified_bytes`. Expat's own protection against "a billion
  // laughs", with its own figures.
  float amplification = 100;
  uint64_t amplified_bytes = 8 << 20;
};

// Reads a document with expat and writes what is in it, a line for each thing,
// in UTF-8 (the notation is called PYX):
// clang-format off
//
//   (NAME          an element begins
//   ANAME VALUE    an attribute of it
//   -TEXT          text; line feeds, tabs and backslashes: \n, \t and \\ here
//   ?TARGET DATA   a processing instruction
//   )NAME          the element ends
//
// clang-format on
// Entities of the document are put in; none outside of it is looked for.
// Nothing of a jail is in it.
// Errors: INVALID_ARGUMENT, in expat's words, with the line; RESOURCE_EXHAUSTED
// iff something of `limits` is not kept, or expat got no memory.
absl::Status DecodeXml(std::span<const uint8_t> file, const XmlLimits& limits,
                       Sink& sink);

// Draws what salts expat's hash tables, for this process and its copies: by
// getrandom(2), at the first DecodeXml iff not before. What locks itself calls
// it before.
// Errors: UNAVAILABLE iff the kernel gives nothing.
absl::Status PrepareXml();

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_EXPAT_EXPAT_DECODER_H_
