// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/template/fitness.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string_view>
#include <vector>

#include "jail/held_descriptors.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/template/token_search.h"

namespace cellblock {
namespace {

std::string ReadOf(pid_t process, const std::string& name) {
  const std::string path = "/proc/" + std::to_string(process) + "/" + name;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char part[16384];
  ssize_t got;
  while ((got = read(fd.get(), part, sizeof(part))) > 0) {
    text.append(part, static_cast<size_t>(got));
  }
  return text;
}

struct Area {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool writable = false;
  bool shared = false;
  std::string name = {};
  std::string flags = {};  // as in VmFlags, blanks around each
};

// "55e0-55f0 rw-p 00000000 08:01 1234     /a name", and lines "Key: value".
std::vector<Area> ParseAreas(const std::string& smaps) {
  std::vector<Area> areas;
  std::istringstream lines(smaps);
  for (std::string line; std::getline(lines, line);) {
    unsigned long long begin = 0;
    unsigned long long end = 0;
    char rights[5] = {};
    int name = 0;
    if (sscanf(line.c_str(), "%llx-%llx %4s %*s %*s %*s %n", &begin, &end,
               rights, &name) == 3) {
      areas.push_back({.begin = begin,
                       .end = end,
                       .writable = rights[1] == 'w',
                       .shared = rights[3] == 's',
                       .name = line.substr(static_cast<size_t>(name))});
    } else if (line.starts_with("VmFlags:") && !areas.empty()) {
      areas.back().flags = line.substr(8) + " ";
    }
  }
  return areas;
}

std::string WhyAreaNotFit(const Area& area) {
  constexpr std::string_view kControl = "/memfd:cellblock-control (deleted)";
  const auto has = [&area](const char* flag) {
    return area.flags.find(flag) != area.flags.npos;
  };
  if (area.writable && area.shared && area.name != kControl) {
    return "it shares memory that can be written: " +
           (area.name.empty() ? "of no name" : Escaped(area.name));
  }
  if (has(" lo ")) return "it locks memory";
  if (has(" dc ") || has(" wf ")) return "it keeps memory from forks";
  return {};
}

std::string WhyMemoryNotFit(const TemplateCandidate& candidate) {
  const std::vector<Area> areas =
      ParseAreas(ReadOf(candidate.process, "smaps"));
  TokenSearch search;
  if (const int error = search.Open(candidate.process)) {
    return WithErrno("its memory cannot be looked at", error);
  }
  if (areas.empty()) return "its memory map cannot be read";
  for (const Area& area : areas) {
    if (std::string why = WhyAreaNotFit(area); !why.empty()) return why;
    if (!area.writable || area.shared || area.name == "[stack]") continue;
    bool found = false;
    if (const int error =
            search.Find(area.begin, area.end, candidate.token, &found)) {
      return WithErrno("its memory cannot be looked at", error);
    }
    if (found) return "a constructor keeps something of its arguments";
  }
  return {};
}

}  // namespace

std::string WhyNotFit(const TemplateCandidate& candidate) {
  const std::string status = ReadOf(candidate.process, "status");
  if (status.find("\nThreads:\t1\n") == status.npos) {
    return "it starts threads before its main";
  }
  const std::string number = std::to_string(candidate.process);
  const std::string children = "task/" + number + "/children";
  if (!ReadOf(candidate.process, children).empty()) {
    return "it starts processes before its main";
  }
  // Without that file EndChildren would find none either.
  if (access(("/proc/" + number + "/" + children).c_str(), R_OK) != 0) {
    return "the kernel does not tell what children a process has";
  }
  const HeldDescriptors held = LookAtDescriptors(
      candidate.process,
      {.given = candidate.given, .own = candidate.runtime_fds});
  if (!held.refused.empty()) return held.refused;
  if (held.opened > 0) return "it has files open before its main";
  return WhyMemoryNotFit(candidate);
}

}  // namespace cellblock
