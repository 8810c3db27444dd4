// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_FAKE_JAIL_H_
#define CELLBLOCK_TESTS_JAIL_FAKE_JAIL_H_

// A Jail without a jail: the decoder runs in the caller's own process, and what
// stands for a hostile worker changes its output.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/call_failure.h"
#include "jail/call/decoder.h"
#include "jail/call/untrusted.h"
#include "jail/jail.h"

namespace cellblock {

// A call whose output is kept. Threads: one.
class FakeCall : public JailedCall {
 public:
  explicit FakeCall(std::span<const uint8_t> input) : input_(input) {}

  std::span<const uint8_t> input() const override { return input_; }
  std::span<uint8_t> room() override { return room_; }
  void Commit(size_t bytes) override { Write({room_, bytes}); }
  void Write(std::span<const uint8_t> bytes) override {
    output_.insert(output_.end(), bytes.begin(), bytes.end());
  }
  int descriptor() const override { return -1; }

  const std::vector<uint8_t>& output() const { return output_; }

 private:
  std::span<const uint8_t> input_;
  uint8_t room_[64];
  std::vector<uint8_t> output_;
};

class FakeJail : public Jail {
 public:
  using Decode = std::function<DecodeFunction>;
  using Tamper = std::function<void(std::vector<uint8_t>& output)>;

  explicit FakeJail(Decode decode) : decode_(std::move(decode)) {}

  // What is done to the output behind the decoder's back.
  Tamper tamper;
  // In parts of how many bytes it comes.
  size_t part_bytes = 7;
  // What it was called with last.
  std::vector<uint8_t> input;
  CallOptions options;
  int calls = 0;

  absl::StatusOr<UntrustedBytes> Call(std::span<const uint8_t> bytes,
                                      const CallOptions& with) override {
    UntrustedBytes output;
    const absl::Status status = CallInto(bytes, &output, with);
    if (!status.ok()) return status;
    return output;
  }

  absl::Status CallInto(std::span<const uint8_t> bytes, UntrustedBytes* output,
                        const CallOptions& with) override {
    output->Clear();
    return CallInPlace(
        bytes.size(),
        [bytes](std::span<uint8_t> to) {
          std::copy(bytes.begin(), bytes.end(), to.begin());
        },
        [output](UntrustedView part) {
          const bool copied = part.CopyTo(0, output->Extend(part.size()));
          return copied ? absl::OkStatus() : absl::InternalError("no copy");
        },
        with);
  }

  absl::Status CallInPlace(size_t input_bytes, const Fill& fill,
                           const Take& take, const CallOptions& with) override {
    ++calls;
    options = with;
    input.assign(input_bytes, 0xaa);
    fill(input);
    FakeCall call(input);
    const absl::Status status = decode_(call);
    if (!status.ok()) {
      CallFailure failure;
      failure.end = CallEnd::kRefused;
      failure.code = static_cast<int>(status.code());
      return ToStatus(failure, std::string(status.message()));
    }
    std::vector<uint8_t> output = call.output();
    if (tamper) tamper(output);
    for (size_t at = 0; at < output.size(); at += part_bytes) {
      const absl::Status taken =
          take({output.data() + at, std::min(part_bytes, output.size() - at)});
      if (!taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  void CallAsync(std::vector<uint8_t> bytes, Done done,
                 const CallOptions& with) override {
    done(Call(bytes, with));
  }
  absl::Status TestLock(uint32_t) override { return absl::OkStatus(); }
  std::vector<JailLayer> posture() const override { return {}; }

 private:
  const Decode decode_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_FAKE_JAIL_H_
