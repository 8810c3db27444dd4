// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The C API when the host's memory is at its end: every allocation that one of
// its functions makes fails once, in turn.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <string.h>

#include <new>
#include <string>

#include "jail/cellblock_jail.h"

namespace {

// Allocations that this thread may still make; -1: as many as it likes.
thread_local int allowance = -1;

void* Allocate(size_t bytes) {
  if (allowance == 0) throw std::bad_alloc();
  if (allowance > 0) --allowance;
  void* const block = malloc(bytes);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

// Only in `function` is there not enough memory.
template <typename F>
auto WithAllowance(int allocations, const F& function) {
  allowance = allocations;
  auto result = function();
  allowance = -1;
  return result;
}

// More than any function here needs.
constexpr int kMost = 2000;

}  // namespace

void* operator new(size_t bytes) { return Allocate(bytes); }
void* operator new[](size_t bytes) { return Allocate(bytes); }
void operator delete(void* block) noexcept { free(block); }
void operator delete[](void* block) noexcept { free(block); }
void operator delete(void* block, size_t) noexcept { free(block); }
void operator delete[](void* block, size_t) noexcept { free(block); }

namespace {

int Echo(cellblock_call* call) {
  size_t bytes = 0;
  const uint8_t* const input = cellblock_call_input(call, &bytes);
  if (bytes == 1) {
    cellblock_call_explain(call, "more than fits where short words have room");
    return 3;
  }
  cellblock_call_write(call, input, bytes);
  return 0;
}

constexpr cellblock_decoder kDecoders[] = {{"echo", Echo, nullptr}};

cellblock_jail_options Options() {
  cellblock_jail_options options;
  cellblock_jail_options_init(&options, sizeof(options));
  options.pool_bytes = 1 << 20;
  return options;
}

bool IsEcho(const cellblock_output* output, const std::string& text) {
  size_t bytes = 0;
  const uint8_t* const given = cellblock_output_bytes(output, &bytes);
  return cellblock_output_end(output) == CELLBLOCK_END_CLEAN &&
         bytes == text.size() && memcmp(given, text.data(), bytes) == 0;
}

TEST(CellblockJailMemoryTest, CreateSaysSo) {
  const cellblock_jail_options options = Options();
  int failures = 0;
  for (int allocations = 0; allocations < kMost; ++allocations) {
    char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
    cellblock_jail* const jail = WithAllowance(allocations, [&] {
      return cellblock_jail_create(&options, "echo", why);
    });
    if (jail != nullptr) {
      cellblock_jail_destroy(jail);
      EXPECT_GT(failures, 10);
      return;
    }
    ++failures;
    ASSERT_STREQ(why, "malloc has nothing left") << allocations;
  }
  FAIL() << "it never has enough";
}

class Calls : public ::testing::TestWithParam<cellblock_freshness> {};

INSTANTIATE_TEST_SUITE_P(All, Calls,
                         ::testing::Values(CELLBLOCK_FRESHNESS_REUSE,
                                           CELLBLOCK_FRESHNESS_FORK_PER_CALL));

// Of a clean call and of one that fails; the jail serves on after each.
TEST_P(Calls, GiveNothingAndTheJailServesOn) {
  cellblock_jail_options options = Options();
  options.freshness = GetParam();
  cellblock_jail* const jail = cellblock_jail_create(&options, "echo", nullptr);
  ASSERT_NE(jail, nullptr);
  const std::string whole(100'000, 'x');
  for (const std::string& input : {whole, std::string("x")}) {
    int allocations = 0;
    for (; allocations < kMost; ++allocations) {
      cellblock_output* const output = WithAllowance(allocations, [&] {
        return cellblock_jail_call(jail, input.data(), input.size());
      });
      if (output == nullptr) {
        cellblock_output* const next =
            cellblock_jail_call(jail, whole.data(), whole.size());
        ASSERT_NE(next, nullptr);
        ASSERT_TRUE(IsEcho(next, whole)) << cellblock_output_message(next);
        cellblock_output_free(next);
        continue;
      }
      if (input.size() == 1) {
        EXPECT_EQ(cellblock_output_end(output), CELLBLOCK_END_REFUSED);
        EXPECT_NE(strstr(cellblock_output_message(output), "short words"),
                  nullptr);
      } else {
        EXPECT_TRUE(IsEcho(output, input));
      }
      cellblock_output_free(output);
      break;
    }
    EXPECT_GT(allocations, 1);
    EXPECT_LT(allocations, kMost);
  }
  cellblock_jail_destroy(jail);
}

TEST(CellblockJailMemoryTest, TestLockAndPostureSaySo) {
  const cellblock_jail_options options = Options();
  cellblock_jail* const jail = cellblock_jail_create(&options, "echo", nullptr);
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(WithAllowance(
                0,
                [&] {
                  return cellblock_jail_posture(
                      jail, [](void*, const char*, const char*, const char*) {},
                      nullptr);
                }),
            -1);
  char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
  EXPECT_EQ(WithAllowance(
                0, [&] { return cellblock_jail_test_lock(jail, 101, why); }),
            -1);
  EXPECT_STRNE(why, "");
  EXPECT_EQ(cellblock_jail_test_lock(jail, 101, why), 0) << why;
  cellblock_jail_destroy(jail);
}

}  // namespace

int main(int argc, char** argv) {
  cellblock_jail_init(argc, argv, kDecoders, 1);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
