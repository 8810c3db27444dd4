// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/jail/call/channel_fuzz.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "jail/call/channel.h"
#include "tests/allocator/fuzz_input.h"

namespace cellblock {
namespace {

constexpr ChannelLayout kLayout(2 * kPageSize, 3 * kPageSize);

// The fields by where they are, for writes that hit.
constexpr struct {
  size_t offset;
  size_t bytes;
} kFields[] = {
    {offsetof(ChannelControl, answered), 4},
    {offsetof(ChannelControl, words.answer), 4},
    {offsetof(ChannelControl, words.code), 4},
    {offsetof(ChannelControl, words.output_bytes), 8},
    {offsetof(ChannelControl, words.message_bytes), 4},
    {offsetof(ChannelControl, words.message), 4},
    {offsetof(ChannelControl, notes.refusals), 8},
    {offsetof(ChannelControl, notes.signal), 4},
    {offsetof(ChannelControl, notes.address), 8},
    {offsetof(ChannelControl, asked), 4},
};

constexpr uint64_t kNumbers[] = {0,
                                 1,
                                 2,
                                 3,
                                 4,
                                 5,
                                 6,
                                 7,
                                 8,
                                 255,
                                 256,
                                 257,
                                 4095,
                                 4096,
                                 4097,
                                 3 * 4096,
                                 3 * 4096 + 1,
                                 0x7fffffff,
                                 0x80000000,
                                 0xffffffff,
                                 0x100000000,
                                 UINT64_MAX};

uint64_t ReadNumber(FuzzInput& input) {
  const uint32_t choice = input.Byte();
  if (choice < 192) return kNumbers[choice % std::size(kNumbers)];
  uint64_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 16 | input.TwoBytes();
  return number;
}

[[noreturn]] void Report(const std::string& what) {
  std::fprintf(stderr, "channel: %s\n", what.c_str());
  std::abort();
}

void Require(bool is_so, const char* what) {
  if (!is_so) Report(what);
}

class Play {
 public:
  Play() {
    Require(channel_.Create().empty(), "cannot be made");
    channel_.Renew();
    void* const memory = mmap(nullptr, kLayout.total(), PROT_READ | PROT_WRITE,
                              MAP_SHARED, channel_.fd(), 0);
    Require(memory != MAP_FAILED, "cannot be mapped");
    bytes_ = static_cast<uint8_t*>(memory);
  }
  ~Play() { munmap(bytes_, kLayout.total()); }

  void Step(FuzzInput& input) {
    switch (input.Byte() % 10) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const auto& field = kFields[input.Byte() % std::size(kFields)];
        const uint64_t number = ReadNumber(input);
        memcpy(bytes_ + field.offset, &number, field.bytes);
        ++count.writes;
        break;
      }
      case 4: {
        const size_t at = input.TwoBytes() % kLayout.total();
        bytes_[at] = static_cast<uint8_t>(input.Byte());
        ++count.writes;
        break;
      }
      case 5:
        CheckAnswer();
        break;
      case 6:
        CheckNotes();
        break;
      case 7:
        CheckWait();
        break;
      case 8:
        channel_.Send({.ask = Ask::kCall, .input_bytes = input.Byte()});
        ++sent_;
        Require(Control().asked.count.load() == sent_, "asked something else");
        break;
      default:
        if (input.Byte() % 4 == 0) {
          channel_.Poke();
          is_poked_ = true;
        } else {
          CheckRenewed();
        }
    }
  }

  ChannelFuzzCount count;

 private:
  const ChannelControl& Control() const {
    return *reinterpret_cast<const ChannelControl*>(bytes_);
  }
  template <typename T>
  T At(size_t offset) const {
    T value;
    memcpy(&value, bytes_ + offset, sizeof(value));
    return value;
  }

  void CheckAnswer() {
    const auto kind = At<uint32_t>(offsetof(ChannelControl, words.answer));
    const auto output =
        At<uint64_t>(offsetof(ChannelControl, words.output_bytes));
    const auto length =
        At<uint32_t>(offsetof(ChannelControl, words.message_bytes));
    const bool complains = kind == 4 || kind == 5;
    const bool is_possible = kind >= 1 && kind <= 6 &&
                             output <= kLayout.output_bytes &&
                             (!complains || length <= kMostMessageBytes);
    const auto answer = channel_.Read();
    Require(answer.has_value() == is_possible, "takes one answer for another");
    ++(is_possible ? count.answers : count.refused);
    if (!answer) return;
    Require(static_cast<uint32_t>(answer->answer) == kind, "another kind");
    Require(answer->output_bytes == output, "another length");
    const std::string message(reinterpret_cast<const char*>(bytes_) +
                                  offsetof(ChannelControl, words.message),
                              complains ? length : 0);
    Require(answer->message == message, "another message");
    const auto code = At<uint32_t>(offsetof(ChannelControl, words.code));
    Require(answer->code == static_cast<int>(complains ? code : 0),
            "another code");
    std::vector<uint8_t> copy(answer->output_bytes);
    Require(channel_.Output(answer->output_bytes).CopyTo(0, copy),
            "the output is not inside");
    Require(
        copy.empty() || memcmp(copy.data(), bytes_ + kLayout.output_offset(),
                               copy.size()) == 0,
        "another output");
  }

  void CheckNotes() {
    const WorkerNotes notes = channel_.ReadNotes();
    Require(notes.refusals ==
                At<uint64_t>(offsetof(ChannelControl, notes.refusals)),
            "other refusals");
    Require(notes.signal == static_cast<int>(At<uint32_t>(
                                offsetof(ChannelControl, notes.signal))),
            "another signal");
    Require(
        notes.address == At<uint64_t>(offsetof(ChannelControl, notes.address)),
        "another address");
  }

  void CheckWait() {
    const auto answered = At<uint32_t>(offsetof(ChannelControl, answered));
    Await expected = Await::kLied;
    if (is_poked_) {
      expected = Await::kPoked;
    } else if (answered == sent_ + 1) {
      expected = Await::kAnswered;
    } else if (answered == sent_) {
      expected = Await::kTimedOut;
    }
    Require(channel_.Wait(std::chrono::steady_clock::now()) == expected,
            "waits for another answer");
    ++count.waits;
  }

  void CheckRenewed() {
    channel_.Renew();
    sent_ = 0;
    is_poked_ = false;
    constexpr size_t kBefore = offsetof(ChannelControl, expected_input);
    constexpr size_t kBehind =
        offsetof(ChannelControl, expected_output) + sizeof(uint64_t);
    static constexpr uint8_t kZeros[kLayout.total()] = {};
    Require(
        memcmp(bytes_, kZeros, kBefore) == 0 &&
            memcmp(bytes_ + kBehind, kZeros, kLayout.total() - kBehind) == 0,
        "something was left");
    Require(Control().expected_output.load() <= kLayout.output_bytes,
            "expects more than there is room");
  }

  Channel channel_{kLayout};
  uint8_t* bytes_ = nullptr;
  uint32_t sent_ = 0;
  bool is_poked_ = false;
};

}  // namespace

ChannelFuzzCount FuzzChannel(const uint8_t* bytes, size_t size) {
  FuzzInput input(bytes, size);
  Play play;
  while (!input.empty()) play.Step(input);
  return play.count;
}

}  // namespace cellblock
