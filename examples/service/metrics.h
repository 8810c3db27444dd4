// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_METRICS_H_
#define CELLBLOCK_EXAMPLES_SERVICE_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "examples/service/protocol.h"

namespace examples::service {

// What the service counts.
//
// Units: as the names say. Threads: any; the figures are not read as one.
// Syscalls: none but those of memory.
class Metrics {
 public:
  explicit Metrics(uint64_t worker_pool_bytes)
      : worker_pool_bytes_(worker_pool_bytes) {}

  void CountRequest(int status);
  void CountDecode(const LaneReply& reply);

  // Now.
  std::atomic<int64_t> connections = 0;
  std::atomic<int64_t> begun = 0;      // requests without an answer yet
  std::atomic<int64_t> queued = 0;     // decodes that wait for a lane
  std::atomic<int64_t> in_flight = 0;  // decodes in a lane
  // Ever.
  std::atomic<uint64_t> refused_connections = 0;

  // The text of Prometheus, version 0.0.4.
  std::string ToText() const;

 private:
  // Upper bounds of the histogram, in microseconds; there is one more above.
  static constexpr std::array<uint64_t, 12> kBounds = {
      1'000,   2'500,   5'000,     10'000,    25'000,    50'000,
      100'000, 250'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

  const uint64_t worker_pool_bytes_;
  // By the first digit of the status; 0 is for those that got no answer.
  std::array<std::atomic<uint64_t>, 6> requests_ = {};
  std::array<std::atomic<uint64_t>, kVerdicts> decodes_ = {};
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> latencies_ = {};
  std::atomic<uint64_t> micros_ = 0;
  std::atomic<uint64_t> retries_ = 0;
  std::atomic<uint64_t> worker_peak_bytes_ = 0;
  std::atomic<uint64_t> worker_short_by_bytes_ = 0;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_METRICS_H_
