// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a lock costs: an allowed call under each preset's filter, beside no
// filter and one of a single instruction; and the lock itself, with the proof
// in front, beside the kernel's own install of the same program.
//
//   filter_bench [ROUNDS] [CPU]
//
// Each sample is a child process of its own, since a filter stays; the rows
// take turns. Prints minimum and median, and the ratio of the minima.

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "jail/compiled_presets.h"
#include "jail/filter.h"
#include "jail/filter_proof.h"
#include "jail/lock.h"
#include "jail/presets.h"

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

double NanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// A child's figure comes through memory: not every filter lets it write.
double* const g_figure =
    static_cast<double*>(mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0));

// Runs `body` in a child, which gives one figure. Negative iff it fails.
double Sample(const std::function<double()>& body) {
  *g_figure = -1;
  const pid_t child = fork();
  if (child == 0) {
    *g_figure = body();
    syscall(SYS_exit_group, 0);
  }
  waitpid(child, nullptr, 0);
  return *g_figure;
}

struct Row {
  std::string name;
  std::function<double()> body;
  std::vector<double> samples = {};
};

double Minimum(const Row& row) {
  return *std::min_element(row.samples.begin(), row.samples.end());
}

double Median(Row row) {
  const auto middle = row.samples.begin() + row.samples.size() / 2;
  std::nth_element(row.samples.begin(), middle, row.samples.end());
  return *middle;
}

// Prints the rows, each beside the one at `base`. False iff a sample failed.
bool RunAndPrint(const char* title, const char* unit, double per_unit,
                 std::vector<Row> rows, size_t base, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (Row& row : rows) row.samples.push_back(Sample(row.body));
  }
  printf("%s\n%-34s %10s %10s %8s\n", title, "", "min", "median", "ratio");
  for (const Row& row : rows) {
    if (Minimum(row) < 0) {
      fprintf(stderr, "filter_bench: %s failed\n", row.name.c_str());
      return false;
    }
    printf("%-34s %7.1f %s %7.1f %s %8.3f\n", row.name.c_str(),
           Minimum(row) / per_unit, unit, Median(row) / per_unit, unit,
           Minimum(row) / Minimum(rows[base]));
  }
  printf("\n");
  return true;
}

std::vector<sock_filter> FilterOf(const Policy& preset) {
  const FilterProgram compiled = CompiledPreset(preset.name());
  std::vector<sock_filter> program(compiled.begin(), compiled.end());
  BindFilter(program, {getpid(), Notify::kNobody});
  return program;
}

constexpr sock_filter kOneInstruction[] = {
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

void MustLock(FilterProgram program) {
  if (Lock(program, Notify::kNobody).failed != LockStep::kDone) abort();
}

// A figure for one call, of many.
template <typename Call>
double Timed(int calls, const Call& call) {
  for (int i = 0; i < calls / 10; ++i) call();
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < calls; ++i) call();
  return NanosecondsSince(start) / calls;
}

double Getppid() {
  return Timed(200'000, [] { syscall(SYS_getppid); });
}

int g_file = -1;

double Pread() {
  static char block[4096];
  return Timed(50'000,
               [] { syscall(SYS_pread64, g_file, block, sizeof(block), 0); });
}

// A call that the kernel cannot know to be allowed whatever its arguments, so
// that the filter is run each time.
double Fcntl() {
  return Timed(200'000, [] { syscall(SYS_fcntl, g_file, F_GETFD, 0); });
}

std::vector<Row> CallRows(double (*measure)(),
                          std::initializer_list<Policy> presets) {
  std::vector<Row> rows = {{"no filter", [=] { return measure(); }},
                           {"one instruction", [=] {
                              MustLock(kOneInstruction);
                              return measure();
                            }}};
  for (const Policy& preset : presets) {
    rows.push_back({preset.name(), [=] {
                      MustLock(FilterOf(preset));
                      return measure();
                    }});
  }
  return rows;
}

std::vector<Row> LockRows(const Policy& preset) {
  const std::string name = preset.name();
  const auto install = [](const std::vector<sock_filter>& program) {
    const sock_fprog fprog = {static_cast<unsigned short>(program.size()),
                              const_cast<sock_filter*>(program.data())};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) != 0) abort();
  };
  return {{"the kernel's install",
           [=] {
             const std::vector<sock_filter> program = FilterOf(preset);
             if (SetNoNewPrivs() != 0) abort();
             const Clock::time_point start = Clock::now();
             install(program);
             return NanosecondsSince(start);
           }},
          {"lock",
           [=] {
             const std::vector<sock_filter> program = FilterOf(preset);
             const Clock::time_point start = Clock::now();
             MustLock(program);
             return NanosecondsSince(start);
           }},
          {"proof and lock", [=] {
             const std::vector<sock_filter> program = FilterOf(preset);
             const Clock::time_point start = Clock::now();
             if (ProveFilter(preset, {getpid(), Notify::kNobody}, program)) {
               abort();
             }
             MustLock(program);
             return NanosecondsSince(start);
           }}};
}

bool Run(int rounds) {
  const auto presets = {DecoderPreset(), ServicePreset()};
  bool good =
      RunAndPrint("getppid", "ns", 1, CallRows(&Getppid, presets), 1, rounds) &&
      RunAndPrint("pread of 4 KiB", "ns", 1, CallRows(&Pread, presets), 0,
                  rounds) &&
      RunAndPrint("fcntl(F_GETFD), which depends on its arguments", "ns", 1,
                  CallRows(&Fcntl, presets), 1, rounds);
  for (const Policy& preset : AllPresets()) {
    const std::string title =
        std::string("locking by ") + preset.name() + ", " +
        std::to_string(CompiledPreset(preset.name()).size()) + " instructions";
    good = good && RunAndPrint(title.c_str(), "us", 1000, LockRows(preset), 0,
                               4 * rounds);
  }
  return good;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 25;
  if (argc > 2) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(atoi(argv[2]), &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  cellblock::g_file = open(argv[0], O_RDONLY | O_CLOEXEC);
  if (cellblock::g_file < 0 || rounds < 1) return 1;
  return cellblock::Run(rounds) ? 0 : 1;
}
