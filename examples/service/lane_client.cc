// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/lane_client.h"

#include <string.h>

#include <utility>

#include "examples/common/image.h"

namespace examples::service {

LaneClient::LaneClient(std::vector<Lane> lanes, const Bounds& bounds,
                       Metrics* metrics)
    : lanes_(std::move(lanes)),
      tickets_(lanes_.size() + bounds.queue),
      pixels_(bounds.pixels),
      metrics_(metrics),
      pictures_(bounds.picture_bytes),
      alive_(lanes_.size()) {
  for (const Lane& lane : lanes_) free_.push_back(&lane);
}

LaneClient::Ticket::~Ticket() {
  if (lanes_ == nullptr) return;
  const std::lock_guard<std::mutex> lock(lanes_->mutex_);
  --lanes_->admitted_;
}

LaneClient::Ticket LaneClient::Admit() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (admitted_ == tickets_) return Ticket();
  ++admitted_;
  return Ticket(this);
}

size_t LaneClient::alive() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return alive_;
}

// False iff the lane is not to be used again.
bool LaneClient::Ask(const Lane& lane, uint64_t id, Body* file,
                     Decoded* decoded) {
  const size_t size = file->size();
  file->CopyTo(lane.memory.input());
  file->Clear();
  LaneReply reply;
  if (!Send(lane.socket, LaneRequest{.id = id, .input_bytes = size}) ||
      Receive(lane.socket, &reply) != Received::kMessage ||
      !IsSound(reply, id, pixels_)) {
    return false;
  }
  if (reply.verdict == Verdict::kClean) {
    const size_t bytes = size_t{reply.width} * reply.height * kPixelBytes;
    decoded->hold = ByteBudget::Hold(&pictures_);
    if (decoded->hold.Add(bytes)) {
      decoded->pixels = std::make_unique_for_overwrite<uint8_t[]>(bytes);
      memcpy(decoded->pixels.get(), lane.memory.output().data(), bytes);
      decoded->bytes = bytes;
    }
  }
  decoded->reply = reply;
  return true;
}

Decoded LaneClient::Decode(uint64_t id, Body* file) {
  Decoded decoded;
  decoded.reply.id = id;
  const Lane* lane;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    ++metrics_->queued;
    freed_.wait(lock, [&] { return !free_.empty() || alive_ == 0; });
    --metrics_->queued;
    if (alive_ == 0) return decoded;
    lane = free_.back();
    free_.pop_back();
    ++metrics_->in_flight;
  }
  // Gives it back, also where there is no memory for the picture.
  struct Return {
    ~Return() {
      {
        const std::lock_guard<std::mutex> lock(lanes->mutex_);
        if (works) {
          lanes->free_.push_back(lane);
        } else {
          --lanes->alive_;
        }
        --lanes->metrics_->in_flight;
      }
      lanes->freed_.notify_all();
    }
    LaneClient* lanes;
    const Lane* lane;
    bool works = true;
  } give_back{this, lane};
  give_back.works = Ask(*lane, id, file, &decoded);
  metrics_->CountDecode(decoded.reply);
  return decoded;
}

}  // namespace examples::service
