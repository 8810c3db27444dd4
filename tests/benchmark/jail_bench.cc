// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a call into a jail costs beside what it cannot do without, in turn in
// one run.
//
//   jail_bench [ROUNDS] [CPU]
//
// With a CPU, this process and all it starts run on that one. Prints p50 and
// p99, and their ratios to the floor's.

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "jail/binding.h"
#include "jail/compiled_presets.h"
#include "jail/filter.h"
#include "jail/jail.h"
#include "tests/benchmark/jail_floors.h"
#include "tests/benchmark/sample_table.h"

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMebibyte = size_t{1} << 20;
constexpr size_t kPoolBytes = kMebibyte;
// Until a worker that is made ahead is surely there.
constexpr std::chrono::milliseconds kStandby{5};

absl::Status Nothing(JailedCall&) { return absl::OkStatus(); }

// Gives as many bytes as it got and touches none: the hand-over and the host's
// copies are what is left.
absl::Status Untouched(JailedCall& call) {
  for (size_t left = call.input().size(); left > 0;) {
    const size_t bytes = std::min(left, call.room().size());
    call.Commit(bytes);
    left -= bytes;
  }
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {{"nothing", Nothing},
                                 {"untouched", Untouched}};

double NanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// Says why a sample is missing.
Sample Timed(Clock::time_point start, const absl::Status& status) {
  const double taken = NanosecondsSince(start);
  if (status.ok()) return taken;
  fprintf(stderr, "jail_bench: %s\n", status.ToString().c_str());
  return std::nullopt;
}

std::unique_ptr<Jail> Make(Freshness freshness, const char* decoder,
                           Commit commit = Commit::kLazy) {
  JailOptions options;
  options.pool_bytes = kPoolBytes;
  options.commit = commit;
  options.freshness = freshness;
  auto jail = Jail::Create(options, decoder);
  if (!jail.ok()) {
    fprintf(stderr, "jail_bench: %s\n", jail.status().ToString().c_str());
    exit(1);
  }
  return *std::move(jail);
}

// One call, copied in and out, into memory that is used again.
class CallSubject {
 public:
  CallSubject(std::unique_ptr<Jail> jail, size_t input_bytes)
      : jail_(std::move(jail)), input_(input_bytes, 1) {}

  Sample Call() {
    const Clock::time_point start = Clock::now();
    return Timed(start, jail_->CallInto(input_, &output_));
  }

  // With the next worker ready: making one is then not part of the sample.
  Sample CallWithStandby() {
    std::this_thread::sleep_for(kStandby);
    return Call();
  }

  Sample CallInPlace() {
    const Clock::time_point start = Clock::now();
    return Timed(start, jail_->CallInPlace(
                            input_.size(), [](std::span<uint8_t>) {},
                            [](UntrustedView) { return absl::OkStatus(); }));
  }

  // From the moment the jail has no worker until the next one has answered. The
  // worker dies of a forbidden call. This is the place to ask the jail itself
  // when it keeps workers ready: the sample must begin when none is.
  Sample ReadyWorker() {
    const absl::Status killed = jail_->TestLock(SYS_socket);
    const Clock::time_point start = Clock::now();
    if (!killed.ok()) return Timed(start, killed);
    return Timed(start, jail_->CallInto(input_, &output_));
  }

 private:
  const std::unique_ptr<Jail> jail_;
  const std::vector<uint8_t> input_;
  UntrustedBytes output_;
};

Sample FirstWorker() {
  const Clock::time_point start = Clock::now();
  const std::unique_ptr<Jail> jail = Make(Freshness::kReuse, "nothing");
  return NanosecondsSince(start);
}

using SubjectPointer = std::shared_ptr<CallSubject>;

SubjectPointer Subject(Freshness freshness, const char* decoder, size_t bytes,
                       Commit commit = Commit::kLazy) {
  return std::make_shared<CallSubject>(Make(freshness, decoder, commit), bytes);
}

// A filter as a worker's, which nothing frees.
FilterProgram WorkerFilter() {
  const FilterProgram compiled = CompiledPreset("worker");
  auto& program =
      *new std::vector<sock_filter>(compiled.begin(), compiled.end());
  BindFilter(program, {getpid(), Notify::kNobody});
  return program;
}

constexpr const char kPingPong[] = "floor: futex ping-pong";
constexpr const char kCopies[] = "floor: 1 MiB in and out, with ping-pong";
constexpr const char kFork[] = "floor: fork, filter, exit, wait";
constexpr const char kSpawn[] = "floor: spawn of /bin/true";
constexpr const char kWarm[] = "warm call, kReuse";

std::vector<SampleRow> RoundTrips() {
  const std::shared_ptr<FutexPeer> peer = FutexPeer::Start();
  const std::shared_ptr<CopyFloor> copies = CopyFloor::Create(kMebibyte);
  if (peer == nullptr || copies == nullptr) abort();
  const auto warm = Subject(Freshness::kReuse, "nothing", 0);
  const auto mebibyte = Subject(Freshness::kReuse, "untouched", kMebibyte);
  return {
      {kPingPong, [peer] { return peer->PingPong(); }},
      {"floor: the copies alone", [copies] { return copies->CopiesAlone(); }},
      {kCopies, [copies] { return copies->WithHandOver(); }},
      {kWarm, [warm] { return warm->Call(); }, kPingPong},
      {"1 MiB in and out, kReuse", [mebibyte] { return mebibyte->Call(); },
       kCopies},
      {"1 MiB in place, kReuse", [mebibyte] { return mebibyte->CallInPlace(); },
       kCopies},
  };
}

std::vector<SampleRow> FreshCalls() {
  const auto warm = Subject(Freshness::kReuse, "nothing", 0);
  const auto reset = Subject(Freshness::kHeapReset, "nothing", 0);
  // After the same pause, since that leaves caches cold for both.
  std::vector<SampleRow> rows = {
      {kWarm, [warm] { return warm->CallWithStandby(); }},
      {"kHeapReset", [reset] { return reset->CallWithStandby(); }, kWarm}};
  for (const size_t bytes : {size_t{0}, size_t{10} << 10}) {
    const auto fresh =
        Subject(Freshness::kForkPerCall, "untouched", bytes, Commit::kPopulate);
    rows.push_back(
        {"kForkPerCall, standby, " + std::to_string(bytes) + " bytes",
         [fresh] { return fresh->CallWithStandby(); }, kWarm});
  }
  return rows;
}

std::vector<SampleRow> Workers(ForkFloor& floor) {
  const auto lazy = Subject(Freshness::kReuse, "nothing", 0);
  const auto populated =
      Subject(Freshness::kReuse, "nothing", 0, Commit::kPopulate);
  return {
      {"floor: fork, exit, wait", [&floor] { return floor.Fork(); }},
      {kFork, [&floor] { return floor.ForkWithFilter(); }},
      {kSpawn, [] { return SpawnWait("/bin/true"); }},
      {"floor: MAP_POPULATE of 1 MiB", [] { return MapPopulated(kPoolBytes); }},
      {"ready worker", [lazy] { return lazy->ReadyWorker(); }, kFork},
      {"ready worker, populated",
       [populated] { return populated->ReadyWorker(); }, kFork},
      {"first worker (Jail::Create)", FirstWorker, kSpawn},
  };
}

// Calls one after the other, a sample for each burst: what making the next
// worker costs is part of it.
std::vector<SampleRow> Sustained(ForkFloor& floor) {
  constexpr int kBurst = 50;
  std::vector<SampleRow> rows = {
      {kFork, [&floor] { return floor.ForkWithFilter(); }}};
  for (const Freshness freshness :
       {Freshness::kReuse, Freshness::kHeapReset, Freshness::kForkPerCall,
        Freshness::kNewProcess}) {
    const auto subject = Subject(freshness, "nothing", 0);
    rows.push_back({std::string("a call of many, ") + Name(freshness),
                    [subject]() -> Sample {
                      const Clock::time_point start = Clock::now();
                      for (int i = 0; i < kBurst; ++i) {
                        if (!subject->Call()) return std::nullopt;
                      }
                      return NanosecondsSince(start) / kBurst;
                    },
                    kFork});
  }
  return rows;
}

void PrintRates(const std::vector<SampleRow>& rows) {
  for (const SampleRow& row : rows) {
    printf("%-40s %10.0f a second\n", row.name.c_str(),
           1e9 / Percentile(row.samples, 50));
  }
}

// The table of rows that are made, and gone, here. False iff one failed.
bool Print(const std::string& title, std::vector<SampleRow> rows, int rounds,
           const RowTurn& turn = {},
           void (*print_more)(const std::vector<SampleRow>&) = nullptr) {
  const std::string failed = TakeSamples(&rows, rounds, turn);
  if (!failed.empty()) {
    fprintf(stderr, "jail_bench: %s failed\n", failed.c_str());
    return false;
  }
  printf("%s\n", TableOf(title, rows).c_str());
  if (print_more != nullptr) print_more(rows);
  return true;
}

int Run(int rounds) {
  // While this process is small.
  const std::unique_ptr<ForkFloor> floor = ForkFloor::Start(WorkerFilter());
  if (floor == nullptr) return 1;
  const bool done =
      Print("round trips", RoundTrips(), rounds / 20,
            {.samples = 20, .uncounted = 5}) &&
      Print("a process for each call", FreshCalls(), rounds / 4) &&
      Print("workers", Workers(*floor), rounds / 4) &&
      Print("one after the other", Sustained(*floor), rounds / 20, {},
            PrintRates);
  return done ? 0 : 1;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::kDecoders);
  const int rounds = argc > 1 ? std::max(20, atoi(argv[1])) : 2000;
  if (argc > 2) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(atoi(argv[2]), &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0) {
      perror("jail_bench: sched_setaffinity");
      return 1;
    }
  }
  return cellblock::Run(rounds);
}
