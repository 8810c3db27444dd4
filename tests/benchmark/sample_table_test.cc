// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/sample_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cellblock {
namespace {

using testing::HasSubstr;

TEST(SampleTableTest, PercentilesAreSamples) {
  std::vector<double> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(i);
  EXPECT_EQ(Percentile(hundred, 50), 50);
  EXPECT_EQ(Percentile(hundred, 99), 99);
  EXPECT_EQ(Percentile(hundred, 100), 100);
  EXPECT_EQ(Percentile(hundred, 0), 1);
  EXPECT_EQ(Percentile({7}, 99), 7);
}

TEST(SampleTableTest, RowsTakeTurnsAndWarmUp) {
  std::string order;
  std::vector<SampleRow> rows = {
      {"a", [&order] { return order += 'a', Sample(1); }},
      {"b", [&order] { return order += 'b', Sample(2); }, "a"}};
  EXPECT_EQ(TakeSamples(&rows, 20), "");
  EXPECT_EQ(order.size(), 2u * (20 + 2));
  EXPECT_EQ(order.substr(0, 4), "abab");
  EXPECT_EQ(rows[0].samples.size(), 20u);
  const std::string table = TableOf("title", rows);
  EXPECT_THAT(table, HasSubstr("title"));
  EXPECT_THAT(table, HasSubstr("   2.00    2.00  a\n"));
}

TEST(SampleTableTest, TheRowThatFailsIsNamed) {
  int left = 5;
  std::vector<SampleRow> rows = {
      {"steady", [] { return Sample(1); }},
      {"breaks", [&left] { return --left < 0 ? Sample() : Sample(1); }}};
  EXPECT_EQ(TakeSamples(&rows, 10), "breaks");
}

}  // namespace
}  // namespace cellblock
