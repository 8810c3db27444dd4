// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jpeg2000/jpeg2000_decoder.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "examples/common/destroy.h"
#include "examples/jpeg2000/codestream.h"
#include "examples/jpeg2000/components.h"

namespace examples {
namespace {

constexpr size_t kStreamBuffer = 65536;

// What openjpeg's callbacks share.
struct Work {
  std::span<const uint8_t> file;
  size_t offset = 0;
  std::string error;
};

// The first error is the cause, those after it are what came of it.
void OnError(const char* text, void* user) {
  auto* const work = static_cast<Work*>(user);
  if (!work->error.empty()) return;
  work->error = text;
  while (work->error.ends_with('\n')) work->error.pop_back();
}

void OnMessage(const char*, void*) {}

OPJ_SIZE_T Read(void* to, OPJ_SIZE_T bytes, void* user) {
  auto* const work = static_cast<Work*>(user);
  const size_t part = std::min(bytes, work->file.size() - work->offset);
  if (part == 0) return static_cast<OPJ_SIZE_T>(-1);
  memcpy(to, work->file.data() + work->offset, part);
  work->offset += part;
  return part;
}

OPJ_OFF_T Skip(OPJ_OFF_T bytes, void* user) {
  auto* const work = static_cast<Work*>(user);
  const size_t left = work->file.size() - work->offset;
  if (bytes < 0 || static_cast<uint64_t>(bytes) > left) return -1;
  work->offset += static_cast<size_t>(bytes);
  return bytes;
}

OPJ_BOOL Seek(OPJ_OFF_T offset, void* user) {
  auto* const work = static_cast<Work*>(user);
  if (offset < 0 || static_cast<uint64_t>(offset) > work->file.size()) {
    return OPJ_FALSE;
  }
  work->offset = static_cast<size_t>(offset);
  return OPJ_TRUE;
}

using Codec = std::unique_ptr<opj_codec_t, Destroy<opj_destroy_codec>>;
using Stream = std::unique_ptr<opj_stream_t, Destroy<opj_stream_destroy>>;
using Image = std::unique_ptr<opj_image_t, Destroy<opj_image_destroy>>;

Stream OpenStream(Work* work) {
  Stream stream(opj_stream_create(kStreamBuffer, OPJ_TRUE));
  if (stream == nullptr) return nullptr;
  opj_stream_set_read_function(stream.get(), Read);
  opj_stream_set_skip_function(stream.get(), Skip);
  opj_stream_set_seek_function(stream.get(), Seek);
  opj_stream_set_user_data(stream.get(), work, nullptr);
  opj_stream_set_user_data_length(stream.get(), work->file.size());
  return stream;
}

Codec OpenCodec(const Codestream& codestream, Work* work) {
  Codec codec(opj_create_decompress(codestream.is_boxed ? OPJ_CODEC_JP2
                                                        : OPJ_CODEC_J2K));
  if (codec == nullptr) return nullptr;
  opj_set_error_handler(codec.get(), OnError, work);
  opj_set_warning_handler(codec.get(), OnMessage, nullptr);
  opj_set_info_handler(codec.get(), OnMessage, nullptr);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (opj_setup_decoder(codec.get(), &parameters) == OPJ_FALSE) return nullptr;
  // Whatever OPJ_NUM_THREADS says in the environment.
  opj_codec_set_threads(codec.get(), 0);
  return codec;
}

absl::Status Refused(const Work& work) {
  return absl::InvalidArgumentError(
      work.error.empty() ? "openjpeg cannot decode it" : work.error);
}

absl::Status CheckLimits(const Codestream& codestream) {
  if (codestream.tiles > kMostTiles) {
    return absl::InvalidArgumentError("it has too many tiles");
  }
  if (codestream.components == 0 || codestream.components > kMostComponents) {
    return absl::InvalidArgumentError("it has no or too many components");
  }
  return absl::OkStatus();
}

bool IsOfSize(const opj_image_t& image, const ImageSize& size) {
  return image.x1 - image.x0 == size.width &&
         image.y1 - image.y0 == size.height;
}

}  // namespace

absl::Status DecodeJpeg2000(std::span<const uint8_t> file,
                            const ImageLimits& limits, Sink& sink) {
  const absl::StatusOr<Codestream> codestream = ReadCodestream(file);
  if (!codestream.ok()) return codestream.status();
  const ImageSize size = codestream->size;
  const absl::Status allowed = CheckLimits(*codestream);
  if (!allowed.ok()) return allowed;
  const absl::Status begun = BeginImage(size, limits, sink);
  if (!begun.ok()) return begun;

  Work work = {.file = file, .error = {}};
  const Stream stream = OpenStream(&work);
  const Codec codec = OpenCodec(*codestream, &work);
  if (stream == nullptr || codec == nullptr) {
    return absl::ResourceExhaustedError("openjpeg got no memory");
  }
  opj_image_t* header = nullptr;
  const bool is_read =
      opj_read_header(stream.get(), codec.get(), &header) == OPJ_TRUE;
  const Image image(header);
  if (!is_read || image == nullptr) return Refused(work);
  if (!IsOfSize(*image, size)) {
    return absl::InvalidArgumentError("it has two different sizes");
  }
  if (opj_decode(codec.get(), stream.get(), image.get()) == OPJ_FALSE ||
      opj_end_decompress(codec.get(), stream.get()) == OPJ_FALSE ||
      !IsOfSize(*image, size)) {
    return Refused(work);
  }
  const absl::StatusOr<Components> components = Components::Of(*image);
  if (!components.ok()) return components.status();
  ImageRows rows(size, sink);
  for (uint32_t y = 0; y < size.height; ++y) {
    components->PutRow(y, rows.Next());
    rows.Done();
  }
  return absl::OkStatus();
}

}  // namespace examples
