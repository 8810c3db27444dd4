// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_SAMPLE_TABLE_H_
#define CELLBLOCK_TESTS_BENCHMARK_SAMPLE_TABLE_H_

// Rows that are measured in turn, so that whatever the machine does meanwhile
// it does to all of them, and printed beside each other.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/benchmark/jail_floors.h"

namespace cellblock {

struct SampleRow {
  std::string name;
  std::function<Sample()> take;
  // The row that this one is held against; its own: it is a floor.
  std::string floor = {};
  std::vector<double> samples = {};
};

// The sample that so many per cent of them do not exceed. For at least one.
double Percentile(std::vector<double> samples, double percent);

// What a row does when it is its turn: so many samples one after the other,
// behind others that do not count. With none of those, a sample finds the
// caches as the row before left them.
struct RowTurn {
  int samples = 1;
  int uncounted = 0;
};

// Each row in turn, `rounds` times after a tenth as many that do not count.
// Returns the name of the row that failed; empty iff none did.
std::string TakeSamples(std::vector<SampleRow>* rows, int rounds,
                        const RowTurn& turn = {});

// A line for each row: p50 and p99 in microseconds, and the ratio of both to
// those of its floor. For rows that have samples.
std::string TableOf(const std::string& title,
                    const std::vector<SampleRow>& rows);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_SAMPLE_TABLE_H_
