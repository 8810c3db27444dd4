// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/verified_call.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace cellblock {
namespace {

constexpr const char kPayloadUrl[] = "cellblock.dev/disagreement";
// One number after the other, as this machine has them.
using Payload = std::array<uint64_t, 5>;
constexpr uint64_t kMagic = 0x3153454552474144;  // "DAGREES1"

// What a second jail gives, held against what it has to give.
class Comparison {
 public:
  explicit Comparison(std::span<const uint8_t> expected)
      : expected_(expected) {}

  // False from the first part on that is another.
  bool Take(UntrustedView part) {
    for (size_t at = 0; at < part.size() && !differs_;) {
      const size_t left = expected_.size() - matching_;
      const size_t bytes = std::min({part.size() - at, left, copy_.size()});
      if (bytes == 0 || !part.CopyTo(at, {copy_.data(), bytes})) {
        differs_ = true;
        break;
      }
      const auto begin = expected_.begin() + static_cast<ptrdiff_t>(matching_);
      const auto same =
          std::mismatch(copy_.begin(), copy_.begin() + bytes, begin);
      matching_ += static_cast<size_t>(same.first - copy_.begin());
      differs_ = same.first != copy_.begin() + bytes;
      at += bytes;
    }
    given_ += part.size();
    return !differs_;
  }

  bool differs() const { return differs_; }
  bool complete() const { return !differs_ && matching_ == expected_.size(); }

  Disagreement disagreement(Verification verification) const {
    return {verification, matching_, expected_.size(), given_};
  }

 private:
  std::span<const uint8_t> expected_;
  size_t matching_ = 0;
  uint64_t given_ = 0;
  bool differs_ = false;
  std::array<uint8_t, 4096> copy_;
};

// The same failure, and whose it is.
absl::Status Of(const char* which, const absl::Status& status) {
  absl::Status named(status.code(),
                     std::string(which) + ": " + std::string(status.message()));
  status.ForEachPayload(
      [&named](absl::string_view url, const absl::Cord& payload) {
        named.SetPayload(url, payload);
      });
  return named;
}

absl::Status ToStatus(const Disagreement& found) {
  const bool round_trip = found.verification == Verification::kRoundTrip;
  std::string text = round_trip
                         ? "the second jail does not turn the first one's "
                           "output back into the input"
                         : "the second jail does not make the first one's "
                           "output of the input";
  const bool ends =
      found.given <= found.offset && found.offset < found.expected;
  const bool goes_on = found.offset == found.expected;
  text += ends ? ": it ends" : goes_on ? ": it goes on" : ": it differs";
  text += " at byte " + std::to_string(found.offset) + " of ";
  text += std::to_string(found.expected) +
          "; use neither: one of the two decoders is wrong or was taken over";
  absl::Status status(absl::StatusCode::kDataLoss, text);
  const Payload payload = {kMagic, static_cast<uint64_t>(found.verification),
                           found.offset, found.expected, found.given};
  status.SetPayload(
      kPayloadUrl,
      absl::Cord(std::string(reinterpret_cast<const char*>(payload.data()),
                             sizeof(payload))));
  return status;
}

}  // namespace

std::optional<Disagreement> DisagreementOf(const absl::Status& status) {
  const absl::optional<absl::Cord> cord = status.GetPayload(kPayloadUrl);
  if (!cord.has_value() || cord->size() != sizeof(Payload)) return {};
  Payload payload;
  memcpy(payload.data(), std::string(*cord).data(), sizeof(payload));
  const auto [magic, verification, offset, expected, given] = payload;
  if (magic != kMagic ||
      verification > static_cast<uint64_t>(Verification::kSameOutput)) {
    return {};
  }
  return Disagreement{static_cast<Verification>(verification), offset, expected,
                      given};
}

absl::StatusOr<UntrustedBytes> VerifiedCall(
    Jail& first, Jail& second, std::span<const uint8_t> input,
    const VerifiedCallOptions& options) {
  if (&first == &second) {
    return absl::InvalidArgumentError(
        "the second jail is the first one, and would bear itself out; make "
        "two");
  }
  absl::StatusOr<UntrustedBytes> output = first.Call(input, options.first);
  if (!output.ok()) return Of("the first jail", output.status());
  const std::span<const uint8_t> first_output = output->UnsafeUnvalidated();
  const bool round_trip = options.verification == Verification::kRoundTrip;
  const std::span<const uint8_t> second_input =
      round_trip ? first_output : input;
  Comparison comparison(round_trip ? input : first_output);
  const absl::Status status = second.CallInPlace(
      second_input.size(),
      [second_input](std::span<uint8_t> to) {
        std::copy(second_input.begin(), second_input.end(), to.begin());
      },
      [&comparison](UntrustedView part) {
        return comparison.Take(part) ? absl::OkStatus()
                                     : absl::DataLossError("it disagrees");
      },
      options.second);
  if (!comparison.differs() && !status.ok()) {
    return Of("the second jail", status);
  }
  if (!comparison.complete()) {
    return ToStatus(comparison.disagreement(options.verification));
  }
  return output;
}

}  // namespace cellblock
