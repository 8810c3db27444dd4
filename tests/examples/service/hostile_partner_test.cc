// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Front and broker of examples/service, each with a partner that has been taken
// over; and what log lines make of words that such a one sends.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "examples/imaging/imaging.h"
#include "examples/service/body.h"
#include "examples/service/broker.h"
#include "examples/service/byte_budget.h"
#include "examples/service/front_bounds.h"
#include "examples/service/json.h"
#include "examples/service/lane_client.h"
#include "examples/service/lane_memory.h"
#include "examples/service/metrics.h"
#include "examples/service/protocol.h"

namespace examples::service {
namespace {

constexpr uint64_t kPixels = 100;
constexpr LaneMemory::Sizes kSizes = {4096, kPixels* kPixelBytes};

// Both ends of a lane.
struct LaneEnds {
  LaneEnds() : memory(Memory()) {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
              0);
  }
  ~LaneEnds() {
    close(sockets[0]);
    close(sockets[1]);
  }
  static LaneMemory Memory() {
    const int fd = *LaneMemory::Create(kSizes);
    const auto memory = LaneMemory::Map(fd, kSizes);
    close(fd);
    return *memory;
  }

  int sockets[2];
  LaneMemory memory;
};

LaneReply CleanReply(uint64_t id) {
  LaneReply reply;
  reply.id = id;
  reply.verdict = Verdict::kClean;
  reply.width = 10;
  reply.height = 10;
  return reply;
}

// What a front gets from a broker that answers by `answer`, and whether the
// lane is used again.
std::pair<Decoded, size_t> AskOf(
    const std::function<void(int socket, const LaneRequest& request)>& answer,
    uint64_t picture_bytes = kPixels * kPixelBytes) {
  LaneEnds ends;
  Metrics metrics(0);
  LaneClient client({{ends.sockets[0], ends.memory}},
                    {.pixels = kPixels, .picture_bytes = picture_bytes},
                    &metrics);
  ByteBudget bodies(Body::kPieceBytes);
  Body file(&bodies);
  EXPECT_TRUE(file.Append("a file"));
  std::thread broker([&] {
    LaneRequest request;
    if (Receive(ends.sockets[1], &request) == Received::kMessage) {
      answer(ends.sockets[1], request);
    }
  });
  Decoded decoded = client.Decode(7, &file);
  EXPECT_EQ(file.size(), 0u);
  broker.join();
  const size_t alive = client.alive();
  if (alive == 0) {  // and none waits for it
    EXPECT_EQ(client.Decode(8, &file).reply.verdict, Verdict::kNoAnswer);
  }
  EXPECT_EQ(metrics.in_flight, 0);
  EXPECT_EQ(metrics.queued, 0);
  decoded.hold.Clear();  // the client ends here
  return {std::move(decoded), alive};
}

void ExpectNotBelieved(const std::function<void(LaneReply*)>& lie) {
  const auto [decoded, alive] =
      AskOf([&](int socket, const LaneRequest& request) {
        LaneReply reply = CleanReply(request.id);
        lie(&reply);
        EXPECT_TRUE(Send(socket, reply));
      });
  EXPECT_EQ(decoded.reply.verdict, Verdict::kNoAnswer);
  EXPECT_EQ(decoded.pixels, nullptr);
  EXPECT_EQ(alive, 0u);
}

// An honest broker is believed, so that what follows is not for another reason.
TEST(HostileBroker, AnHonestOneIsBelieved) {
  const auto [decoded, alive] =
      AskOf([](int socket, const LaneRequest& request) {
        EXPECT_EQ(request.input_bytes, 6u);
        EXPECT_TRUE(Send(socket, CleanReply(request.id)));
      });
  EXPECT_EQ(decoded.reply.verdict, Verdict::kClean);
  EXPECT_EQ(decoded.bytes, 400u);
  EXPECT_EQ(alive, 1u);
}

TEST(LaneClient, APictureThatThereIsNoRoomForIsNotHeld) {
  const auto [decoded, alive] = AskOf(
      [](int socket, const LaneRequest& request) {
        EXPECT_TRUE(Send(socket, CleanReply(request.id)));
      },
      kPixels * kPixelBytes - 1);
  EXPECT_EQ(decoded.reply.verdict, Verdict::kClean);
  EXPECT_EQ(decoded.pixels, nullptr);
  EXPECT_EQ(alive, 1u);
}

TEST(Body, TakesOfItsBudgetWhatHasComeAndGivesItBack) {
  ByteBudget budget(2 * Body::kPieceBytes);
  Body first(&budget), second(&budget);
  std::string file(Body::kPieceBytes + 5, 'a');
  file[Body::kPieceBytes] = 'b';
  ASSERT_TRUE(first.Append(file));
  EXPECT_FALSE(second.Append("c"));
  std::vector<uint8_t> copy(first.size());
  first.CopyTo(copy);
  EXPECT_EQ(std::string(copy.begin(), copy.end()), file);
  first.Clear();
  EXPECT_TRUE(second.Append(file));
}

TEST(FrontBounds, TheEndIsAsLongAsAllThatHasBegun) {
  using std::chrono::milliseconds;
  const FrontConfig one = {
      .lanes = 2, .queue = 16, .head_ms = 5, .body_ms = 7, .write_ms = 11};
  EXPECT_EQ(
      StopTime(one, milliseconds(10'000)) - StopTime(one, milliseconds(0)),
      milliseconds(90'000));
  const FrontConfig odd = {.lanes = 2, .queue = 17};
  EXPECT_EQ(StopTime(odd, milliseconds(10)) - StopTime(odd, milliseconds(0)),
            milliseconds(100));
  EXPECT_EQ(StopTime(one, milliseconds(0)) - StopTime(odd, milliseconds(0)),
            milliseconds(5 + 7 + 11));
}

TEST(HostileBroker, SizesBeyondTheLimitAreNotBelieved) {
  ExpectNotBelieved([](LaneReply* reply) { reply->width = 11; });
  ExpectNotBelieved([](LaneReply* reply) { reply->width = 0; });
  ExpectNotBelieved([](LaneReply* reply) { reply->height = 0; });
  ExpectNotBelieved(
      [](LaneReply* reply) { reply->width = reply->height = UINT32_MAX; });
  // Whose product is 0 in 32 bits.
  ExpectNotBelieved(
      [](LaneReply* reply) { reply->width = reply->height = 65536; });
}

TEST(HostileBroker, AnswersToNoQuestionAreNotBelieved) {
  ExpectNotBelieved([](LaneReply* reply) { ++reply->id; });
  ExpectNotBelieved([](LaneReply* reply) {
    reply->verdict = static_cast<Verdict>(kVerdicts);
  });
  ExpectNotBelieved([](LaneReply* reply) {
    reply->verdict = static_cast<Verdict>(UINT32_MAX);
  });
  ExpectNotBelieved([](LaneReply* reply) {
    memset(reply->words, 'x', sizeof(reply->words));
  });
  ExpectNotBelieved([](LaneReply* reply) {
    memset(reply->format, 'x', sizeof(reply->format));
  });
}

TEST(HostileBroker, MessagesOfAnotherSizeEndTheLane) {
  for (const size_t bytes :
       {size_t{1}, sizeof(LaneReply) - 1, sizeof(LaneReply) + 1}) {
    const auto [decoded, alive] = AskOf([&](int socket, const LaneRequest&) {
      const std::vector<char> message(bytes);
      EXPECT_TRUE(SendMessage(socket, message.data(), bytes));
    });
    EXPECT_EQ(decoded.reply.verdict, Verdict::kNoAnswer);
    EXPECT_EQ(alive, 0u);
  }
}

TEST(HostileBroker, OneThatHasGoneEndsTheLane) {
  const auto [decoded, alive] = AskOf(
      [](int socket, const LaneRequest&) { shutdown(socket, SHUT_RDWR); });
  EXPECT_EQ(decoded.reply.verdict, Verdict::kNoAnswer);
  EXPECT_EQ(alive, 0u);
}

TEST(HostileBroker, MemoryThatCanBeCutOffIsNotMapped) {
  const int fd = memfd_create("lane", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(fd, kSizes.input_bytes + kSizes.output_bytes), 0);
  EXPECT_EQ(LaneMemory::Map(fd, kSizes).status().code(),
            absl::StatusCode::kInvalidArgument);
  close(fd);
  const int other = *LaneMemory::Create({4096, 4096});
  EXPECT_EQ(LaneMemory::Map(other, kSizes).status().code(),
            absl::StatusCode::kInvalidArgument);
  close(other);
}

TEST(HostileBroker, SealedMemoryKeepsItsSize) {
  const int fd = *LaneMemory::Create(kSizes);
  EXPECT_NE(ftruncate(fd, 0), 0);
  EXPECT_NE(ftruncate(fd, 1 << 20), 0);
  EXPECT_NE(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
  close(fd);
}

Broker& SharedBroker() {
  static Broker& broker =
      *Broker::Create({.workers = 1,
                       .worker_pool_bytes = uint64_t{8} << 20,
                       .input_bytes = kSizes.input_bytes,
                       .pixels = kPixels})
           ->release();
  return broker;
}

// True iff the broker still serves the lane after this message.
bool IsServedAfter(const void* message, size_t bytes) {
  LaneEnds ends;
  std::thread broker([&] {
    SharedBroker().ServeLane(ends.sockets[0], ends.memory);
    shutdown(ends.sockets[0], SHUT_RDWR);
  });
  EXPECT_TRUE(SendMessage(ends.sockets[1], message, bytes));
  LaneReply reply;
  const bool is_served = Receive(ends.sockets[1], &reply) == Received::kMessage;
  shutdown(ends.sockets[1], SHUT_RDWR);
  broker.join();
  return is_served;
}

TEST(HostileFront, AnHonestOneIsServed) {
  const LaneRequest request = {.id = 1, .input_bytes = kSizes.input_bytes};
  EXPECT_TRUE(IsServedAfter(&request, sizeof(request)));
}

TEST(HostileFront, LengthsBeyondTheLaneEndIt) {
  for (const uint64_t bytes :
       {kSizes.input_bytes + 1, uint64_t{UINT32_MAX}, UINT64_MAX}) {
    const LaneRequest request = {.id = 1, .input_bytes = bytes};
    EXPECT_FALSE(IsServedAfter(&request, sizeof(request)));
  }
}

TEST(HostileFront, MessagesOfAnotherSizeEndTheLane) {
  const std::vector<char> message(2 * sizeof(LaneRequest));
  EXPECT_FALSE(IsServedAfter(message.data(), 1));
  EXPECT_FALSE(IsServedAfter(message.data(), sizeof(LaneRequest) + 1));
}

// The file may change while it is decoded: the answer is sound all the same.
TEST(HostileFront, AFileThatChangesHarmsNobody) {
  LaneEnds ends;
  std::thread broker(
      [&] { SharedBroker().ServeLane(ends.sockets[0], ends.memory); });
  constexpr char kBeginning[] = "\x89PNG\r\n\x1a\n";
  memcpy(ends.memory.input().data(), kBeginning, 8);
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    for (uint8_t i = 0; !is_done; ++i) {
      *const_cast<volatile uint8_t*>(ends.memory.input().data()) =
          (i & 1) != 0 ? 0x89 : i;
    }
  });
  for (uint64_t id = 1; id <= 200; ++id) {
    EXPECT_TRUE(
        Send(ends.sockets[1], LaneRequest{.id = id, .input_bytes = 4096}));
    LaneReply reply;
    ASSERT_EQ(Receive(ends.sockets[1], &reply), Received::kMessage);
    EXPECT_TRUE(IsSound(reply, id, kPixels));
    EXPECT_TRUE(reply.verdict == Verdict::kRefused ||
                reply.verdict == Verdict::kUnknownFormat)
        << Name(reply.verdict);
  }
  is_done = true;
  writer.join();
  shutdown(ends.sockets[1], SHUT_RDWR);
  broker.join();
}

TEST(JsonObjectTest, WhateverTheWordsAreItIsOneLineOfAscii) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  JsonObject json;
  json.Add("words", all).Add("number", UINT64_MAX);
  const std::string line = json.Finish();
  for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << int{c};
  EXPECT_TRUE(line.starts_with("{\"words\":\"\\u0000\\u0001"));
  EXPECT_NE(line.find(" !\\\"#"), std::string::npos);
  EXPECT_NE(line.find("[\\\\]"), std::string::npos);
  EXPECT_NE(line.find("~\\u007f\\u0080"), std::string::npos);
  EXPECT_TRUE(line.ends_with("\\u00ff\",\"number\":18446744073709551615}"));
}

TEST(VerdictTest, EachHasAName) {
  for (size_t i = 0; i < kVerdicts; ++i) {
    EXPECT_STRNE(Name(static_cast<Verdict>(i)), "unknown");
  }
  EXPECT_STREQ(Name(static_cast<Verdict>(kVerdicts)), "unknown");
}

}  // namespace
}  // namespace examples::service

int main(int argc, char** argv) {
  examples::imaging::Init(argc, argv);  // first
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
