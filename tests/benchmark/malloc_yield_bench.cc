// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// How much of a pool the process's malloc hands out before it refuses; sizes
// are log-uniform from LOW to HIGH.
//
//   malloc_yield_bench fill POOL LOW HIGH SEED
//       Percent of POOL that was asked for and given.
//   malloc_yield_bench churn POOL LOW HIGH SEED
//       The same, and the least after each of many rounds of freeing some at
//       random and filling up.
//   malloc_yield_bench strand POOL LOW HIGH SEED
//       One thread fills the pool and goes idle, another frees all of it and
//       fills it again: percent of what the first one got.
//   malloc_yield_bench strand-half POOL LOW HIGH SEED
//       The same, but the first one frees a random half before it goes idle.
//
// A malloc that has no pool is refused private memory beyond POOL by the
// kernel. Nothing here is from malloc but what is measured: no iostream and no
// std::thread, which would bring libstdc++ and its own block of 72 KB.

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/benchmark/pool_fill.h"

namespace cellblock {
namespace {

struct ProcessMalloc {
  using Block = void*;
  bool Allocate(size_t bytes, void** block) {
    *block = malloc(bytes);
    return *block != nullptr;
  }
  void Free(void* block) { free(block); }
};

using Fill = PoolFill<ProcessMalloc>;

// A pool that is mapped already is within what is allowed.
void LimitPrivateMemory(size_t bytes) {
  char text[128] = {};
  const int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  size_t data_pages = 0;
  if (statm < 0 || read(statm, text, sizeof(text) - 1) <= 0 ||
      sscanf(text, "%*u %*u %*u %*u %*u %zu", &data_pages) != 1) {
    abort();
  }
  close(statm);
  rlimit limit;
  limit.rlim_cur = limit.rlim_max =
      data_pages * static_cast<size_t>(getpagesize()) + bytes;
  if (setrlimit(RLIMIT_DATA, &limit) != 0) abort();
}

double Percent(size_t part, size_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

// A thread that has allocated before and, when its turn comes, frees what
// another one has allocated and fills the pool again.
class Successor {
 public:
  explicit Successor(Fill* fill) : fill_(fill) {
    if (pthread_barrier_init(&step_, nullptr, 2) != 0 ||
        pthread_create(&thread_, nullptr, Run, this) != 0) {
      abort();
    }
    pthread_barrier_wait(&step_);
  }

  void TakeOver() {
    pthread_barrier_wait(&step_);
    pthread_join(thread_, nullptr);
  }

 private:
  static void* Run(void* argument) {
    auto* const self = static_cast<Successor*>(argument);
    free(AllocateTouched(1));
    pthread_barrier_wait(&self->step_);
    pthread_barrier_wait(&self->step_);
    self->fill_->FreeRandom(100);
    self->fill_->Fill();
    return nullptr;
  }

  Fill* fill_;
  pthread_barrier_t step_;
  pthread_t thread_;
};

// The second thread is there before the limit: its stack is private memory.
void Strand(Fill* fill, size_t pool, size_t freed_percent) {
  Successor successor(fill);
  LimitPrivateMemory(pool);
  fill->Fill();
  const size_t filled = fill->live();
  fill->FreeRandom(freed_percent);
  successor.TakeOver();
  dprintf(STDOUT_FILENO, "%.2f\n", Percent(fill->live(), filled));
}

bool Run(const char* mode, size_t pool, Fill* fill) {
  if (strcmp(mode, "fill") == 0) {
    LimitPrivateMemory(pool);
    fill->Fill();
    dprintf(STDOUT_FILENO, "%.2f\n", Percent(fill->live(), pool));
  } else if (strcmp(mode, "churn") == 0) {
    LimitPrivateMemory(pool);
    const Churn churn = FillAndChurn(fill);
    dprintf(STDOUT_FILENO, "%.2f %.2f\n", Percent(churn.filled, pool),
            Percent(churn.least, pool));
  } else if (strcmp(mode, "strand") == 0) {
    Strand(fill, pool, 0);
  } else if (strcmp(mode, "strand-half") == 0) {
    Strand(fill, pool, 50);
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  if (argc == 6) {
    const size_t pool = strtoul(argv[2], nullptr, 10);
    cellblock::ProcessMalloc heap;
    cellblock::Fill fill(&heap, pool, strtoul(argv[3], nullptr, 10),
                         strtoul(argv[4], nullptr, 10),
                         strtoul(argv[5], nullptr, 10));
    if (cellblock::Run(argv[1], pool, &fill)) return 0;
  }
  fprintf(stderr,
          "malloc_yield_bench fill|churn|strand|strand-half POOL LOW HIGH "
          "SEED\n");
  return 2;
}
