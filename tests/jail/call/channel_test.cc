// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The host's end of a channel, against another end that writes what it likes.

#include "jail/call/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr size_t kInput = 3 * kPageSize;
constexpr size_t kOutput = 5 * kPageSize;
// Far more than a busy machine needs.
constexpr milliseconds kSlack{5000};

constexpr uint64_t kEdges[] = {0,
                               1,
                               kMostMessageBytes - 1,
                               kMostMessageBytes,
                               kMostMessageBytes + 1,
                               kOutput - 1,
                               kOutput,
                               kOutput + 1,
                               INT32_MAX,
                               uint64_t{1} << 31,
                               UINT32_MAX,
                               uint64_t{1} << 32,
                               INT64_MAX,
                               uint64_t{1} << 63,
                               UINT64_MAX};

class ChannelTest : public ::testing::Test {
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

  static MonotonicTime In(milliseconds time) {
    return steady_clock::now() + time;
  }

  static constexpr ChannelLayout kLayout{kInput, kOutput};
  Channel channel_{kLayout};
  uint8_t* bytes_ = nullptr;
};

TEST_F(ChannelTest, ReadsEachKindOfAnswerAndNoOther) {
  AnswerWords& words = other().words;
  for (const uint64_t kind : kEdges) {
    const auto number = static_cast<uint32_t>(kind);
    words.answer.store(number, kRelaxed);
    EXPECT_EQ(channel_.Read().has_value(), number >= 1 && number <= 6)
        << number;
  }
  for (uint32_t kind = 0; kind < 20; ++kind) {
    words.answer.store(kind, kRelaxed);
    const auto answer = channel_.Read();
    ASSERT_EQ(answer.has_value(), kind >= 1 && kind <= 6) << kind;
    if (answer) {
      EXPECT_EQ(static_cast<uint32_t>(answer->answer), kind);
    }
  }
}

TEST_F(ChannelTest, TakesNoMoreOutputThanThereIsRoom) {
  for (const Answer kind : {Answer::kPart, Answer::kDone, Answer::kRefused}) {
    other().words.answer.store(static_cast<uint32_t>(kind), kRelaxed);
    for (const uint64_t bytes : kEdges) {
      other().words.output_bytes.store(bytes, kRelaxed);
      const auto answer = channel_.Read();
      ASSERT_EQ(answer.has_value(), bytes <= kOutput) << bytes;
      if (!answer) continue;
      EXPECT_EQ(answer->output_bytes, bytes);
      std::vector<uint8_t> copy(answer->output_bytes);
      EXPECT_TRUE(channel_.Output(answer->output_bytes).CopyTo(0, copy));
    }
  }
}

TEST_F(ChannelTest, ReadsAMessageOfNoMoreThanItHolds) {
  for (auto& c : other().words.message) c.store('m', kRelaxed);
  for (const Answer kind : {Answer::kRefused, Answer::kThrew}) {
    other().words.answer.store(static_cast<uint32_t>(kind), kRelaxed);
    for (const uint64_t edge : kEdges) {
      const auto bytes = static_cast<uint32_t>(edge);
      other().words.message_bytes.store(bytes, kRelaxed);
      other().words.code.store(bytes, kRelaxed);
      const auto answer = channel_.Read();
      ASSERT_EQ(answer.has_value(), bytes <= kMostMessageBytes) << bytes;
      if (!answer) continue;
      EXPECT_EQ(answer->message, std::string(bytes, 'm'));
      EXPECT_EQ(answer->code, static_cast<int>(bytes));
    }
  }
  // Of an answer without one it is not looked at.
  other().words.answer.store(static_cast<uint32_t>(Answer::kDone), kRelaxed);
  other().words.message_bytes.store(UINT32_MAX, kRelaxed);
  ASSERT_TRUE(channel_.Read());
  EXPECT_EQ(channel_.Read()->message, "");
}

TEST_F(ChannelTest, ReadsFiguresAsTheyAre) {
  Notes& notes = other().notes;
  for (const uint64_t edge : kEdges) {
    for (auto* word :
         {&notes.refusals, &notes.asked, &notes.short_by, &notes.in_use,
          &notes.peak, &notes.largest_free, &notes.address}) {
      word->store(edge, kRelaxed);
    }
    notes.signal.store(static_cast<uint32_t>(edge), kRelaxed);
    const WorkerNotes read = channel_.ReadNotes();
    for (const uint64_t word :
         {read.refusals, read.asked, read.short_by, read.in_use, read.peak,
          read.largest_free, read.address}) {
      EXPECT_EQ(word, edge);
    }
    EXPECT_EQ(read.signal, static_cast<int>(edge));
  }
}

