// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <iterator>

namespace examples::service {
namespace {

constexpr const char* kNames[] = {
    "clean",     "refused",        "exhausted", "violation", "deadline",
    "cpu_limit", "output_limit",   "crashed",   "exited",    "lied",
    "no_worker", "unknown_format", "no_answer",
};
static_assert(std::size(kNames) == kVerdicts);

template <size_t N>
bool Ends(const char (&text)[N]) {
  return memchr(text, 0, N) != nullptr;
}

}  // namespace

const char* Name(Verdict verdict) {
  const auto index = static_cast<size_t>(verdict);
  return index < kVerdicts ? kNames[index] : "unknown";
}

bool IsSound(const LaneReply& reply, uint64_t id, uint64_t pixels) {
  if (reply.id != id || static_cast<size_t>(reply.verdict) >= kVerdicts ||
      !Ends(reply.format) || !Ends(reply.words)) {
    return false;
  }
  if (reply.verdict != Verdict::kClean) return true;
  // Neither product can wrap: both factors have 32 bits.
  const uint64_t size = uint64_t{reply.width} * reply.height;
  return size > 0 && size <= pixels;
}

Received ReceiveMessage(int socket, void* message, size_t bytes) {
  ssize_t got;
  do {
    got = recv(socket, message, bytes, MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return Received::kClosed;
  if (got < 0 && errno == ECONNRESET) return Received::kClosed;
  return got == static_cast<ssize_t>(bytes) ? Received::kMessage
                                            : Received::kBroken;
}

bool SendMessage(int socket, const void* message, size_t bytes) {
  ssize_t sent;
  do {
    sent = send(socket, message, bytes, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes);
}

}  // namespace examples::service
