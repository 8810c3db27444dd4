// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// How long jailrun takes to run /bin/true, or another program that ends at
// once, beside a plain spawn, an empty static launcher, and bubblewrap, in turn
// in one run.
//
//   startup_bench [ROUNDS] [CPU] [PROGRAM ARGUMENT…]
//
// With a CPU, this process and all it starts run on that one; -1 is none.
// Prints minimum and median in microseconds, and the ratios of both to the
// launcher's. What the program writes to standard output is dropped.

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern char** environ;

namespace {

struct Contender {
  std::string name;
  std::vector<std::string> command;
  std::vector<double> microseconds = {};
};

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2,
                   values.end());
  return values[values.size() / 2];
}

double Minimum(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

// Standard output goes to /dev/null.
const posix_spawn_file_actions_t* Silence() {
  static posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                   O_WRONLY, 0);
  return &actions;
}

// False iff the command cannot be started or does not exit with 0.
bool Run(Contender* contender) {
  static const posix_spawn_file_actions_t* const silence = Silence();
  std::vector<char*> argv;
  for (std::string& word : contender->command) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  pid_t pid;
  if (posix_spawn(&pid, argv[0], silence, nullptr, argv.data(), environ) != 0) {
    return false;
  }
  int status = 0;
  waitpid(pid, &status, 0);
  const std::chrono::duration<double, std::micro> taken =
      std::chrono::steady_clock::now() - start;
  contender->microseconds.push_back(taken.count());
  return status == 0;
}

std::string Directory(const char* program) {
  const std::string path = program;
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 300;
  if (argc > 2 && atoi(argv[2]) >= 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(atoi(argv[2]), &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  const char* jailrun = getenv("JAILRUN");
  const std::string here = Directory(argv[0]);
  const std::string jailrun_path =
      jailrun != nullptr ? jailrun : here + "../../tools/jailrun/jailrun";
  const std::string launcher = here + "empty_launcher";
  std::vector<std::string> program(argv + std::min(argc, 3), argv + argc);
  if (program.empty()) program = {"/bin/true"};
  const auto run_by = [&](std::vector<std::string> words) {
    words.insert(words.end(), program.begin(), program.end());
    return words;
  };
  std::vector<Contender> contenders = {
      {"plain spawn", program},
      {"empty static launcher", run_by({launcher})},
      {"jailrun --pool=200M", run_by({jailrun_path, "--pool=200M", "--"})},
      {"bwrap --ro-bind / /",
       run_by({"/usr/bin/bwrap", "--ro-bind", "/", "/", "--"})},
  };
  for (int round = 0; round < rounds; ++round) {
    for (Contender& contender : contenders) {
      if (!Run(&contender)) {
        fprintf(stderr, "%s failed\n", contender.name.c_str());
        return 1;
      }
    }
  }
  const std::vector<double>& floor = contenders[1].microseconds;
  printf("%-24s %9s %9s %9s %9s\n", program[0].c_str(), "min us", "x launcher",
         "median us", "x launcher");
  for (const Contender& contender : contenders) {
    const double minimum = Minimum(contender.microseconds);
    const double median = Median(contender.microseconds);
    printf("%-24s %9.0f %9.2f %9.0f %9.2f\n", contender.name.c_str(), minimum,
           minimum / Minimum(floor), median, median / Median(floor));
  }
  return 0;
}
