// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/profile_check.h"

#include <string>
#include <vector>

namespace cellblock {
namespace {

// Above it a number of JavaScript is not exact.
constexpr uint64_t kMostExact = uint64_t{1} << 53;
constexpr uint64_t kMostPermille = 1000;

// Several times what jailrun writes.
constexpr size_t kMostSamples = 4096;
constexpr size_t kMostStrips = 16;
constexpr size_t kMostCells = 4096;
constexpr size_t kMostSizes = 1024;
constexpr size_t kMostStacks = 4096;
constexpr size_t kMostFrames = 256;
constexpr size_t kMostCalls = 2048;

void CheckNumbers(const JsonNode& json,
                  std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.At(key).NumberIfAny(kMostExact);
}

void CheckStrips(const JsonNode& strips) {
  for (const JsonNode& strip : strips.Items(kMostStrips)) {
    strip.At("when").Text();
    CheckNumbers(strip, {"at_us", "cell_bytes"});
    for (const JsonNode& cell : strip.At("used_permille").Items(kMostCells)) {
      cell.Number(kMostPermille);
    }
  }
}

void CheckPeak(const JsonNode& peak) {
  if (peak.IsNull()) return;
  CheckNumbers(peak,
               {"at_us", "in_use_bytes", "sample_every_bytes", "dropped"});
  for (const JsonNode& stack : peak.At("stacks").Items(kMostStacks)) {
    CheckNumbers(stack, {"bytes", "count"});
    for (const JsonNode& frame : stack.At("frames").Items(kMostFrames)) {
      frame.At("module").TextIfAny();
      frame.At("function").TextIfAny();
      frame.At("file").TextIfAny();
      CheckNumbers(frame, {"offset", "line"});
    }
  }
}

void CheckCalls(const JsonNode& calls) {
  if (calls.IsNull()) return;
  calls.At("missing").TextIfAny();
  if (const JsonNode before = calls.At("before_lock"); !before.IsNull()) {
    for (const JsonNode& call : before.Items(kMostCalls)) {
      call.At("syscall").Text();
      CheckNumbers(call, {"count"});
    }
  }
  if (const JsonNode after = calls.At("after_lock"); !after.IsNull()) {
    for (const JsonNode& call : after.Items(kMostCalls)) {
      call.At("syscall").Text();
      CheckNumbers(call, {"count", "refused"});
    }
  }
}

}  // namespace

void CheckProfile(const JsonNode& profile) {
  for (const JsonNode& sample : profile.At("samples").Items(kMostSamples)) {
    CheckNumbers(sample, {"at_us", "in_use_bytes", "high_water_bytes",
                          "largest_free_bytes"});
  }
  CheckStrips(profile.At("strips"));
  for (const JsonNode& size : profile.At("sizes").Items(kMostSizes)) {
    CheckNumbers(size, {"from_bytes", "to_bytes", "allocations", "frees",
                        "bytes_asked"});
  }
  CheckPeak(profile.At("peak"));
  CheckCalls(profile.At("calls"));
}

}  // namespace cellblock
