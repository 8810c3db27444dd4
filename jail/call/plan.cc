// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "jail/call/channel_layout.h"
#include "jail/call/embedded_malloc.h"
#include "jail/call/template_control.h"
#include "jail/call/worker_filters.h"
#include "jail/call/worker_policy.h"
#include "jail/own_descriptor.h"

// Linux 6.3, newer than Debian 12's headers.
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace cellblock {
namespace {

constexpr uint64_t kLeastPool = uint64_t{64} << 10;
constexpr uint64_t kLeastStack = uint64_t{64} << 10;
constexpr int kMostWorkers = 256;
constexpr size_t kMostDescriptorsGiven = 32;

absl::Status Wrong(const char* option, const std::string& value,
                   const char* may_be) {
  return absl::InvalidArgumentError(
      absl::StrCat("JailOptions::", option, ": ", value, ": ", may_be));
}

absl::Status CheckRange(const char* option, uint64_t value, uint64_t least,
                        uint64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Wrong(option, std::to_string(value),
               absl::StrCat("has to be from ", least, " to ", most).c_str());
}

absl::Status CheckTimes(const JailOptions& options) {
  const struct {
    const char* name;
    std::chrono::milliseconds value;
    int64_t least;
  } times[] = {{"deadline", options.deadline, 1},
               {"start_deadline", options.start_deadline, 1},
               {"cpu_limit", options.cpu_limit, 0}};
  for (const auto& time : times) {
    if (time.value.count() >= time.least && time.value <= kLongestTime)
      continue;
    return Wrong(time.name, std::to_string(time.value.count()),
                 absl::StrCat("has to be from ", time.least, " to ",
                              kLongestTime.count(), " ms")
                     .c_str());
  }
  return absl::OkStatus();
}

absl::Status Check(const JailOptions& options, WorkerHeap heap) {
  constexpr uint64_t kMostBytes = uint64_t{1} << 40;
  const struct {
    const char* name;
    uint64_t value;
    uint64_t least;
    uint64_t most;
  } ranges[] = {
      {"pool_bytes", options.pool_bytes, kLeastPool, kMostBytes},
      {"stack_bytes", options.stack_bytes, kLeastStack, kMostBytes},
      {"input_bytes", options.input_bytes, 1, kMostBytes},
      {"output_buffer", options.output_buffer, 1, kMostBytes},
      {"output_limit", options.output_limit, 0, UINT64_MAX},
      {"workers", static_cast<uint64_t>(std::max(options.workers, 0)), 1,
       kMostWorkers},
      {"descriptors", options.descriptors.size(), 0, kMostDescriptorsGiven},
  };
  for (const auto& range : ranges) {
    if (absl::Status status =
            CheckRange(range.name, range.value, range.least, range.most);
        !status.ok()) {
      return status;
    }
  }
  if (heap == WorkerHeap::kOfHost &&
      options.freshness == Freshness::kHeapReset) {
    return Wrong("freshness", "kHeapReset",
                 "a copy of the host cannot put back what it has of the host: "
                 "kReuse, or kForkPerCall");
  }
  if (options.commit == Commit::kLock) {
    return Wrong("commit", "kLock",
                 "a forked worker would have to pin its pages anew; kPopulate "
                 "provides them ahead");
  }
  if (absl::Status status = CheckTimes(options); !status.ok()) return status;
  for (const std::string& entry : options.environment) {
    const bool is_ours = entry.rfind("LD_PRELOAD=", 0) == 0 ||
                         entry.rfind("LD_BIND_NOW=", 0) == 0 ||
                         entry.rfind("CELLBLOCK_", 0) == 0;
    if (entry.find('=') == std::string::npos || is_ours) {
      return Wrong("environment", entry,
                   "is to be NAME=value, and not of LD_PRELOAD, LD_BIND_NOW or "
                   "CELLBLOCK_*");
    }
  }
  for (const int fd : options.descriptors) {
    if (fcntl(fd, F_GETFD) < 0) {
      return Wrong("descriptors", std::to_string(fd), "is not open");
    }
  }
  return absl::OkStatus();
}

// What a process writes or sets beyond this limit of its own kills it.
absl::Status CheckFileSizes(const JailOptions& options) {
  const size_t channel =
      ChannelLayout(options.input_bytes, options.output_buffer).total();
  const uint64_t needed =
      std::max({channel, EmbeddedMalloc().size(), sizeof(TemplateControl)});
  rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= needed) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      "RLIMIT_FSIZE is ", limit.rlim_cur, " bytes in this process, and ",
      needed,
      " are needed for the memory that it shares with workers: raise it "
      "(ulimit -f, systemd's LimitFSIZE), or lower JailOptions::input_bytes "
      "and output_buffer"));
}

char GrantMark(const PathGrant& grant) {
  const bool is_optional = grant.presence == Presence::kOptional;
  if (grant.access == PathAccess::kReadWrite) return is_optional ? 'w' : 'W';
  return is_optional ? 'r' : 'R';
}

