// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The floor of any batch: for each name on standard input, fork, exec the
// program with it, open its output, wait; so many at a time. Linked statically.
//
//   batch_floor JOBS PROGRAM [ARGUMENT...]
//
// What NAME's program says goes to NAME.out. Exit code 1 iff one of them did
// not end with 0.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

bool Start(const std::vector<char*>& command, const std::string& name) {
  const pid_t pid = fork();
  if (pid < 0) return false;
  if (pid > 0) return true;
  const int input = open("/dev/null", O_RDONLY);
  const int output =
      open((name + ".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0) _exit(126);
  std::vector<char*> words = command;
  words.push_back(const_cast<char*>(name.c_str()));
  words.push_back(nullptr);
  execv(words[0], words.data());
  _exit(127);
}

bool EndedWell() {
  int status = 0;
  return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 125;
  const int jobs = atoi(argv[1]);
  const std::vector<char*> command(argv + 2, argv + argc);
  bool all = true;
  int running = 0;
  char line[4096];
  while (fgets(line, sizeof(line), stdin) != nullptr) {
    std::string name = line;
    if (name.ends_with('\n')) name.pop_back();
    if (running == jobs) {
      all = EndedWell() && all;
      --running;
    }
    if (!Start(command, name)) return 125;
    ++running;
  }
  for (; running > 0; --running) all = EndedWell() && all;
  return all ? 0 : 1;
}
