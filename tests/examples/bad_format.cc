// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/bad_format.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace examples::imaging {
namespace {

absl::Status DecodeBad(std::span<const uint8_t> file, const ImageLimits& limits,
                       Sink& sink) {
  const uint8_t pixels[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto picture = [&](uint32_t width) {
    const absl::Status begun = BeginImage({width, 1}, limits, sink);
    if (begun.ok()) sink.Write(pixels);
    return begun;
  };
  switch (file.size() > 4 ? file[4] : 0) {
    case 'g':
      return picture(2);
    case 'r':
      return absl::DataLossError("bad to the bone");
    case 'v':
      syscall(SYS_socket);
      return picture(2);
    case 'c':
      raise(SIGSEGV);
      abort();
    case 'x':
      _exit(3);
    case 't':
      for (std::atomic<int> turns = 0;; ++turns) {
      }
    case 'm': {
      void* const block = malloc(size_t{1} << 40);
      if (block == nullptr) return absl::ResourceExhaustedError("no memory");
      free(block);
      return picture(2);
    }
    case 's':
      return picture(3);  // and gives two
    case 'l': {
      const absl::Status begun = picture(2);
      sink.Write(pixels);
      return begun;
    }
    case 'b': {
      const uint8_t size[kImageHeaderBytes] = {0xff, 0xff, 0xff, 0xff,
                                               0xff, 0xff, 0xff, 0xff};
      sink.Write(size);
      return absl::OkStatus();
    }
    default:
      return absl::InvalidArgumentError("unknown");
  }
}

constexpr std::string_view kBadMagics[] = {"BAD?"};
constexpr Format kOwn[] = {
    {"bad", "image/x-bad", kBadMagics, InJail<DecodeBad>}};

}  // namespace

std::span<const Format> BadFormats() { return kOwn; }

}  // namespace examples::imaging
