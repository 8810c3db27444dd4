// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/sample_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cellblock {
namespace {

const SampleRow* FindRow(const std::vector<SampleRow>& rows,
                         const std::string& name) {
  for (const SampleRow& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

double Percentile(std::vector<double> samples, double percent) {
  const double rank =
      std::ceil(percent / 100 * static_cast<double>(samples.size()));
  const auto at = static_cast<ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(samples.begin(), samples.begin() + at, samples.end());
  return samples[static_cast<size_t>(at)];
}

std::string TakeSamples(std::vector<SampleRow>* rows, int rounds,
                        const RowTurn& turn) {
  for (int round = -rounds / 10; round < rounds; ++round) {
    for (SampleRow& row : *rows) {
      for (int i = -turn.uncounted; i < turn.samples; ++i) {
        const Sample sample = row.take();
        if (!sample.has_value()) return row.name;
        if (round >= 0 && i >= 0) row.samples.push_back(*sample);
      }
    }
  }
  return {};
}

std::string TableOf(const std::string& title,
                    const std::vector<SampleRow>& rows) {
  char line[256];
  snprintf(line, sizeof(line), "%-40s %10s %10s %7s %7s  %s\n", title.c_str(),
           "p50 us", "p99 us", "x p50", "x p99", "of");
  std::string table = line;
  for (const SampleRow& row : rows) {
    const double p50 = Percentile(row.samples, 50);
    const double p99 = Percentile(row.samples, 99);
    snprintf(line, sizeof(line), "%-40s %10.2f %10.2f", row.name.c_str(),
             p50 / 1000, p99 / 1000);
    table += line;
    if (const SampleRow* floor = FindRow(rows, row.floor)) {
      snprintf(line, sizeof(line), " %7.2f %7.2f  %s",
               p50 / Percentile(floor->samples, 50),
               p99 / Percentile(floor->samples, 99), floor->name.c_str());
      table += line;
    }
    table += '\n';
  }
  return table;
}

}  // namespace cellblock
