// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_CALL_CHANNEL_ENDS_H_
#define CELLBLOCK_TESTS_JAIL_CALL_CHANNEL_ENDS_H_

// A channel, and another end of it that writes what it likes.

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "gtest/gtest.h"
#include "jail/call/channel.h"

namespace cellblock {

class ChannelEnds : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(channel_.Create(), "");
    channel_.Renew();
    // The other end has a mapping of its own, of all of it.
    void* const memory = mmap(nullptr, kLayout.total(), PROT_READ | PROT_WRITE,
                              MAP_SHARED, channel_.fd(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    bytes_ = static_cast<uint8_t*>(memory);
  }
  void TearDown() override { munmap(bytes_, kLayout.total()); }

  ChannelControl& other() { return *reinterpret_cast<ChannelControl*>(bytes_); }

  void Answers(uint32_t count) {
    other().answered.count.store(count, std::memory_order_release);
    WakeFutex(&other().answered.count);
  }

  static MonotonicTime In(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
  }

  static constexpr size_t kInput = 3 * kPageSize;
  static constexpr size_t kOutput = 5 * kPageSize;
  static constexpr ChannelLayout kLayout{kInput, kOutput};
  Channel channel_{kLayout};
  uint8_t* bytes_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_CALL_CHANNEL_ENDS_H_
