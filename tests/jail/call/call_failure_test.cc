// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/call_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "jail/call/failure_payload.h"
#include "jail/presets.h"

namespace cellblock {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr CallEnd kEnds[] = {
    CallEnd::kClean,     CallEnd::kRefused,     CallEnd::kExhausted,
    CallEnd::kViolation, CallEnd::kDeadline,    CallEnd::kCpuLimit,
    CallEnd::kCrashed,   CallEnd::kOutputLimit, CallEnd::kExited,
    CallEnd::kLied,      CallEnd::kNoWorker,    CallEnd::kMisuse,
};

CallFailure Failure(CallEnd end) {
  CallFailure failure;
  failure.end = end;
  failure.worker = 4711;
  return failure;
}

CallFailure ForbiddenCall(uint32_t number, uint64_t first_argument) {
  CallFailure failure = Failure(CallEnd::kViolation);
  failure.violation = {.number = number,
                       .arch = AUDIT_ARCH_X86_64,
                       .instruction = 0x401234,
                       .args = {first_argument}};
  return failure;
}

std::string Message(const CallFailure& failure, std::string_view detail = {},
                    const Policy* policy = nullptr) {
  return std::string(ToStatus(failure, detail, policy).message());
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c < 0x7f; });
}

TEST(CallFailureTest, EveryEndHasANameOfItsOwn) {
  std::set<std::string> names;
  for (const CallEnd end : kEnds) names.insert(Name(end));
  EXPECT_EQ(names.size(), std::size(kEnds));
  EXPECT_EQ(names.count("unknown"), 0u);
  EXPECT_STREQ(Name(static_cast<CallEnd>(12)), "unknown");
  EXPECT_STREQ(Name(static_cast<CallEnd>(255)), "unknown");
}

