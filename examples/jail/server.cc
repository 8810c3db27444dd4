// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A service that answers each request in a process of its own, four of them at
// a time at the most, and logs the verdict of each on standard error. A request
// is a line of standard input: the name of a file, to be unpacked.
//
//   ls *.gz | bazel run //examples/jail:server

#include <chrono>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "examples/common/files.h"
#include "examples/jail/gzip.h"
#include "jail/jail.h"

absl::Status Inflate(cellblock::JailedCall& call) {
  return Gunzip(call.input(), [&](auto part) { call.Write(part); });
}
constexpr cellblock::Decoder kDecoders[] = {{"inflate", Inflate}};

// One line at a time, from whichever thread.
class Lines {
 public:
  void Log(const cellblock::CallRecord& record) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::cerr << "worker " << record.worker << ": " << Name(record.end) << ", "
              << record.input_bytes << " bytes in, " << record.output_bytes
              << " out\n";
  }
  void Answer(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::cout << line << std::endl;
  }

 private:
  std::mutex mutex_;
};

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, kDecoders);
  Lines lines;
  auto jail = cellblock::Jail::Create(
      {.pool_bytes = 1 << 20,
       .freshness = cellblock::Freshness::kForkPerCall,
       .workers = 4,
       .deadline = std::chrono::seconds(5),
       .input_bytes = kMostInputBytes,
       .output_limit = 4 << 20,
       .log = [&lines](const auto& record) { lines.Log(record); }},
      "inflate");
  if (!jail.ok()) return Fail(jail.status());

  constexpr int kMostWaiting = 64;
  std::counting_semaphore<kMostWaiting> places(kMostWaiting);
  std::string name;
  while (std::getline(std::cin, name)) {
    absl::StatusOr<std::vector<uint8_t>> file =
        examples::ReadFile(name.c_str(), kMostInputBytes);
    if (!file.ok()) {
      lines.Answer(name + ": " + std::string(file.status().message()));
      continue;
    }
    places.acquire();
    (*jail)->CallAsync(*std::move(file), [&lines, &places, name](auto output) {
      lines.Answer(output.ok()
                       ? name + ": " + std::to_string(output->size()) + " bytes"
                       : name + ": " + std::string(output.status().message()));
      places.release();
    });
  }
  // Until the last is answered.
  for (int i = 0; i < kMostWaiting; ++i) places.acquire();
}
