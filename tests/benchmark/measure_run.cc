// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Runs a program and writes to REPORT how many nanoseconds it took, how many
// KiB were resident at most, in it or in any one process that it waited for,
// and how many microseconds of CPU time it and all of those used.
// What is resident here counts too, by the kernel's rules, so this is linked
// statically and stays small. Whoever ends this ends the program.
//
//   measure_run REPORT PROGRAM [ARGUMENT…]

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

long Nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

long Microseconds(const timeval& time) {
  return time.tv_sec * 1'000'000 + time.tv_usec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 125;
  const int report =
      open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (report < 0) return 125;
  const long start = Nanoseconds();
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  int status = 0;
  rusage used;
  if (pid < 0 || wait4(pid, &status, 0, &used) != pid) return 125;
  dprintf(report, "%ld %ld %ld\n", Nanoseconds() - start, used.ru_maxrss,
          Microseconds(used.ru_utime) + Microseconds(used.ru_stime));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
