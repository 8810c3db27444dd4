// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Finds out by trying what a decoder in a jail needs for a file: the smallest
// pool and the smallest stack with which it is decoded, how much comes out, how
// long it takes, and what it says with less pool. WORKER is a program that
// calls jail::Init, as every jailed example does.
//
//   bazel run //examples/sizing -- WORKER DECODER FILE...

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "examples/common/files.h"
#include "jail/jail.h"

namespace {

using cellblock::JailOptions;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr uint64_t kStep = uint64_t{64} << 10;
constexpr int kCalls = 20;

struct Subject {
  std::string worker;
  std::string decoder;
  std::vector<uint8_t> file;
};

// Everything as large as can be of use.
JailOptions Large(const Subject& subject) {
  return {.pool_bytes = uint64_t{1} << 30,
          .stack_bytes = uint64_t{8} << 20,
          .deadline = std::chrono::minutes(1),
          .input_bytes = std::max<uint64_t>(subject.file.size(), 1),
          .output_limit = uint64_t{4} << 30,
          .worker_binary = subject.worker};
}

absl::Status Try(const Subject& subject, const JailOptions& options) {
  const auto jail = cellblock::Jail::Create(options, subject.decoder);
  if (!jail.ok()) return jail.status();
  return (*jail)->Call(subject.file).status();
}

bool Passes(const Subject& subject, const JailOptions& options) {
  return Try(subject, options).ok();
}

std::string Complaint(const Subject& subject, const JailOptions& options) {
  return std::string(Try(subject, options).message());
}

// The smallest multiple of kStep that passes, up to `most`, which does. A
// decoder that passes with less passes with more.
uint64_t Smallest(uint64_t most, const std::function<bool(uint64_t)>& passes) {
  uint64_t low = 0;
  uint64_t high = most / kStep;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (passes(middle * kStep) ? high : low) = middle;
  }
  return high * kStep;
}

// The longest of a few calls, and what comes out of one.
absl::StatusOr<microseconds> Longest(const Subject& subject,
                                     const JailOptions& options,
                                     uint64_t* output_bytes) {
  const auto jail = cellblock::Jail::Create(options, subject.decoder);
  if (!jail.ok()) return jail.status();
  microseconds longest{0};
  for (int i = 0; i < kCalls; ++i) {
    const auto begin = steady_clock::now();
    const auto output = (*jail)->Call(subject.file);
    if (!output.ok()) return output.status();
    *output_bytes = output->size();
    longest = std::max(longest, std::chrono::duration_cast<microseconds>(
                                    steady_clock::now() - begin));
  }
  return longest;
}

absl::StatusOr<std::string> Measure(const Subject& subject) {
  const JailOptions large = Large(subject);
  uint64_t output_bytes = 0;
  const auto longest = Longest(subject, large, &output_bytes);
  if (!longest.ok()) return longest.status();
  const uint64_t pool = Smallest(large.pool_bytes, [&](uint64_t bytes) {
    JailOptions options = large;
    options.pool_bytes = bytes;
    return Passes(subject, options);
  });
  const uint64_t stack = Smallest(large.stack_bytes, [&](uint64_t bytes) {
    JailOptions options = large;
    options.stack_bytes = bytes;
    return Passes(subject, options);
  });
  JailOptions less = large;
  less.pool_bytes = pool - kStep;
  const auto number = [](auto value) { return std::to_string(value); };
  return "pool " + number(pool >> 10) + " KiB, stack " + number(stack >> 10) +
         " KiB, output " + number(output_bytes) + " bytes, longest of " +
         number(kCalls) + " calls " + number(longest->count()) +
         " us\n  with " + number(less.pool_bytes >> 10) +
         " KiB: " + Complaint(subject, less);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: %s WORKER DECODER FILE...\n", argv[0]);
    return 2;
  }
  const std::string worker = examples::PathOf(argv[1]);
  int code = 0;
  for (int i = 3; i < argc; ++i) {
    const auto found = examples::DecodeFile(
        argv[i],
        [&](std::span<const uint8_t> file) -> absl::StatusOr<std::string> {
          return Measure({worker, argv[2], {file.begin(), file.end()}});
        });
    printf("%s: %s\n", argv[i],
           found.ok() ? found->c_str()
                      : std::string(found.status().message()).c_str());
    if (!found.ok()) code = 1;
  }
  return code;
}
