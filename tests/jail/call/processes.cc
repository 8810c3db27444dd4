// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/call/processes.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace cellblock {
namespace {

int Filters(const std::string& who) {
  return atoi(StatusField(who, "Seccomp_filters").c_str());
}

std::vector<pid_t> ChildrenWithFilters(pid_t parent, int more) {
  const int own = Filters("self");
  std::vector<pid_t> found;
  for (const pid_t pid : ChildrenOf(parent)) {
    const std::string who = std::to_string(pid);
    if (Filters(who) == own + more && IsAlive(pid)) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file),
          std::istreambuf_iterator<char>()};
}

std::string StatusField(const std::string& who, const std::string& name) {
  std::ifstream file("/proc/" + who + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":\t", 0) == 0) return line.substr(name.size() + 2);
  }
  return {};
}

long StatusKib(const std::string& who, const std::string& name) {
  return atol(StatusField(who, name).c_str());
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return isdigit(c); })) {
      continue;
    }
    if (StatusField(name, "PPid") == std::to_string(parent)) {
      found.push_back(atoi(name.c_str()));
    }
  }
  return found;
}

std::vector<pid_t> TemplatesOf(pid_t parent) {
  return ChildrenWithFilters(parent, 1);
}

std::vector<pid_t> WorkersOf(pid_t parent) {
  return ChildrenWithFilters(parent, 2);
}

bool IsAlive(pid_t pid) {
  const std::string state = StatusField(std::to_string(pid), "State");
  return !state.empty() && state[0] != 'Z' && state[0] != 'X';
}

size_t OpenDescriptors() {
  return static_cast<size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                    std::filesystem::directory_iterator()));
}

}  // namespace cellblock
