// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <new>

#include "jail/call/shared_mappings.h"
#include "jail/own_descriptor.h"

namespace cellblock {
namespace {

// A worker can wake its host for nothing, or have the count change and change
// back under it; an honest one does neither.
constexpr int kMostLooks = 1000;

// As far as can be from each count that is waited for.
constexpr uint32_t kPokedOffset = uint32_t{1} << 31;

std::string Failed(const char* call) {
  return std::string(call) + ": " + strerror(errno);
}

}  // namespace

Channel::~Channel() {
  if (base_ != nullptr) munmap(base_, layout_.total());
}

std::string Channel::Create() {
  fd_ = MakeDescriptor([] {
    return memfd_create("cellblock-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  });
  if (!fd_.ok()) return Failed("memfd_create");
  if (ftruncate(fd_.get(), static_cast<off_t>(layout_.total())) != 0) {
    return Failed("ftruncate");
  }
  // Nobody can shorten it under the host, which would die of SIGBUS.
  if (fcntl(fd_.get(), F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return Failed("fcntl(F_ADD_SEALS)");
  }
  const std::lock_guard<std::mutex> lock(SharedMappings());
  void* const memory = mmap(nullptr, layout_.total(), PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd_.get(), 0);
  if (memory == MAP_FAILED) return Failed("mmap");
  base_ = static_cast<uint8_t*>(memory);
  // A worker that is a copy of this process has what its template maps, not
  // what its host, or another jail of it, can write to.
  if (madvise(memory, layout_.total(), MADV_DONTFORK) != 0) {
    return Failed("madvise(MADV_DONTFORK)");
  }
  new (base_) ChannelControl();
  return {};
}

void Channel::Renew() {
  if (base_ == nullptr) return;  // it could not be created
  // Pages that nobody wrote to are zero, and the kernel tells them apart.
  const auto end = static_cast<off_t>(layout_.total());
  off_t begin = 0;
  while ((begin = lseek(fd_.get(), begin, SEEK_DATA)) >= 0 && begin < end) {
    const off_t hole = std::min(lseek(fd_.get(), begin, SEEK_HOLE), end);
    if (hole <= begin) break;
    memset(base_ + begin, 0, static_cast<size_t>(hole - begin));
    begin = hole;
  }
  sent_.store(0, std::memory_order_relaxed);
  poked_.store(false, std::memory_order_relaxed);
  new (base_) ChannelControl();
  control().expected_input.store(used_input_, std::memory_order_relaxed);
  control().expected_output.store(used_output_, std::memory_order_relaxed);
}

void Channel::TellIsAhead() {
  control().is_ahead.store(1, std::memory_order_relaxed);
}

void Channel::Send(const Request& request) {
  used_input_ = request.input_bytes;
  ChannelControl& shared = control();
  shared.ask.store(static_cast<uint32_t>(request.ask),
                   std::memory_order_relaxed);
  shared.input_bytes.store(request.input_bytes, std::memory_order_relaxed);
  shared.descriptor.store(static_cast<uint32_t>(request.descriptor),
                          std::memory_order_relaxed);
  shared.test_number.store(request.test_number, std::memory_order_relaxed);
  const uint32_t sent = sent_.load(std::memory_order_relaxed) + 1;
  sent_.store(sent, std::memory_order_relaxed);
  shared.asked.Pass(sent);
}

Await Channel::Wait(MonotonicTime deadline) {
  Turn& answered = control().answered;
  // What a worker counts: its being ready as 1, and each answer.
  const uint32_t expected = sent_.load(std::memory_order_relaxed) + 1;
  const timespec until = AsTimespec(deadline);
  for (int looks = 0; looks < kMostLooks;) {
    const uint32_t now = answered.count.load(std::memory_order_acquire);
    if (poked_.load(std::memory_order_acquire)) return Await::kPoked;
    if (now == expected) return Await::kAnswered;
    if (now != expected - 1) return Await::kLied;
    switch (answered.Await(now, &until)) {
      case FutexWait::kTimedOut:
        return Await::kTimedOut;
      case FutexWait::kWoken:
      case FutexWait::kChanged:
        ++looks;
        break;
      case FutexWait::kInterrupted:
        break;
    }
  }
  return Await::kLied;
}

void Channel::Poke() {
  poked_.store(true, std::memory_order_release);
  // Whoever is about to wait finds another value than it saw, whatever the
  // worker left: to count on from that could lead to what was seen.
  Turn& answered = control().answered;
  answered.count.store(sent_.load(std::memory_order_relaxed) + kPokedOffset,
                       std::memory_order_release);
  WakeFutex(&answered.count);
}

std::optional<WorkerAnswer> Channel::Read() {
  const AnswerWords& words = control().words;
  WorkerAnswer answer;
  const uint32_t kind = words.answer.load(std::memory_order_relaxed);
  if (kind < static_cast<uint32_t>(Answer::kReady) ||
      kind > static_cast<uint32_t>(Answer::kWentOn)) {
    return {};
  }
  answer.answer = static_cast<Answer>(kind);
  const uint64_t output = words.output_bytes.load(std::memory_order_relaxed);
  if (output > layout_.output_bytes) return {};
  answer.output_bytes = output;
  used_output_ = output;
  if (answer.answer != Answer::kRefused && answer.answer != Answer::kThrew) {
    return answer;
  }
  answer.code = static_cast<int>(words.code.load(std::memory_order_relaxed));
  const uint32_t length = words.message_bytes.load(std::memory_order_relaxed);
  if (length > kMostMessageBytes) return {};
  answer.message.resize(length);
  for (uint32_t i = 0; i < length; ++i) {
    answer.message[i] = words.message[i].load(std::memory_order_relaxed);
  }
  return answer;
}

WorkerNotes Channel::ReadNotes() const {
  const Notes& notes = control().notes;
  const auto load = [](const auto& word) {
    return word.load(std::memory_order_relaxed);
  };
  return {.refusals = load(notes.refusals),
          .asked = load(notes.asked),
          .short_by = load(notes.short_by),
          .in_use = load(notes.in_use),
          .peak = load(notes.peak),
          .largest_free = load(notes.largest_free),
          .signal = static_cast<int>(load(notes.signal)),
          .address = load(notes.address)};
}

}  // namespace cellblock
