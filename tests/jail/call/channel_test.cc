// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The host's end of a channel, against another end that writes what it likes.

#include "jail/call/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/jail/call/channel_ends.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr size_t kOutput = 5 * kPageSize;

class ChannelTest : public ChannelEnds {};

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

}  // namespace
}  // namespace cellblock
