// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/front_bounds.h"

#include <algorithm>

#include "examples/service/body.h"

namespace examples::service {
namespace {

constexpr uint32_t kSpareThreads = 8;
// Beside files and pictures.
constexpr uint64_t kBaseBytes = uint64_t{64} << 20;
constexpr std::chrono::seconds kStartTime{5};
constexpr uint64_t kSpareDescriptors = 16;
constexpr uint64_t kConnectionBytes = uint64_t{128} << 10;

}  // namespace

uint32_t Places(const FrontConfig& config) {
  return config.lanes + config.queue;
}

uint32_t ServingThreads(const FrontConfig& config) {
  return 2 * Places(config) + kSpareThreads;
}

uint64_t BodyBytes(const FrontConfig& config) {
  return ServingThreads(config) * uint64_t{Body::kPieceBytes} +
         Places(config) * config.input_bytes;
}

uint64_t PictureBytes(const FrontConfig& config) {
  return 2 * Places(config) * config.pixels * kPixelBytes;
}

std::chrono::milliseconds StopTime(const FrontConfig& config,
                                   std::chrono::milliseconds decode) {
  const uint32_t turns = (Places(config) + config.lanes - 1) / config.lanes;
  return kStartTime + std::chrono::milliseconds(config.head_ms) +
         std::chrono::milliseconds(config.body_ms) + turns * decode +
         std::chrono::milliseconds(config.write_ms);
}

uint64_t Descriptors(const FrontConfig& config) {
  const uint64_t passed = kFirstLane + 2 * uint64_t{config.lanes};
  // Connections, and as many that are told to go.
  const uint64_t front = passed + kSpareDescriptors + 2 * config.connections;
  return std::max(front, kFirstHigh + passed);
}

uint64_t FrontPoolBytes(const FrontConfig& config) {
  return kBaseBytes + config.connections * kConnectionBytes +
         BodyBytes(config) + PictureBytes(config);
}

}  // namespace examples::service
