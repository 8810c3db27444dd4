// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_PROTOCOL_H_
#define CELLBLOCK_EXAMPLES_SERVICE_PROTOCOL_H_

// What front and broker send each other. Both hold what comes from the other
// for hostile: a message has one size and is copied once, every number in it is
// checked before it is used, and words are only ever shown, escaped.
//
// They share as many lanes as decodes can be at work at once. A lane is a
// socket for messages of a fixed size, and memory for one file and one picture
// (lane_memory.h). At a lane, one asks and one answers, in turn.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "examples/common/image.h"

namespace examples::service {

// How a decode ended. The ends of a call into a jail, and two more.
enum class Verdict : uint32_t {
  kClean,
  kRefused,
  kExhausted,
  kViolation,
  kDeadline,
  kCpuLimit,
  kOutputLimit,
  kCrashed,
  kExited,
  kLied,
  kNoWorker,
  kUnknownFormat,  // it begins as no file that is decoded here
  kNoAnswer,       // the broker gave none that can be
};
inline constexpr size_t kVerdicts = 13;

// As in logs: "clean", "no_worker" …
const char* Name(Verdict verdict);

// The first descriptors of a front: 0 is /dev/null; 1, the log, and 2,
// messages, are the broker's. Lane n has two: its socket, its memory.
inline constexpr int kListener = 3;
inline constexpr int kControl = 4;
inline constexpr int kFirstLane = 5;
// The broker keeps what it passes on from here up, above all of these numbers,
// so that none is overwritten before.
inline constexpr int kFirstHigh = 512;

// From broker to front, once, on the control socket, before the front locks
// itself. When the broker closes that socket, the front ends.
struct FrontConfig {
  uint32_t lanes = 0;
  uint32_t queue = 0;              // decodes that may wait for a lane
  uint32_t connections = 0;        // held at once
  uint32_t head_ms = 0;            // for a request's lines, from its first byte
  uint32_t body_ms = 0;            // for its body
  uint32_t write_ms = 0;           // for the client to take the answer
  uint32_t idle_ms = 0;            // between requests
  uint64_t input_bytes = 0;        // the longest file
  uint64_t pixels = 0;             // of the largest picture
  uint64_t worker_pool_bytes = 0;  // for its figures only
};

// From front to broker, once, when it is locked.
struct FrontReady {
  int32_t threads = 0;
};

struct LaneRequest {
  uint64_t id = 0;
  uint64_t input_bytes = 0;  // of the lane's memory
};

struct LaneReply {
  uint64_t id = 0;  // of the request
  Verdict verdict = Verdict::kNoAnswer;
  int32_t worker = -1;  // the last one's pid
  uint32_t attempts = 0;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t reserved = 0;
  uint64_t micros = 0;
  // kExhausted, and the peak also of a clean call: of the worker's pool, by its
  // own word.
  uint64_t asked = 0;
  uint64_t short_by = 0;
  uint64_t peak = 0;
  char format[16] = {};
  char words[512] = {};
};

// True iff it is an answer to the request, and a picture where it says so of at
// most `pixels`. Then both texts end.
[[nodiscard]] bool IsSound(const LaneReply& reply, uint64_t id,
                           uint64_t pixels);

enum class Received : uint8_t { kMessage, kClosed, kBroken };

// A message of just this size. kClosed: there will be none. kBroken: it has
// another size, or the socket an error.
// Syscalls: recvfrom; SendMessage: sendto.
Received ReceiveMessage(int socket, void* message, size_t bytes);
[[nodiscard]] bool SendMessage(int socket, const void* message, size_t bytes);

template <typename T>
Received Receive(int socket, T* message) {
  return ReceiveMessage(socket, message, sizeof(T));
}
template <typename T>
[[nodiscard]] bool Send(int socket, const T& message) {
  return SendMessage(socket, &message, sizeof(T));
}

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_PROTOCOL_H_