TEST(CallFailureTest, EveryEndHasTheCodeThatTheHeaderSays) {
  const auto code = [](CallEnd end) {
    return ToStatus(Failure(end), "").code();
  };
  using absl::StatusCode;
  EXPECT_EQ(code(CallEnd::kClean), StatusCode::kOk);
  EXPECT_EQ(code(CallEnd::kRefused), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(CallEnd::kExhausted), StatusCode::kResourceExhausted);
  EXPECT_EQ(code(CallEnd::kViolation), StatusCode::kPermissionDenied);
  EXPECT_EQ(code(CallEnd::kDeadline), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(code(CallEnd::kCpuLimit), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(code(CallEnd::kOutputLimit), StatusCode::kOutOfRange);
  EXPECT_EQ(code(CallEnd::kCrashed), StatusCode::kAborted);
  EXPECT_EQ(code(CallEnd::kExited), StatusCode::kInternal);
  EXPECT_EQ(code(CallEnd::kLied), StatusCode::kDataLoss);
  EXPECT_EQ(code(CallEnd::kNoWorker), StatusCode::kUnavailable);
  EXPECT_EQ(code(CallEnd::kMisuse), StatusCode::kFailedPrecondition);
}

TEST(CallFailureTest, AStatusCarriesTheWholeFailure) {
  for (const CallEnd end : kEnds) {
    if (end == CallEnd::kClean) continue;
    CallFailure failure = ForbiddenCall(SYS_socket, 7);
    failure.end = end;
    failure.code = -3;
    failure.asked = ~uint64_t{0};
    failure.short_by = 2;
    failure.in_use = 3;
    failure.peak = 4;
    failure.largest_free = 5;
    failure.pool = 6;
    failure.time_limit = std::chrono::milliseconds(-7);
    failure.output_limit = uint64_t{1} << 63;
    failure.signal = SIGSEGV;
    failure.address = 0xdead0000beef;
    failure.exit_code = 255;
    failure.messages = std::string("\0\xff\x1b[2J", 6);
    const auto back = FailureOf(ToStatus(failure, "why"));
    ASSERT_TRUE(back.has_value()) << Name(end);
    EXPECT_EQ(EncodeFailure(*back), EncodeFailure(failure)) << Name(end);
    EXPECT_EQ(back->end, end);
    EXPECT_EQ(back->worker, 4711);
    EXPECT_EQ(back->code, -3);
    EXPECT_EQ(back->asked, ~uint64_t{0});
    EXPECT_EQ(back->pool, 6u);
    EXPECT_EQ(back->violation.number, uint32_t{SYS_socket});
    EXPECT_EQ(back->violation.instruction, 0x401234u);
    EXPECT_EQ(back->violation.args[0], 7u);
    EXPECT_EQ(back->time_limit, std::chrono::milliseconds(-7));
    EXPECT_EQ(back->output_limit, uint64_t{1} << 63);
    EXPECT_EQ(back->signal, SIGSEGV);
    EXPECT_EQ(back->address, 0xdead0000beefu);
    EXPECT_EQ(back->exit_code, 255);
    EXPECT_EQ(back->messages, failure.messages);
  }
}

TEST(CallFailureTest, OkAndForeignStatusesCarryNone) {
  EXPECT_FALSE(FailureOf(absl::OkStatus()).has_value());
  EXPECT_FALSE(FailureOf(ToStatus(CallFailure(), "x")).has_value());
  EXPECT_FALSE(FailureOf(absl::InternalError("other")).has_value());
  absl::Status foreign = absl::InternalError("other");
  foreign.SetPayload(std::string(kFailurePayloadUrl), absl::Cord("not ours"));
  EXPECT_FALSE(FailureOf(foreign).has_value());
}

// A payload that was moved to a status of another kind is not believed.
TEST(CallFailureTest, CodeAndFailureHaveToFit) {
  absl::Status status = absl::NotFoundError("other");
  status.SetPayload(std::string(kFailurePayloadUrl),
                    absl::Cord(EncodeFailure(Failure(CallEnd::kCrashed))));
  EXPECT_FALSE(FailureOf(status).has_value());
}

TEST(CallFailureTest, AnUnknownEndIsAnErrorWithoutFailure) {
  const absl::Status status =
      ToStatus(Failure(static_cast<CallEnd>(99)), "why");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("99"));
  EXPECT_FALSE(FailureOf(status).has_value());
}

TEST(CallFailureTest, ARefusalShowsTheDecodersWords) {
  CallFailure failure = Failure(CallEnd::kRefused);
  failure.code = static_cast<int>(absl::StatusCode::kUnimplemented);
  EXPECT_THAT(Message(failure, "bad \"magic\""),
              HasSubstr("UNIMPLEMENTED and the words \"bad \\\"magic\\\"\""));
  failure.code = 123456;
  EXPECT_THAT(Message(failure), HasSubstr("code 123456"));
}

TEST(CallFailureTest, ExhaustionShowsItsFigures) {
  CallFailure failure = Failure(CallEnd::kExhausted);
  failure.asked = 1001;
  failure.short_by = 1002;
  failure.in_use = 1003;
  failure.peak = 1004;
  failure.largest_free = 1005;
  failure.pool = 1006;
  const std::string message = Message(failure);
  for (int figure = 1001; figure <= 1006; ++figure) {
    EXPECT_THAT(message, HasSubstr(std::to_string(figure)));
  }
  EXPECT_THAT(message, HasSubstr("JailOptions::pool_bytes"));
}

TEST(CallFailureTest, AViolationNamesTheCallAndWhatAllowsIt) {
  const std::string message = Message(ForbiddenCall(SYS_pread64, 10));
  EXPECT_THAT(message, HasSubstr("pread64(10"));
  EXPECT_THAT(message, HasSubstr("at 0x401234"));
  EXPECT_THAT(message, HasSubstr("pid 4711"));
  EXPECT_THAT(message, HasSubstr("add \"pread64:10\" to JailOptions::allow"));
}

TEST(CallFailureTest, WhatNothingAllowsSaysWhy) {
  const std::string message = Message(ForbiddenCall(SYS_mmap, 0));
  EXPECT_THAT(message, HasSubstr("mmap("));
  EXPECT_THAT(message, HasSubstr("nothing in JailOptions::allow"));
  EXPECT_THAT(message, HasSubstr(NeverAllowed(SYS_mmap)));
  EXPECT_THAT(Message(ForbiddenCall(9999, 0)), HasSubstr("syscall_9999("));
}

TEST(CallFailureTest, TheAllowanceIsThatOfTheWorkersPolicy) {
  const Policy strict = StrictPreset();
  const CallFailure failure = ForbiddenCall(SYS_pread64, 10);
  EXPECT_THAT(Message(failure, "", &strict), HasSubstr("pread64:10"));
  // What the policy allows already: nothing is to be added to it.
  const Policy worker = WorkerPreset();
  const CallFailure clock = ForbiddenCall(SYS_clock_gettime, 0);
  EXPECT_THAT(Message(clock, "", &strict), HasSubstr("clock_gettime"));
  EXPECT_EQ(Message(clock, "", &worker), Message(clock));
}

TEST(CallFailureTest, AnUnknownCallIsNotNamed) {
  CallFailure failure = Failure(CallEnd::kViolation);
  EXPECT_THAT(Message(failure), HasSubstr("its number is not known"));
  EXPECT_THAT(Message(failure), Not(HasSubstr("read(")));
  failure.violation.arch = AUDIT_ARCH_I386;
  EXPECT_THAT(Message(failure), HasSubstr("another ABI (arch 0x40000003)"));
}

TEST(CallFailureTest, LimitsAreShownWhereTheyAreKnown) {
  CallFailure late = Failure(CallEnd::kDeadline);
  EXPECT_THAT(Message(late), HasSubstr("in time"));
  late.time_limit = std::chrono::seconds(2);
  EXPECT_THAT(Message(late), HasSubstr("within 2000 ms"));
  CallFailure busy = Failure(CallEnd::kCpuLimit);
  EXPECT_THAT(Message(busy), HasSubstr("than it may"));
  busy.time_limit = std::chrono::milliseconds(30);
  EXPECT_THAT(Message(busy), HasSubstr("than 30 ms"));
  CallFailure longer = Failure(CallEnd::kOutputLimit);
  EXPECT_THAT(Message(longer), HasSubstr("than it may be"));
  longer.output_limit = 4096;
  EXPECT_THAT(Message(longer), HasSubstr("than 4096 bytes"));
}

TEST(CallFailureTest, ACrashNamesSignalAndAddress) {
  CallFailure failure = Failure(CallEnd::kCrashed);
  failure.signal = SIGSEGV;
  failure.address = 0x10;
  failure.messages = "stack smashed\n";
  EXPECT_THAT(Message(failure), HasSubstr("SIGSEGV at 0x10"));
  EXPECT_THAT(Message(failure),
              HasSubstr("last messages: \"stack smashed\\x0a\""));
  failure.signal = SIGABRT;
  EXPECT_THAT(Message(failure), HasSubstr("SIGABRT;"));
  failure.signal = SIGKILL;
  EXPECT_THAT(Message(failure), HasSubstr("killed from outside"));
  failure.signal = 4711;
  EXPECT_THAT(Message(failure), HasSubstr("signal 4711"));
}

TEST(CallFailureTest, AnExitShowsItsCode) {
  CallFailure failure = Failure(CallEnd::kExited);
  failure.exit_code = 42;
  EXPECT_THAT(Message(failure), HasSubstr("exit code 42"));
}

TEST(CallFailureTest, TheReasonIsShown) {
  for (const CallEnd end : {CallEnd::kRefused, CallEnd::kExhausted,
                            CallEnd::kCrashed, CallEnd::kExited, CallEnd::kLied,
                            CallEnd::kNoWorker, CallEnd::kMisuse}) {
    EXPECT_THAT(Message(Failure(end), "the reason"),
                HasSubstr("\"the reason\""))
        << Name(end);
  }
}

// Whatever bytes a worker sends, a message is one short line for a terminal.
TEST(CallFailureTest, HostileWordsAreEscapedAndShortened) {
  std::string hostile;
  for (int byte = 0; byte < 256; ++byte) hostile += static_cast<char>(byte);
  hostile += "\x1b]0;title\x07\xc2\x9b" + std::string(1 << 20, '\x1b');
  for (const CallEnd end : kEnds) {
    CallFailure failure = Failure(end);
    failure.messages = hostile;
    const absl::Status status = ToStatus(failure, hostile);
    EXPECT_TRUE(IsPrintable(std::string(status.message()))) << Name(end);
    EXPECT_LE(status.message().size(),
              4 * (kShownDetailBytes + kShownMessagesBytes) + 600)
        << Name(end);
    if (end == CallEnd::kClean) continue;
    EXPECT_EQ(FailureOf(status)->messages,
              hostile.substr(hostile.size() - kKeptMessagesBytes));
  }
}

}  // namespace
}  // namespace cellblock