TEST_F(ChannelTest, KnowsTheCountThatItWaitsFor) {
  // The words of the host's that the other end can change as well.
  for (uint32_t sent = 0; sent < 3; ++sent) {
    const uint32_t expected = sent + 1;
    for (const uint64_t edge : kEdges) {
      for (const uint64_t around : {edge - 1, edge, edge + 1}) {
        const auto count = static_cast<uint32_t>(around + expected);
        other().asked.count.store(count, kRelaxed);
        Answers(count);
        const Await await = channel_.Wait(In(milliseconds(1)));
        if (count == expected) {
          EXPECT_EQ(await, Await::kAnswered);
        } else if (count == expected - 1) {
          EXPECT_EQ(await, Await::kTimedOut);
        } else {
          EXPECT_EQ(await, Await::kLied) << count;
        }
      }
    }
    Answers(expected);
    EXPECT_EQ(channel_.Wait(In(milliseconds(1))), Await::kAnswered);
    channel_.Send({.ask = Ask::kCall});
    EXPECT_EQ(other().asked.count.load(kRelaxed), expected);
  }
}

TEST_F(ChannelTest, RenewsWhateverWasLeft) {
  for (size_t page : {size_t{0}, kLayout.total() / kPageSize - 1, size_t{5}}) {
    memset(bytes_ + page * kPageSize, 0xff, kPageSize);
    channel_.Renew();
    for (size_t i = 0; i < kLayout.total(); ++i) ASSERT_EQ(bytes_[i], 0) << i;
  }
  memset(bytes_, 0xa5, kLayout.total());
  channel_.Renew();
  for (size_t i = 0; i < kLayout.total(); ++i) ASSERT_EQ(bytes_[i], 0) << i;
  EXPECT_EQ(channel_.Wait(In(milliseconds(0))), Await::kTimedOut);
  // What the call before used is all that the next worker learns.
  other().words.answer.store(static_cast<uint32_t>(Answer::kDone), kRelaxed);
  other().words.output_bytes.store(kOutput, kRelaxed);
  channel_.Send({.ask = Ask::kCall, .input_bytes = 7});
  ASSERT_TRUE(channel_.Read());
  channel_.Renew();
  EXPECT_EQ(other().expected_input.load(kRelaxed), 7u);
  EXPECT_EQ(other().expected_output.load(kRelaxed), kOutput);
  other().expected_input.store(0, kRelaxed);
  other().expected_output.store(0, kRelaxed);
  for (size_t i = 0; i < kLayout.total(); ++i) ASSERT_EQ(bytes_[i], 0) << i;
}

TEST_F(ChannelTest, RenewsAVastChannel) {
  constexpr ChannelLayout kVast{size_t{1} << 36, size_t{64} << 20};
  Channel channel(kVast);
  ASSERT_EQ(channel.Create(), "");
  void* const memory = mmap(nullptr, kVast.total(), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_NORESERVE, channel.fd(), 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const bytes = static_cast<uint8_t*>(memory);
  memset(bytes + kVast.output_offset(), 1, kVast.output_bytes);
  bytes[kVast.input_offset() + (size_t{1} << 35)] = 1;
  channel.Renew();
  EXPECT_EQ(bytes[kVast.input_offset() + (size_t{1} << 35)], 0);
  for (size_t at = 0; at < kVast.output_bytes; ++at) {
    ASSERT_EQ(bytes[kVast.output_offset() + at], 0) << at;
  }
  munmap(memory, kVast.total());
}

TEST_F(ChannelTest, CannotBeMadeShorterOrLonger) {
  EXPECT_NE(ftruncate(channel_.fd(), 0), 0);
  EXPECT_NE(ftruncate(channel_.fd(), 1 << 30), 0);
}

// What no worker can be shown: the host's own mapping of it.
TEST_F(ChannelTest, IsNotThereInACopyOfTheProcess) {
  uint8_t* const input = channel_.input().data();
  EXPECT_EXIT(
      {
        unsigned char is_resident;
        const bool is_there =
            mincore(input - kPageSize, kPageSize, &is_resident) == 0;
        _exit(is_there || errno != ENOMEM ? 1 : 0);
      },
      ::testing::ExitedWithCode(0), "");
  unsigned char is_resident;
  EXPECT_EQ(mincore(input - kPageSize, kPageSize, &is_resident), 0);
}

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

TEST_F(ChannelTest, EndsWhenItIsWokenForNothing) {
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

TEST_F(ChannelTest, CopiesAnswersThatChange) {
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

TEST_F(ChannelTest, EndsWhenItIsPoked) {
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
TEST_F(ChannelTest, IsPokedWhateverTheCountWas) {
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
