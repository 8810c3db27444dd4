// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What libc does at first use is done before the lock. The preset "strict"
// shows it: any call but read, write and the end is death.

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <locale>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "jail/lock.h"
#include "jail/warm_up.h"
#include "tests/jail/live_filter.h"
#include "tests/jail/lockdown/lockdown_child.h"

namespace cellblock {
namespace {

void LockStrictly() {
  CHILD_CHECK(Lock(LoneFilter(StrictPreset()), Notify::kNobody).failed ==
              LockStep::kDone);
}

// Standard output of a child that is locked strictly after `prepare`.
template <typename Prepare, typename Body>
ChildEnd InStrictChild(const Prepare& prepare, const Body& body) {
  return InChild([&] {
    const int null = open("/dev/null", O_WRONLY);
    CHILD_CHECK(null >= 0 && dup2(null, STDOUT_FILENO) == STDOUT_FILENO);
    unsetenv("TZ");
    prepare();
    LockStrictly();
    body();
  });
}

void Nothing() {}

void TellTime() {
  const time_t noon = 43'200;
  tm parts = {};
  char text[64];
  CHILD_CHECK(localtime(&noon) != nullptr);
  CHILD_CHECK(localtime_r(&noon, &parts) != nullptr);
  CHILD_CHECK(strftime(text, sizeof(text), "%c %Z", &parts) > 0);
  CHILD_CHECK(mktime(&parts) == noon);
}

void Print() {
  CHILD_CHECK(printf("%f %s %.300f\n", 1.5, "text", 1e300) > 0);
  CHILD_CHECK(fflush(stdout) == 0);
  std::cout << 1.5 << std::endl;
  std::ostringstream stream;
  stream.imbue(std::locale());
  stream << 2.25;
  CHILD_CHECK(stream.str() == "2.25");
}

void Throw() {
  bool caught = false;
  try {
    throw std::runtime_error(strerror(ENOENT));
  } catch (const std::exception& error) {
    caught = std::string(error.what()) == "No such file or directory";
  }
  CHILD_CHECK(caught);
}

int CompareInts(const void* a, const void* b) {
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

void Sort() {
  int numbers[512];
  std::iota(std::rbegin(numbers), std::rend(numbers), 0);
  qsort(numbers, std::size(numbers), sizeof(int), &CompareInts);
  CHILD_CHECK(std::is_sorted(std::begin(numbers), std::end(numbers)));
}

TEST(WarmUpLiveTest, SeedParity_Row40_NothingIsLeftForFirstUse) {
  for (void (*use)() : {TellTime, Print, Throw, Sort}) {
    EXPECT_THAT(InStrictChild(WarmUp, use), EndsClean());
  }
}

// And that it is WarmUp's doing.
TEST(WarmUpLiveTest, ColdItWouldBeDeath) {
  EXPECT_THAT(InStrictChild(Nothing, TellTime), DiesOf(SIGSYS));
  EXPECT_THAT(InStrictChild(Nothing, Sort), DiesOf(SIGSYS));
}

// Where the service's own preset refuses to open it, the zone would be UTC.
TEST(WarmUpLiveTest, TheTimeZoneStaysThatOfTheMachine) {
  EXPECT_THAT(InChild([] {
                unsetenv("TZ");
                LockChild();
                CHILD_CHECK(getenv("TZ") == std::string(":/etc/localtime"));
                TellTime();
              }),
              EndsClean());
  EXPECT_THAT(InChild([] {
                setenv("TZ", "Asia/Kolkata", 1);
                const time_t midnight = 0;
                LockChild();
                CHILD_CHECK(localtime(&midnight)->tm_hour == 5);
                CHILD_CHECK(getenv("TZ") == std::string("Asia/Kolkata"));
              }),
              EndsClean());
}

TEST(WarmUpLiveTest, TheNumberOfProcessorsIsStillKnown) {
  EXPECT_THAT(InChild([] {
                LockChild();
                CHILD_CHECK(std::thread::hardware_concurrency() > 0);
              }),
              EndsClean());
}

TEST(WarmUpLiveTest, StreamsKeepTheKindOfTheirBuffer) {
  EXPECT_THAT(InChild([] {
                setvbuf(stdout, nullptr, _IONBF, 0);
                WarmUp();
                int ends[2];
                CHILD_CHECK(pipe(ends) == 0);
                CHILD_CHECK(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
                printf("x");
                char byte = 0;
                CHILD_CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
                CHILD_CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
              }),
              EndsClean());
}

}  // namespace
}  // namespace cellblock
