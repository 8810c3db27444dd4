// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/examples/unjailed_run.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

namespace examples {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kBatch = 100;
constexpr rlim_t kMostMemory = rlim_t{4} << 30;
constexpr useconds_t kLook = 500;

void DieWithParent() { prctl(PR_SET_PDEATHSIG, SIGKILL); }

void Refuse(int code, std::string_view words, Outcome* outcome) {
  outcome->ended = Ended::kRefused;
  outcome->code = code;
  const size_t length = std::min(words.size(), sizeof(outcome->words) - 1);
  memcpy(outcome->words, words.data(), length);
  outcome->words[length] = '\0';
}

Outcome DecodeOne(const UnjailedRun::Decode& decode, size_t index) {
  const auto begin = steady_clock::now();
  Outcome found;
  try {
    MemorySink sink;
    const absl::Status status = decode(index, sink);
    if (status.ok()) {
      found.ended = Ended::kClean;
      found.bytes = sink.bytes().size();
      found.crc = static_cast<uint32_t>(
          crc32_z(0, sink.bytes().data(), sink.bytes().size()));
    } else {
      Refuse(status.raw_code(),
             {status.message().data(), status.message().size()}, &found);
    }
  } catch (const std::exception& exception) {
    Refuse(0, exception.what(), &found);
  }
  found.microseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<microseconds>(steady_clock::now() - begin)
          .count());
  return found;
}

bool IsThere(Outcome& outcome) {
  return std::atomic_ref(outcome.ended).load(std::memory_order_acquire) !=
         Ended::kNotYet;
}

void Tell(Ended ended, Outcome* outcome) {
  std::atomic_ref(outcome->ended).store(ended, std::memory_order_release);
}

int64_t InMalloc() { return static_cast<int64_t>(mallinfo2().uordblks); }

[[noreturn]] void DecodeBatch(const UnjailedRun::Decode& decode,
                              std::span<Outcome> outcomes, size_t begin,
                              size_t end) {
  DieWithParent();
  const rlimit memory = {kMostMemory, kMostMemory};
  const rlimit core = {0, 0};
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_CORE, &core);
  for (size_t i = begin; i < end; ++i) {
    const int64_t before = InMalloc();
    Outcome found = DecodeOne(decode, i);
    found.left_behind = InMalloc() - before;
    // Last, so that whoever sees it sees all of it.
    const Ended ended = std::exchange(found.ended, Ended::kNotYet);
    outcomes[i] = found;
    Tell(ended, &outcomes[i]);
  }
  _exit(0);
}

// Until `child` has ended, or has been at one input for too long: killed then.
// Returns its status as waitpid gives it.
int Await(pid_t child, std::span<Outcome> outcomes, size_t at,
          milliseconds time_limit, bool* is_late) {
  auto since = steady_clock::now();
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    usleep(kLook);
    const auto now = steady_clock::now();
    while (at < outcomes.size() && IsThere(outcomes[at])) {
      ++at;
      since = now;
    }
    if (now - since > time_limit) {
      *is_late = true;
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
  }
  return status;
}

[[noreturn]] void Drive(const UnjailedRun::Decode& decode,
                        milliseconds time_limit, std::span<Outcome> outcomes) {
  DieWithParent();
  for (size_t at = 0; at < outcomes.size();) {
    const size_t end = std::min(at + kBatch, outcomes.size());
    const pid_t child = fork();
    if (child < 0) _exit(1);
    if (child == 0) DecodeBatch(decode, outcomes, at, end);
    bool is_late = false;
    const int status = Await(child, outcomes, at, time_limit, &is_late);
    while (at < end && IsThere(outcomes[at])) ++at;
    if (at == end) continue;
    Outcome& last = outcomes[at++];
    if (is_late) {
      Tell(Ended::kLate, &last);
    } else if (WIFSIGNALED(status)) {
      last.code = WTERMSIG(status);
      Tell(Ended::kCrashed, &last);
    } else {
      _exit(1);
    }
  }
  _exit(0);
}

}  // namespace

UnjailedRun::UnjailedRun(size_t inputs, milliseconds time_limit,
                         const Decode& decode) {
  void* const shared =
      mmap(nullptr, inputs * sizeof(Outcome), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) abort();
  outcomes_ = {new (shared) Outcome[inputs], inputs};
  driver_ = fork();
  if (driver_ == 0) Drive(decode, time_limit, outcomes_);
}

UnjailedRun::~UnjailedRun() {
  if (driver_ > 0) {
    kill(driver_, SIGKILL);
    waitpid(driver_, nullptr, 0);
  }
  munmap(outcomes_.data(), outcomes_.size_bytes());
}

const Outcome* UnjailedRun::Await(size_t index) {
  Outcome* const outcome = &outcomes_[index];
  while (!IsThere(*outcome)) {
    if (driver_ <= 0 || waitpid(driver_, nullptr, WNOHANG) == driver_) {
      driver_ = -1;
      return IsThere(*outcome) ? outcome : nullptr;
    }
    usleep(kLook);
  }
  return outcome;
}

}  // namespace examples
