// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The host's end of a channel while the other end writes.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "jail/call/channel.h"
#include "tests/jail/call/channel_ends.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kRelaxed = std::memory_order_relaxed;
// Far more than a busy machine needs.
constexpr milliseconds kSlack{5000};

class ChannelRaceTest : public ChannelEnds {};

// Does `attack` over and over on another thread until it is destroyed.
class Attacker {
 public:
  template <typename F>
  explicit Attacker(F attack)
      : thread_([this, attack] {
          while (!has_enough_.load(kRelaxed)) attack();
        }) {}
  ~Attacker() {
    has_enough_.store(true, kRelaxed);
    thread_.join();
  }

 private:
  std::atomic<bool> has_enough_{false};
  std::thread thread_;
};

TEST_F(ChannelRaceTest, EndsWhenItIsWokenForNothing) {
  for (const auto& flips : {false, true}) {
    const Attacker attacker([this, flips] {
      if (flips) {
        // Often seen as it was, by the host, and as another by the kernel.
        other().answered.count.store(UINT32_MAX, kRelaxed);
        other().answered.count.store(0, kRelaxed);
      }
      WakeFutex(&other().answered.count);
    });
    for (int i = 0; i < 20; ++i) {
      const auto begin = steady_clock::now();
      const Await await = channel_.Wait(In(milliseconds(50)));
      EXPECT_TRUE(await == Await::kLied || await == Await::kTimedOut);
      EXPECT_LT(steady_clock::now() - begin, milliseconds(50) + kSlack);
    }
  }
}

TEST_F(ChannelRaceTest, CopiesAnswersThatChange) {
  std::atomic<uint64_t> random{1};
  AnswerWords& words = other().words;
  const Attacker attacker([&] {
    const uint64_t next = random.load(kRelaxed) * 6364136223846793005u + 1;
    random.store(next, kRelaxed);
    words.answer.store(static_cast<uint32_t>(next >> 32) % 8, kRelaxed);
    words.output_bytes.store((next >> 40) % (2 * kOutput), kRelaxed);
    words.message_bytes.store(
        static_cast<uint32_t>(next >> 24) % (2 * kMostMessageBytes), kRelaxed);
    bytes_[kLayout.output_offset()] = static_cast<uint8_t>(next >> 50);
  });
  // Until both kinds have been seen often.
  int read = 0;
  int refused = 0;
  while (read < 10'000 || refused < 10'000) {
    const auto answer = channel_.Read();
    ++(answer ? read : refused);
    if (!answer) continue;
    ASSERT_LE(answer->output_bytes, kOutput);
    ASSERT_LE(answer->message.size(), kMostMessageBytes);
  }
}

TEST_F(ChannelRaceTest, EndsWhenItIsPoked) {
  for (int i = 0; i < 300; ++i) {
    channel_.Renew();
    if (i % 2 != 0) {
      Answers(1);
      channel_.Send({.ask = Ask::kCall});
    }
    std::thread poker([&] {
      for (int k = 0; k < i * 10; ++k) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
      }
      channel_.Poke();
    });
    const auto begin = steady_clock::now();
    EXPECT_EQ(channel_.Wait(In(milliseconds(30'000))), Await::kPoked);
    EXPECT_LT(steady_clock::now() - begin, kSlack);
    poker.join();
    EXPECT_EQ(channel_.Wait(In(milliseconds(30'000))), Await::kPoked);
  }
}

// A waiter that looked before a worker's last word, and sleeps after the poke,
// is woken by it, whatever that word was.
TEST_F(ChannelRaceTest, IsPokedWhateverTheCountWas) {
  for (uint32_t left = 0; left < 8; ++left) {
    channel_.Renew();
    channel_.Send({.ask = Ask::kCall});
    const uint32_t looked = 1;
    Answers(left - 3);
    channel_.Poke();
    EXPECT_NE(other().answered.count.load(kRelaxed), looked) << left;
    EXPECT_EQ(channel_.Wait(In(milliseconds(30'000))), Await::kPoked);
  }
}

}  // namespace
}  // namespace cellblock
