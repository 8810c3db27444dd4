// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/imaging/imaging.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "examples/imaging/formats.h"
#include "examples/imaging/image_receiver.h"
#include "examples/imaging/protocol.h"

namespace examples::imaging {
namespace {

// What this program decodes, by itself or as a worker.
std::vector<Format>& KnownFormats() {
  static std::vector<Format>& known = *new std::vector<Format>(
      BuiltInFormats().begin(), BuiltInFormats().end());
  return known;
}

std::string NamesOf(std::span<const Format> formats) {
  std::string names;
  for (const Format& format : formats) {
    names += names.empty() ? "" : ", ";
    names += format.name;
  }
  return names;
}

const Format* Find(std::span<const Format> formats, std::string_view name) {
  const auto found = std::ranges::find(formats, name, &Format::name);
  return found == formats.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<Format>> Choose(
    const std::vector<std::string>& names) {
  const std::vector<Format>& known = KnownFormats();
  if (names.empty()) return known;
  std::vector<Format> chosen;
  for (const std::string& name : names) {
    const Format* const format = Find(known, name);
    if (format == nullptr) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "DecoderOptions::formats: there is no \"%s\"; there are: %s", name,
          NamesOf(known)));
    }
    chosen.push_back(*format);
  }
  return chosen;
}

class JailedDecoder final : public Decoder {
 public:
  JailedDecoder(DecoderOptions options, std::vector<Format> formats)
      : options_(std::move(options)),
        formats_(std::move(formats)),
        places_(formats_.size()) {}

  absl::StatusOr<Image> Decode(std::span<const uint8_t> file,
                               const cellblock::CallOptions& options) override {
    const Format* const format = Sniff(file);
    if (format == nullptr) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the file begins as none of these: %s", NamesOf(formats_)));
    }
    const absl::StatusOr<cellblock::Jail*> jail = JailOf(*format);
    if (!jail.ok()) return jail.status();
    ImageReceiver receiver(options_.limits);
    const absl::Status status = (*jail)->CallInPlace(
        kNumberBytes + file.size(),
        [&](std::span<uint8_t> input) {
          PutNumber(options_.limits.pixels, input.first<kNumberBytes>());
          std::ranges::copy(file, input.begin() + kNumberBytes);
        },
        [&](cellblock::UntrustedView part) { return receiver.Take(part); },
        options);
    if (!status.ok()) return status;
    absl::StatusOr<Image> image = std::move(receiver).Finish();
    if (image.ok()) image->format = format->name;
    return image;
  }

  const Format* Sniff(std::span<const uint8_t> file) const override {
    return imaging::Sniff(formats_, file);
  }

  std::span<const Format> formats() const override { return formats_; }

  absl::StatusOr<cellblock::Jail*> JailOf(std::string_view name) override {
    const Format* const format = Find(formats_, name);
    if (format != nullptr) return JailOf(*format);
    return absl::NotFoundError(absl::StrFormat(
        "there is no format \"%s\"; there are: %s", name, NamesOf(formats_)));
  }

  absl::StatusOr<cellblock::Jail*> JailOf(const Format& format) {
    Place& place = places_[static_cast<size_t>(&format - formats_.data())];
    const std::lock_guard<std::mutex> lock(place.mutex);
    if (place.jail == nullptr) {
      auto jail = cellblock::Jail::Create(options_.jail, format.name);
      if (!jail.ok()) return jail.status();
      place.jail = *std::move(jail);
    }
    return place.jail.get();
  }

 private:
  struct Place {
    std::mutex mutex;
    std::unique_ptr<cellblock::Jail> jail;
  };

  const DecoderOptions options_;
  const std::vector<Format> formats_;
  std::deque<Place> places_;  // one for each of them
};

}  // namespace

void Init(int argc, char** argv, std::span<const Format> own) {
  std::vector<Format>& known = KnownFormats();
  known.insert(known.begin(), own.begin(), own.end());
  static std::vector<cellblock::Decoder>& decoders =
      *new std::vector<cellblock::Decoder>;
  for (const Format& format : known) {
    decoders.push_back({format.name, format.decode, format.prepare});
  }
  cellblock::jail::Init(argc, argv, decoders);
}

absl::StatusOr<std::unique_ptr<Decoder>> Decoder::Create(
    DecoderOptions options) {
  absl::StatusOr<std::vector<Format>> formats = Choose(options.formats);
  if (!formats.ok()) return formats.status();
  if (options.limits.pixels == 0 || options.limits.pixels > kMostPixels) {
    return absl::InvalidArgumentError(
        absl::StrFormat("DecoderOptions::limits: %u pixels: 1 to %u",
                        options.limits.pixels, kMostPixels));
  }
  options.jail.output_limit =
      kImageHeaderBytes + options.limits.pixels * kPixelBytes + kNumberBytes;
  options.jail.input_bytes += kNumberBytes;
  const Start start = options.start;
  auto decoder =
      std::make_unique<JailedDecoder>(std::move(options), *std::move(formats));
  if (start == Start::kAtOnce) {
    for (const Format& format : decoder->formats()) {
      const absl::StatusOr<cellblock::Jail*> jail = decoder->JailOf(format);
      if (!jail.ok()) return jail.status();
    }
  }
  return decoder;
}

}  // namespace examples::imaging
