// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/gif/gif_decoder.h"

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace examples {
namespace {

int Read(GifFileType* gif, GifByteType* to, int bytes) {
  auto* const left = static_cast<std::span<const uint8_t>*>(gif->UserData);
  const size_t part = std::min(static_cast<size_t>(bytes), left->size());
  if (part != 0) memcpy(to, left->data(), part);
  *left = left->subspan(part);
  return static_cast<int>(part);
}

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, CloseGif>;

absl::Status StatusOf(int error) {
  if (error == D_GIF_ERR_NOT_ENOUGH_MEM) {
    return absl::ResourceExhaustedError("giflib got no memory");
  }
  const char* const text = GifErrorString(error);
  return absl::InvalidArgumentError(text != nullptr ? text : "it is broken");
}

// Reads up to the pixels of the first frame. *transparent: the number of the
// transparent colour, -1: there is none.
absl::Status FindFrame(GifFileType* gif, int* transparent) {
  *transparent = NO_TRANSPARENT_COLOR;
  for (;;) {
    GifRecordType type;
    if (DGifGetRecordType(gif, &type) == GIF_ERROR) return StatusOf(gif->Error);
    if (type == IMAGE_DESC_RECORD_TYPE) break;
    if (type == TERMINATE_RECORD_TYPE) {
      return absl::InvalidArgumentError("there is no frame");
    }
    int code = 0;
    GifByteType* block = nullptr;
    int read = DGifGetExtension(gif, &code, &block);
    while (read != GIF_ERROR && block != nullptr) {
      GraphicsControlBlock control;
      // A block is its length, and so many bytes.
      if (code == GRAPHICS_EXT_FUNC_CODE &&
          DGifExtensionToGCB(block[0], block + 1, &control) != GIF_ERROR) {
        *transparent = control.TransparentColor;
      }
      read = DGifGetExtensionNext(gif, &block);
    }
    if (read == GIF_ERROR) return StatusOf(gif->Error);
  }
  return DGifGetImageHeader(gif) == GIF_ERROR ? StatusOf(gif->Error)
                                              : absl::OkStatus();
}

// What a frame's pixels stand for.
struct Colours {
  const ColorMapObject* map;
  int transparent;

  // False iff there is no such colour.
  bool Put(std::span<const uint8_t> pixels, uint8_t* to) const {
    for (const uint8_t pixel : pixels) {
      if (pixel == transparent) {
        memset(to, 0, kPixelBytes);
      } else if (pixel < map->ColorCount) {
        const GifColorType& colour = map->Colors[pixel];
        to[0] = colour.Red;
        to[1] = colour.Green;
        to[2] = colour.Blue;
        to[3] = 255;
      } else {
        return false;
      }
      to += kPixelBytes;
    }
    return true;
  }
};

// The rows of a frame, from the top.
class FrameRows {
 public:
  explicit FrameRows(GifFileType* gif)
      : gif_(gif), width_(static_cast<size_t>(gif->Image.Width)) {}

  // Interlaced rows come in four passes, so all are read before the first.
  absl::Status Begin() {
    const auto height = static_cast<size_t>(gif_->Image.Height);
    is_whole_ = gif_->Image.Interlace;
    pixels_.resize(width_ * (is_whole_ ? height : 1));
    if (!is_whole_) return absl::OkStatus();
    constexpr struct {
      size_t first, step;
    } kPasses[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    for (const auto& pass : kPasses) {
      for (size_t y = pass.first; y < height; y += pass.step) {
        const absl::Status read = Read(y);
        if (!read.ok()) return read;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Next(std::span<const uint8_t>* row) {
    const absl::Status read = is_whole_ ? absl::OkStatus() : Read(0);
    *row = {pixels_.data() + (is_whole_ ? next_++ : 0) * width_, width_};
    return read;
  }

 private:
  absl::Status Read(size_t y) {
    return DGifGetLine(gif_, pixels_.data() + y * width_,
                       static_cast<int>(width_)) == GIF_ERROR
               ? StatusOf(gif_->Error)
               : absl::OkStatus();
  }

  GifFileType* const gif_;
  const size_t width_;
  std::vector<uint8_t> pixels_;
  bool is_whole_ = false;
  size_t next_ = 0;
};

bool IsInside(const GifImageDesc& frame, const ImageSize& canvas) {
  return frame.Width > 0 && frame.Height > 0 && frame.Left >= 0 &&
         frame.Top >= 0 &&
         int64_t{frame.Left} + frame.Width <= int64_t{canvas.width} &&
         int64_t{frame.Top} + frame.Height <= int64_t{canvas.height};
}

absl::Status PutRows(const GifImageDesc& frame, const Colours& colours,
                     const ImageSize& canvas, FrameRows* rows, Sink& sink) {
  ImageRows out(canvas, sink);
  for (int y = 0; y < static_cast<int>(canvas.height); ++y) {
    uint8_t* const to = out.Next();
    memset(to, 0, out.row_bytes());
    if (y >= frame.Top && y < frame.Top + frame.Height) {
      std::span<const uint8_t> row;
      const absl::Status read = rows->Next(&row);
      if (!read.ok()) return read;
      if (!colours.Put(row, to + frame.Left * kPixelBytes)) {
        return absl::InvalidArgumentError(
            "a pixel's colour is not in the colour table");
      }
    }
    out.Done();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeGif(std::span<const uint8_t> file, const ImageLimits& limits,
                       Sink& sink) {
  std::span<const uint8_t> left = file;
  int error = 0;
  const Gif gif(DGifOpen(&left, Read, &error));
  if (gif == nullptr) return StatusOf(error);
  const ImageSize canvas = {static_cast<uint32_t>(gif->SWidth),
                            static_cast<uint32_t>(gif->SHeight)};
  const absl::Status begun = BeginImage(canvas, limits, sink);
  if (!begun.ok()) return begun;
  Colours colours = {.map = nullptr, .transparent = NO_TRANSPARENT_COLOR};
  const absl::Status found = FindFrame(gif.get(), &colours.transparent);
  if (!found.ok()) return found;
  const GifImageDesc& frame = gif->Image;
  if (!IsInside(frame, canvas)) {
    return absl::InvalidArgumentError("the frame is not inside the canvas");
  }
  colours.map = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (colours.map == nullptr) {
    return absl::InvalidArgumentError("there is no colour table");
  }
  FrameRows rows(gif.get());
  const absl::Status read = rows.Begin();
  if (!read.ok()) return read;
  return PutRows(frame, colours, canvas, &rows, sink);
}

}  // namespace examples
