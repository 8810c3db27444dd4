// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a malloc and its free cost under the malloc that the process has.
//
//   malloc_speed_bench WORKLOAD
//
// Prints the minimum and the median of the rounds, in nanoseconds a pair. With
// two threads at work, that is the time until both are done by what one of them
// has done.

#include <sched.h>

#include <atomic>
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "tests/benchmark/malloc_workload.h"
#include "tests/benchmark/workload.h"

namespace cellblock {
namespace {

constexpr int kRounds = 5;

// `round` takes the time of `pairs` pairs. The first one warms up.
template <typename Round>
void Report(size_t pairs, Round round) {
  std::vector<double> times;
  round();
  for (int i = 0; i < kRounds; ++i) {
    times.push_back(round() / static_cast<double>(pairs));
  }
  std::printf("%.2f %.2f\n", Least(times), Median(times));
}

// Keeps this thread on one of the CPUs that it may use, by place among them.
void StayOn(int place) {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || place-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof(one), &one);
    return;
  }
  std::fprintf(stderr, "there are not enough CPUs\n");
  std::exit(1);
}

// `ours` here and `theirs` on a second thread, which is the same in all rounds,
// begin together. Each has a CPU: two threads that are on one for a while hand
// over without moving a cache line, which would be the minimum then.
template <typename Ours, typename Theirs>
void ReportBoth(size_t pairs, Ours ours, Theirs theirs) {
  std::barrier gate(2);
  std::thread second([&] {
    StayOn(1);
    for (int i = 0; i < kRounds + 1; ++i) {
      gate.arrive_and_wait();
      theirs();
      gate.arrive_and_wait();
    }
  });
  StayOn(0);
  Report(pairs, [&] {
    gate.arrive_and_wait();
    const Stopwatch watch;
    ours();
    gate.arrive_and_wait();
    return watch.Nanoseconds();
  });
  second.join();
}

void Pairs(size_t bytes, size_t pairs) {
  Report(pairs, [=] {
    const Stopwatch watch;
    for (size_t i = 0; i < pairs; ++i) free(AllocateTouched(bytes));
    return watch.Nanoseconds();
  });
}

void Batches() {
  constexpr size_t kBlocks = 256;
  constexpr size_t kBatches = 4000;
  void* blocks[kBlocks];
  Report(kBlocks * kBatches, [&] {
    const Stopwatch watch;
    for (size_t i = 0; i < kBatches; ++i) {
      for (void*& block : blocks) block = AllocateTouched(64);
      for (void* block : blocks) free(block);
    }
    return watch.Nanoseconds();
  });
}

// Live blocks, of which one at a random place is replaced at a time. Places and
// sizes are drawn beforehand: drawing one takes longer than serving it.
class Window {
 public:
  static constexpr size_t kReplacements = size_t{1} << 20;

  Window(size_t live, size_t low, size_t high, uint64_t seed)
      : blocks_(live), steps_(size_t{1} << 16) {
    Shuffle shuffle(seed);
    for (Step& step : steps_) {
      step = {static_cast<uint16_t>(shuffle.Below(live)),
              static_cast<uint16_t>(shuffle.LogUniform(low, high))};
    }
    for (void*& block : blocks_) {
      block = AllocateTouched(shuffle.LogUniform(low, high));
    }
  }

  ~Window() {
    for (void* block : blocks_) free(block);
  }

  void Replace() {
    for (size_t i = 0; i < kReplacements / steps_.size(); ++i) {
      for (const Step& step : steps_) {
        void*& block = blocks_[step.place];
        free(block);
        block = AllocateTouched(step.bytes);
      }
    }
  }

 private:
  struct Step {
    uint16_t place;
    uint16_t bytes;
  };

  MappedArray<void*> blocks_;
  MappedArray<Step> steps_;
};

void Windows(size_t live, size_t low, size_t high) {
  Window window(live, low, high, 1);
  Report(Window::kReplacements, [&] {
    const Stopwatch watch;
    window.Replace();
    return watch.Nanoseconds();
  });
}

void TwoWindows() {
  Window first(1000, 16, 1 << 10, 1);
  Window second(1000, 16, 1 << 10, 2);
  ReportBoth(
      Window::kReplacements, [&] { first.Replace(); },
      [&] { second.Replace(); });
}

// One thread allocates, the other frees.
template <typename Allocate, typename Free>
void HandOver(Allocate allocate, Free release) {
  constexpr size_t kSlots = 4096;
  constexpr size_t kPairs = size_t{1} << 19;
  std::atomic<void*> ring[kSlots] = {};  // null: the producer's turn
  ReportBoth(
      kPairs,
      [&] {
        for (size_t i = 0; i < kPairs; ++i) {
          void* const block = allocate(i);
          std::atomic<void*>& slot = ring[i % kSlots];
          while (slot.load(std::memory_order_acquire) != nullptr) sched_yield();
          slot.store(block, std::memory_order_release);
        }
      },
      [&] {
        for (size_t i = 0; i < kPairs; ++i) {
          std::atomic<void*>& slot = ring[i % kSlots];
          void* block;
          while ((block = slot.load(std::memory_order_acquire)) == nullptr) {
            sched_yield();
          }
          slot.store(nullptr, std::memory_order_release);
          release(block);
        }
      });
}

void CrossThread() {
  HandOver([](size_t) { return AllocateTouched(64); },
           [](void* block) { free(block); });
}

// What is left of that without a malloc: the blocks are those of an array in
// turn, and both sides write to each once, as who allocates and who frees must.
void HandOverAlone() {
  struct alignas(64) Block {
    volatile uint64_t word;
  };
  constexpr size_t kBlocks = 8192;
  MappedArray<Block> blocks(kBlocks);
  HandOver(
      [&](size_t i) -> void* {
        Block* const block = &blocks[i % kBlocks];
        block->word = i;
        return block;
      },
      [](void* block) { static_cast<Block*>(block)->word = 0; });
}

struct Workload {
  const char* name;
  void (*run)();
};

constexpr Workload kWorkloads[] = {
    {"pair-16", [] { Pairs(16, 1'000'000); }},
    {"pair-1000", [] { Pairs(1000, 1'000'000); }},
    {"pair-40K", [] { Pairs(40 << 10, 200'000); }},
    {"pair-1M", [] { Pairs(1 << 20, 100'000); }},
    {"batch-64", Batches},
    {"window-1K", [] { Windows(1000, 16, 1 << 10); }},
    {"window-1K-10000", [] { Windows(10'000, 16, 1 << 10); }},
    {"window-64K", [] { Windows(1000, 16, 64 << 10); }},
    {"cross-thread", CrossThread},
    {"hand-over-alone", HandOverAlone},
    {"two-threads", TwoWindows},
};

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  for (const cellblock::Workload& workload : cellblock::kWorkloads) {
    if (argc == 2 && std::strcmp(argv[1], workload.name) == 0) {
      workload.run();
      return 0;
    }
  }
  for (const cellblock::Workload& workload : cellblock::kWorkloads) {
    std::fprintf(stderr, "malloc_speed_bench %s\n", workload.name);
  }
  return 2;
}
