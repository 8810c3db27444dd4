// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_GOLDEN_ROWS_H_
#define CELLBLOCK_TESTS_ALLOCATOR_GOLDEN_ROWS_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// How the ancestor's mixed load in 16 MiB ends, in twelve settings.
struct GoldenRow {
  size_t slots;
  uint64_t seed;
  int steps;  // the last of which is refused
  uint64_t live;
  uint64_t free;
  uint64_t lost;
  size_t start;
  size_t cursor;
};

// In bytes. The seeds of the ancestor's workload, not of this test.
inline constexpr GoldenRow kGoldenRows[] = {
    {4, 0, 23'400, 4'696'711, 4'035, 12'076'470, 0, 1},
    {4, 1, 22'974, 4'939'166, 9'554, 11'828'496, 0, 2},
    {4, 2, 23'286, 5'455'306, 27'227, 11'294'683, 0, 1},
    {64, 0, 34'129, 7'123'444, 154'987, 9'498'785, 0, 30},
    {64, 1, 32'415, 7'639'777, 198'235, 8'939'204, 0, 26},
    {64, 2, 32'997, 7'749'854, 150'479, 8'876'883, 0, 22},
    {512, 0, 39'351, 8'367'862, 805'766, 7'603'588, 0, 126},
    {512, 1, 37'936, 8'365'890, 1'005'632, 7'405'694, 0, 16},
    {512, 2, 38'818, 8'263'246, 1'003'167, 7'510'803, 0, 99},
    {4096, 0, 43'058, 8'382'458, 4'112'486, 4'282'272, 0, 2802},
    {4096, 1, 41'296, 8'366'218, 4'391'916, 4'019'082, 0, 1355},
    {4096, 2, 42'478, 8'351'872, 4'339'892, 4'085'452, 0, 2669},
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_GOLDEN_ROWS_H_
