// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/broker.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "jail/call/call_failure.h"

namespace examples::service {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr uint32_t kMostAttempts = 5;

// The worker of the last call that this thread made.
thread_local pid_t last_worker = -1;

Verdict ToVerdict(cellblock::CallEnd end) {
  using cellblock::CallEnd;
  switch (end) {
    case CallEnd::kClean:
      return Verdict::kClean;
    case CallEnd::kRefused:
      return Verdict::kRefused;
    case CallEnd::kExhausted:
      return Verdict::kExhausted;
    case CallEnd::kViolation:
      return Verdict::kViolation;
    case CallEnd::kDeadline:
      return Verdict::kDeadline;
    case CallEnd::kCpuLimit:
      return Verdict::kCpuLimit;
    case CallEnd::kOutputLimit:
      return Verdict::kOutputLimit;
    case CallEnd::kCrashed:
      return Verdict::kCrashed;
    case CallEnd::kExited:
      return Verdict::kExited;
    case CallEnd::kLied:
      return Verdict::kLied;
    case CallEnd::kNoWorker:
    case CallEnd::kMisuse:
      return Verdict::kNoWorker;
  }
  return Verdict::kNoWorker;
}

template <size_t N>
void Put(std::string_view text, char (&to)[N]) {
  const size_t count = std::min(text.size(), N - 1);
  memcpy(to, text.data(), count);
  to[count] = 0;
}

bool WasKilled(const absl::Status& status) {
  const auto failure = cellblock::FailureOf(status);
  return failure && failure->end == cellblock::CallEnd::kCrashed &&
         failure->signal == SIGKILL;
}

void Describe(const absl::Status& status, LaneReply* reply) {
  const auto failure = cellblock::FailureOf(status);
  reply->verdict = failure ? ToVerdict(failure->end) : Verdict::kNoWorker;
  Put({status.message().data(), status.message().size()}, reply->words);
  if (failure && failure->end == cellblock::CallEnd::kExhausted) {
    reply->asked = failure->asked;
    reply->short_by = failure->short_by;
    reply->peak = failure->peak;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Broker>> Broker::Create(
    const BrokerOptions& options) {
  imaging::DecoderOptions decoding;
  decoding.limits.pixels = options.pixels;
  decoding.jail.pool_bytes = options.worker_pool_bytes;
  decoding.jail.workers = options.workers;
  decoding.jail.input_bytes = options.input_bytes;
  decoding.jail.deadline = options.deadline;
  decoding.jail.placement = cellblock::Placement::kAnywhere;
  decoding.jail.log = [](const cellblock::CallRecord& record) {
    last_worker = record.worker;
  };
  auto decoder = imaging::Decoder::Create(std::move(decoding));
  if (!decoder.ok()) return decoder.status();
  // What cannot be jailed here is to be known before there is a port.
  const auto jail = (*decoder)->JailOf("png");
  if (!jail.ok()) return jail.status();
  return std::unique_ptr<Broker>(new Broker(options, *std::move(decoder)));
}

LaneReply Broker::Decode(std::span<const uint8_t> file,
                         const LaneMemory& memory) {
  LaneReply reply;
  const auto began = Clock::now();
  const imaging::Format* const format = decoder_->Sniff(file);
  if (format == nullptr) {
    reply.verdict = Verdict::kUnknownFormat;
    const absl::Status why = decoder_->Decode(file).status();
    Put({why.message().data(), why.message().size()}, reply.words);
    return reply;
  }
  Put(format->name, reply.format);
  absl::StatusOr<imaging::Image> image = absl::UnknownError("");
  last_worker = -1;
  while (reply.attempts < kMostAttempts) {
    const auto left = options_.deadline -
                      std::chrono::floor<milliseconds>(Clock::now() - began);
    if (left.count() <= 0) break;
    ++reply.attempts;
    image = decoder_->Decode(file, {.deadline = left});
    if (image.ok() || !WasKilled(image.status())) break;
  }
  reply.worker = last_worker;
  if (image.ok()) {
    reply.verdict = Verdict::kClean;
    reply.width = image->size.width;
    reply.height = image->size.height;
    reply.peak = image->pool_peak;
    memcpy(memory.output().data(), image->pixels.get(), image->bytes());
  } else {
    Describe(image.status(), &reply);
  }
  reply.micros = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() -
                                                            began)
          .count());
  return reply;
}

void Broker::ServeLane(int socket, const LaneMemory& memory) {
  std::vector<uint8_t> file;
  LaneRequest request;
  while (Receive(socket, &request) == Received::kMessage) {
    // A front that says otherwise is not to be trusted with this lane.
    if (request.input_bytes > memory.input().size()) return;
    const auto input = memory.input().first(request.input_bytes);
    file.assign(input.begin(), input.end());  // once: it can change
    LaneReply reply = Decode(file, memory);
    reply.id = request.id;
    if (!Send(socket, reply)) return;
  }
}

}  // namespace examples::service
