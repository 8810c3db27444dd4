// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jpeg/jpeg_decoder.h"

// Each needs those before it.
// clang-format off
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <csetjmp>

namespace examples {
namespace {

// What libjpeg can need for one pixel: two bytes for each of four components,
// which it keeps where a file has several scans. The rest is for its tables.
constexpr uint64_t kMostBytesPerPixel = 8;
constexpr uint64_t kMostBytesBesides = 16 << 20;

// What libjpeg's callbacks share. Each finds it at cinfo->client_data.
struct Work {
  jmp_buf jump;
  char error[JMSG_LENGTH_MAX] = "";
  bool is_exhausted = false;
};

Work* WorkOf(j_common_ptr cinfo) {
  return static_cast<Work*>(cinfo->client_data);
}

[[noreturn]] void OnError(j_common_ptr cinfo) {
  Work* const work = WorkOf(cinfo);
  cinfo->err->format_message(cinfo, work->error);
  work->is_exhausted = cinfo->err->msg_code == JERR_OUT_OF_MEMORY ||
                       cinfo->err->msg_code == JERR_NO_BACKING_STORE;
  longjmp(work->jump, 1);
}

// The warnings after which libjpeg makes pixels up.
bool IsDamage(int warning) {
  switch (warning) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

void OnMessage(j_common_ptr cinfo, int level) {
  if (level < 0 && IsDamage(cinfo->err->msg_code)) OnError(cinfo);
}

void Show(j_common_ptr) {}

void OnProgress(j_common_ptr cinfo) {
  const auto* const jpeg = reinterpret_cast<j_decompress_ptr>(cinfo);
  if (jpeg->input_scan_number <= kMostJpegScans) return;
  Work* const work = WorkOf(cinfo);
  snprintf(work->error, sizeof(work->error), "it has more than %d scans",
           kMostJpegScans);
  longjmp(work->jump, 1);
}

void Nothing(j_decompress_ptr) {}

// All of the file is there from the start: who asks for more is at its end.
boolean OnEnd(j_decompress_ptr cinfo) {
  Work* const work = WorkOf(reinterpret_cast<j_common_ptr>(cinfo));
  snprintf(work->error, sizeof(work->error), "the file ends too early");
  longjmp(work->jump, 1);
}

void Skip(j_decompress_ptr cinfo, long bytes) {
  if (bytes <= 0) return;
  if (static_cast<size_t>(bytes) > cinfo->src->bytes_in_buffer) OnEnd(cinfo);
  cinfo->src->next_input_byte += bytes;
  cinfo->src->bytes_in_buffer -= static_cast<size_t>(bytes);
}

// libjpeg's state, which its errors jump over.
struct Jpeg {
  explicit Jpeg(std::span<const uint8_t> file) {
    jpeg_std_error(&error);
    error.error_exit = OnError;
    error.emit_message = OnMessage;
    error.output_message = Show;
    progress.progress_monitor = OnProgress;
    source.next_input_byte = file.data();
    source.bytes_in_buffer = file.size();
    source.init_source = Nothing;
    source.fill_input_buffer = OnEnd;
    source.skip_input_data = Skip;
    source.resync_to_restart = jpeg_resync_to_restart;
    source.term_source = Nothing;
    cinfo.err = &error;
    cinfo.client_data = &work;
  }
  ~Jpeg() { jpeg_destroy_decompress(&cinfo); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  Work work;
  jpeg_error_mgr error = {};
  jpeg_progress_mgr progress = {};
  jpeg_source_mgr source = {};
  jpeg_decompress_struct cinfo = {};
};

// Errors of libjpeg come back here. So nothing with a destructor is made in it.
bool ReadHeader(Jpeg* jpeg, uint64_t most_pixels, ImageSize* size) {
  j_decompress_ptr cinfo = &jpeg->cinfo;
  if (setjmp(jpeg->work.jump) != 0) return false;
  jpeg_create_decompress(cinfo);
  cinfo->progress = &jpeg->progress;
  cinfo->src = &jpeg->source;
  // It keeps no temporary files, so that more than this is an error.
  cinfo->mem->max_memory_to_use =
      static_cast<long>(most_pixels * kMostBytesPerPixel + kMostBytesBesides);
  jpeg_read_header(cinfo, TRUE);
  *size = {cinfo->image_width, cinfo->image_height};
  return true;
}

bool IsCmyk(const Jpeg& jpeg) {
  return jpeg.cinfo.jpeg_color_space == JCS_CMYK ||
         jpeg.cinfo.jpeg_color_space == JCS_YCCK;
}

// In place. Adobe's files, and so nearly all, have the inks the other way.
void CmykToRgba(uint8_t* row, uint32_t width, bool is_inverted) {
  const unsigned flip = is_inverted ? 0 : 255;
  for (uint8_t* pixel = row; pixel != row + size_t{width} * kPixelBytes;
       pixel += kPixelBytes) {
    const unsigned black = pixel[3] ^ flip;
    for (int i = 0; i < 3; ++i) {
      pixel[i] = static_cast<uint8_t>(((pixel[i] ^ flip) * black + 127) / 255);
    }
    pixel[3] = 255;
  }
}

bool ReadRows(Jpeg* jpeg, ImageRows* rows) {
  j_decompress_ptr cinfo = &jpeg->cinfo;
  if (setjmp(jpeg->work.jump) != 0) return false;
  cinfo->out_color_space = IsCmyk(*jpeg) ? JCS_CMYK : JCS_EXT_RGBA;
  jpeg_start_decompress(cinfo);
  while (cinfo->output_scanline < cinfo->output_height) {
    JSAMPROW row = rows->Next();
    if (jpeg_read_scanlines(cinfo, &row, 1) != 1) OnEnd(cinfo);
    if (IsCmyk(*jpeg)) {
      CmykToRgba(row, cinfo->output_width, cinfo->saw_Adobe_marker != 0);
    }
    rows->Done();
  }
  jpeg_finish_decompress(cinfo);
  return true;
}

absl::Status StatusOf(const Work& work) {
  if (work.is_exhausted) {
    return absl::ResourceExhaustedError("libjpeg got no memory");
  }
  return absl::InvalidArgumentError(work.error);
}

}  // namespace

absl::Status DecodeJpeg(std::span<const uint8_t> file,
                        const ImageLimits& limits, Sink& sink) {
  Jpeg jpeg(file);
  ImageSize size;
  if (!ReadHeader(&jpeg, std::min<uint64_t>(limits.pixels, UINT32_MAX),
                  &size)) {
    return StatusOf(jpeg.work);
  }
  const absl::Status begun = BeginImage(size, limits, sink);
  if (!begun.ok()) return begun;
  ImageRows rows(size, sink);
  return ReadRows(&jpeg, &rows) ? absl::OkStatus() : StatusOf(jpeg.work);
}

}  // namespace examples
