// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/progress.h"

#include <stdio.h>

#include <algorithm>
#include <numeric>

namespace cellblock {
namespace {

// "7", "8.5", "1200": at least two digits that mean something.
std::string RateText(double rate) {
  char text[32];
  snprintf(text, sizeof(text), "%.*f", rate < 10 ? 1 : 0, rate);
  return text;
}

// "0:07", "12:30", "3:04:05"
std::string ClockText(double seconds) {
  constexpr double kMost = 99 * 3600;
  const auto whole = static_cast<long>(std::min(seconds, kMost) + 0.5);
  char text[64];
  if (whole >= 3600) {
    snprintf(text, sizeof(text), "%ld:%02ld:%02ld", whole / 3600,
             whole / 60 % 60, whole % 60);
  } else {
    snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text;
}

std::string Bar(size_t done, size_t all, size_t width) {
  const size_t full = all == 0 ? width : width * done / all;
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

}  // namespace

size_t Tally::all() const {
  return std::accumulate(counts_.begin(), counts_.end(), size_t{0});
}

std::string Tally::Text() const {
  std::string text;
  for (const VerdictClass verdict_class : kAllVerdictClasses) {
    if (of(verdict_class) == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(of(verdict_class)) + " " + Name(verdict_class);
  }
  return text;
}

double Rate(const Progress& progress) {
  const double seconds = progress.elapsed.count();
  const size_t done = progress.tally.all() - progress.done_before;
  return seconds <= 0 ? 0 : static_cast<double>(done) / seconds;
}

std::string ProgressLine(const Progress& progress, size_t columns) {
  const size_t done = progress.tally.all();
  const double rate = Rate(progress);
  std::string counts =
      std::to_string(done) + "/" + std::to_string(progress.inputs);
  if (rate > 0) {
    const auto left = static_cast<double>(progress.inputs - done);
    counts += "  " + RateText(rate) + "/s  " + ClockText(left / rate) + " left";
  }
  const size_t others = done - progress.tally.of(VerdictClass::kClean);
  if (others > 0) counts += "  " + std::to_string(others) + " not clean";
  constexpr size_t kLeastBar = 10;
  constexpr size_t kMostBar = 40;
  const size_t beside = counts.size() + 3;  // the bar's ends and a blank
  if (columns >= beside + kLeastBar) {
    const size_t width = std::min(columns - beside, kMostBar);
    counts = Bar(done, progress.inputs, width) + " " + counts;
  }
  return counts.substr(0, columns);
}

}  // namespace cellblock