absl::Status AddGrants(const JailOptions& options, TemplateOrder* order) {
  size_t used = 0;
  for (const PathGrant& grant : options.files) {
    // With its zero byte, and the one that ends the list.
    const size_t length = grant.path.size() + 2;
    if (used + length + 1 > sizeof(order->grants) ||
        grant.path.find('\0') != std::string::npos || grant.path.empty()) {
      return Wrong(
          "files", grant.path,
          "all paths together have 8 KiB, none is empty, and none has a "
          "zero byte");
    }
    char* const at = order->grants + used;
    at[0] = GrantMark(grant);
    memcpy(at + 1, grant.path.c_str(), grant.path.size() + 1);
    used += length;
  }
  return absl::OkStatus();
}

absl::Status AddFilters(const WorkerPolicy& policy, TemplateOrder* order) {
  const absl::StatusOr<WorkerFilters> filters = CompileWorkerFilters(policy);
  if (!filters.ok()) return filters.status();
  const auto copy = [](const std::vector<sock_filter>& from, sock_filter* to,
                       uint32_t* length) {
    if (from.size() > BPF_MAXINSNS) return false;
    std::copy(from.begin(), from.end(), to);
    *length = static_cast<uint32_t>(from.size());
    return true;
  };
  if (!copy(filters->template_filter, order->template_filter,
            &order->template_filter_length) ||
      !copy(filters->last_filter, order->last_filter,
            &order->last_filter_length)) {
    return absl::InvalidArgumentError(
        "JailOptions::allow: the filter is too long for the kernel");
  }
  return absl::OkStatus();
}

// The malloc of workers, as a file to be preloaded.
absl::StatusOr<UniqueFd> PreloadFile() {
  const std::span<const uint8_t> library = EmbeddedMalloc();
  const auto make = [](unsigned flags) {
    return memfd_create("cellblock-malloc",
                        MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
  };
  UniqueFd fd = MakeDescriptor([&make] { return make(MFD_EXEC); });
  if (!fd.ok()) fd = MakeDescriptor([&make] { return make(0); });
  size_t written = 0;
  while (fd.ok() && written < library.size()) {
    const ssize_t length =
        write(fd.get(), library.data() + written, library.size() - written);
    if (length <= 0) break;
    written += static_cast<size_t>(length);
  }
  // Every worker that is yet to come runs it before it has a lock.
  if (!fd.ok() || written < library.size() ||
      fcntl(fd.get(), F_ADD_SEALS,
            F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return absl::UnavailableError(
        absl::StrCat("the workers' malloc: ", strerror(errno)));
  }
  return fd;
}

}  // namespace

absl::StatusOr<TemplatePlan> MakePlan(const JailOptions& options,
                                      std::string_view decoder,
                                      WorkerHeap heap) {
  if (absl::Status status = Check(options, heap); !status.ok()) return status;
  if (absl::Status status = CheckFileSizes(options); !status.ok()) {
    return status;
  }
  absl::StatusOr<WorkerPolicy> policy = WorkerPolicy::Create(
      {.preset = options.preset,
       .allow = options.allow,
       .memory = heap == WorkerHeap::kOfHost ? MemoryCalls::kRefuse
                                             : MemoryCalls::kViolation});
  if (!policy.ok()) return policy.status();
  TemplatePlan plan(*std::move(policy));
  TemplateOrder& order = *plan.order;
  if (decoder.size() >= sizeof(order.decoder)) {
    return absl::InvalidArgumentError("the name of the decoder is too long");
  }
  std::copy(decoder.begin(), decoder.end(), order.decoder);
  order.pool_bytes = options.pool_bytes;
  order.input_bytes = options.input_bytes;
  order.output_bytes = options.output_buffer;
  order.populate = options.commit == Commit::kPopulate ? 1 : 0;
  order.after_call = options.freshness == Freshness::kHeapReset
                         ? AfterCall::kRestore
                         : AfterCall::kNothing;
  order.descriptors = static_cast<uint32_t>(options.descriptors.size());
  if (absl::Status status = AddGrants(options, &order); !status.ok()) {
    return status;
  }
  if (absl::Status status = AddFilters(plan.policy, &order); !status.ok()) {
    return status;
  }
  plan.binary =
      options.worker_binary.empty() ? "/proc/self/exe" : options.worker_binary;
  for (const int fd : options.descriptors) {
    plan.descriptors.push_back(DuplicateOfHosts(fd));
    if (!plan.descriptors.back().ok()) {
      return absl::UnavailableError(
          absl::StrCat("JailOptions::descriptors: ", strerror(errno)));
    }
  }
  plan.stack_bytes = options.stack_bytes;
  plan.environment = options.environment;
  if (heap == WorkerHeap::kOfHost) return plan;
  absl::StatusOr<UniqueFd> preload = PreloadFile();
  if (!preload.ok()) return preload.status();
  plan.preload = *std::move(preload);
  plan.environment.push_back(
      absl::StrCat("LD_PRELOAD=/proc/self/fd/", kPreloadDescriptor));
  // Symbols are looked up once in a template and not in each of its workers.
  plan.environment.push_back("LD_BIND_NOW=1");
  plan.environment.push_back(
      absl::StrCat("CELLBLOCK_POOL=", options.pool_bytes));
  plan.environment.push_back(
      absl::StrCat("CELLBLOCK_FILL=",
                   options.fill == Fill::kZeroed ? "zeroed" : "uninitialized"));
  plan.environment.push_back(absl::StrCat(
      "CELLBLOCK_HARDENED=", options.heap == HeapMode::kHardened ? 1 : 0));
  return plan;
}

}  // namespace cellblock
