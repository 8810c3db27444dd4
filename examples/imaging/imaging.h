// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_IMAGING_IMAGING_H_
#define CELLBLOCK_EXAMPLES_IMAGING_IMAGING_H_

// Files of strangers in, pictures out: the format is told by the first bytes,
// and decoded in a jail, to RGBA, within limits.
//
//   int main(int argc, char** argv) {
//     examples::imaging::Init(argc, argv);  // first
//     auto decoder = examples::imaging::Decoder::Create(
//         {.limits = {.pixels = 20'000'000}});
//     if (!decoder.ok()) ...
//     auto image = (*decoder)->Decode(file);  // StatusOr<Image>
//     if (!image.ok()) ...  // cellblock::FailureOf(status): how it ended
//     Show(image->view());
//   }
//
// All decoders are in one program, which is its own worker: each of its workers
// loads the libraries of all, and runs one. Measured beside workers that have
// one decoder (2 CPUs, busy; PNG and JPEG of 60 x 40): Create takes 10 ms and
// not 6; a call by Freshness::kForkPerCall 0.25 ms and not 0.22, and of calls
// without a pause between them 0.6 ms and not 0.5; by kNewProcess, which loads
// the libraries for each call, 12 ms and not 4. So one program is the default,
// and for kNewProcess, or for less code in the worker, one format can have a
// Decoder of its own with JailOptions::worker_binary: png_worker.cc.
//
// Not like this: to believe a file's name, or the media type that came with it.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/common/image.h"
#include "examples/imaging/format.h"
#include "examples/imaging/image.h"
#include "jail/jail.h"

namespace examples::imaging {

// As cellblock::jail::Init, for the built-in formats and `own`, which come
// first and outlive the process. The first line of main. Threads: one, before
// there are others.
void Init(int argc, char** argv, std::span<const Format> own = {});

// When a format's jail is made: with its first file, which then takes longer
// than its deadline says, or by Create.
enum class Start : uint8_t { kWhenNeeded, kAtOnce };

// The most that DecoderOptions::limits may allow: 16 GiB.
inline constexpr uint64_t kMostPixels = uint64_t{1} << 32;

struct DecoderOptions {
  ImageLimits limits = {};
  // Those that are decoded, by name; empty: all.
  std::vector<std::string> formats = {};
  Start start = Start::kWhenNeeded;
  // Of each format's jail, so that `workers` is of each too. Its output_limit
  // is not looked at: it follows from `limits`.
  cellblock::JailOptions jail = {.pool_bytes = uint64_t{512} << 20};
};

// Lifecycle: as Jail; one for each format, made once.
// Errors: Decode: INVALID_ARGUMENT without a CallFailure iff the file begins as
//   none of the formats; RESOURCE_EXHAUSTED without one iff the host has no
//   memory for the picture; as Jail::Create iff the format's jail cannot be
//   made (the next call tries again); else as Jail::CallInPlace, with a
//   CallFailure. A picture of more pixels than `limits` is CallEnd::kRefused,
//   with CallFailure::code RESOURCE_EXHAUSTED; a worker that sends something
//   else than it said, CallEnd::kLied.
// Ownership: files are borrowed for the call; images are the caller's.
// Threads: any number may call at once.
// Syscalls: those of Jail.
class Decoder {
 public:
  // Errors: INVALID_ARGUMENT names the option; with Start::kAtOnce, as
  // Jail::Create.
  static absl::StatusOr<std::unique_ptr<Decoder>> Create(
      DecoderOptions options = {});

  virtual ~Decoder() = default;

  virtual absl::StatusOr<Image> Decode(
      std::span<const uint8_t> file,
      const cellblock::CallOptions& options = {}) = 0;

  // What Decode would take it for; null: for none of its formats.
  virtual const Format* Sniff(std::span<const uint8_t> file) const = 0;

  virtual std::span<const Format> formats() const = 0;

  // Of the format of that name, made if there is none yet; as long as this.
  // For its posture and TestLock. Errors: NOT_FOUND; as Jail::Create.
  virtual absl::StatusOr<cellblock::Jail*> JailOf(std::string_view format) = 0;
};

}  // namespace examples::imaging

#endif  // CELLBLOCK_EXAMPLES_IMAGING_IMAGING_H_
