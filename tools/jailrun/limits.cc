// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/limits.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>

#include "tools/jailrun/byte_size.h"

namespace cellblock {
namespace {

rlimit Current(__rlimit_resource resource) {
  rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
  (void)getrlimit(resource, &limit);
  return limit;
}

ResourceLimit Lowered(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit current = Current(resource);
  return {resource, std::min(current.rlim_cur, soft),
          std::min(current.rlim_max, hard)};
}

// Where a lower one was there before, that one holds.
ResourceLimit LoweredCpu(std::chrono::seconds time) {
  const auto seconds = static_cast<rlim_t>(time.count());
  return Lowered(RLIMIT_CPU, seconds, seconds + 1);
}

ResourceLimit LoweredFileSize(rlim_t bytes) {
  return Lowered(RLIMIT_FSIZE, bytes, bytes);
}

uint64_t Microseconds(rlim_t seconds) { return seconds * 1000000; }

std::string CpuText(std::chrono::seconds time) {
  const ResourceLimit limit = LoweredCpu(time);
  const std::string text = "ended when " + std::to_string(limit.soft) +
                           " s of CPU time are used, by SIGKILL";
  const rlim_t later = limit.hard - limit.soft;
  if (later == 0) return text;
  return text + (later == 1 ? " a second later"
                            : " " + std::to_string(later) + " s later");
}

}  // namespace

std::optional<Refusal> FindLimits(const Options& options, AskedLimits* asked) {
  if (options.cpu_time) {
    const ResourceLimit limit = LoweredCpu(*options.cpu_time);
    asked->limits.push_back(limit);
    asked->cpu = {.signal_after = Microseconds(limit.soft),
                  .kill_after = Microseconds(limit.hard)};
  }
  if (options.file_bytes) {
    asked->limits.push_back(LoweredFileSize(*options.file_bytes));
  }
  if (options.stack_bytes) {
    const rlim_t most = Current(RLIMIT_STACK).rlim_max;
    if (*options.stack_bytes > most) {
      return Refusal{
          .reason = "--stack=" + SizeArgument(*options.stack_bytes) +
                    ": the limit on stacks here is " + SizeArgument(most),
          .advice = "ask for less, or raise the hard limit (ulimit -Hs)"};
    }
    asked->limits.push_back(
        {RLIMIT_STACK, *options.stack_bytes, *options.stack_bytes});
  }
  return {};
}

void ExplainLimit(const AskedLimits& asked, RunRecord* record) {
  const Options& options = record->options;
  if (record->verdict.by_cpu_limit) {
    const uint64_t seconds = asked.cpu.signal_after / 1000000;
    record->reason =
        "the CPU limit of " + std::to_string(seconds) + " s has passed";
    const bool own =
        seconds == static_cast<uint64_t>(options.cpu_time->count());
    record->advice = own ? "--cpu=TIME allows more"
                         : "that limit was there before --cpu (ulimit -t)";
    return;
  }
  const ProcessEnd& end = record->evidence.end;
  if (record->verdict.verdict_class != VerdictClass::kCrashed ||
      end.code != SIGXFSZ) {
    return;
  }
  record->reason = "a file was to grow beyond the limit on its size";
  record->advice =
      options.file_bytes
          ? "--fsize=" + SizeArgument(*options.file_bytes) +
                " is that limit, for standard output to a file too; a larger "
                "one allows more"
          : "that limit was there before jailrun (ulimit -f)";
}

void AddLimitLayers(const Options& options, LayerState confined,
                    std::vector<Layer>* posture) {
  const uint64_t stack = options.stack_bytes.value_or(kMostStackBytes);
  posture->push_back({"rlimits", confined,
                      "no core file, stack at most " + FormatBytes(stack) +
                          ", at most " + std::to_string(kMostDescriptors) +
                          " descriptors"});
  const auto asked = [](bool is) {
    return is ? LayerState::kEnforced : LayerState::kOff;
  };
  posture->push_back({"cpu_limit", asked(options.cpu_time.has_value()),
                      options.cpu_time ? CpuText(*options.cpu_time)
                                       : "--cpu=TIME bounds the CPU time"});
  posture->push_back(
      {"output_limit", asked(options.output_bytes.has_value()),
       options.output_bytes
           ? "killed when more than " + FormatBytes(*options.output_bytes) +
                 " go to standard output and error"
           : "--output-limit=SIZE bounds what goes to standard output and "
             "error"});
  posture->push_back(
      {"file_size_limit", asked(options.file_bytes.has_value()),
       options.file_bytes
           ? "no file grows beyond " +
                 FormatBytes(LoweredFileSize(*options.file_bytes).soft)
           : "--fsize=SIZE bounds each file that is written"});
}

}  // namespace cellblock
