// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/template/fitness.h"

#include <errno.h>
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

// Returns why the file cannot be read, or nothing.
std::string ReadOf(pid_t process, const std::string& name, std::string* text) {
  const std::string path = "/proc/" + std::to_string(process) + "/" + name;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char part[16384];
  ssize_t got = -1;
  while (fd.ok() && (got = read(fd.get(), part, sizeof(part))) != 0) {
    if (got > 0) {
      text->append(part, static_cast<size_t>(got));
    } else if (errno != EINTR) {
      break;
    }
  }
  if (got == 0) return {};
  return WithErrno("the kernel does not tell what is in /proc/PID/" + name,
                   errno);
}

// `why`, if the file lists anything.
std::string WhyListNotFit(pid_t process, const std::string& name,
                          const char* why) {
  std::string text;
  std::string error = ReadOf(process, name, &text);
  if (!error.empty() || text.empty()) return error;
  return why;
}

struct Area {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool readable = false;
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
                       .readable = rights[0] == 'r',
                       .writable = rights[1] == 'w',
                       .shared = rights[3] == 's',
                       .name = line.substr(static_cast<size_t>(name))});
    } else if (line.starts_with("VmFlags:") && !areas.empty()) {
      areas.back().flags = line.substr(8) + " ";
    }
  }
  return areas;
}

bool Has(const Area& area, const char* flag) {
  return area.flags.find(flag) != area.flags.npos;
}

std::string WhyAreaNotFit(const Area& area) {
  constexpr std::string_view kControl = "/memfd:cellblock-control (deleted)";
  if (area.writable && area.shared && area.name != kControl) {
    return "it shares memory that can be written: " +
           (area.name.empty() ? "of no name" : Escaped(area.name));
  }
  if (Has(area, " lo ")) return "it locks memory";
  if (Has(area, " dc ") || Has(area, " wf ")) {
    return "it keeps memory from forks";
  }
  return {};
}

// On the stack the arguments are themselves. Of the kernel's own pages some
// cannot be read; what nobody can read would take long where much is reserved.
bool MayKeepArguments(const Area& area) {
  return (area.readable || area.writable) && !area.shared &&
         !Has(area, " pf ") && area.name != "[stack]" &&
         area.name != "[vsyscall]";
}

std::string WhyMemoryNotFit(const TemplateCandidate& candidate) {
  std::string smaps;
  std::string why_not = ReadOf(candidate.process, "smaps", &smaps);
  if (!why_not.empty()) return why_not;
  const std::vector<Area> areas = ParseAreas(smaps);
  TokenSearch search;
  if (const int error = search.Open(candidate.process)) {
    return WithErrno("its memory cannot be looked at", error);
  }
  if (areas.empty()) return "its memory map cannot be read";
  for (const Area& area : areas) {
    if (std::string why = WhyAreaNotFit(area); !why.empty()) return why;
    if (!MayKeepArguments(area)) continue;
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
  const pid_t process = candidate.process;
  std::string status;
  std::string why = ReadOf(process, "status", &status);
  if (!why.empty()) return why;
  if (status.find("\nThreads:\t1\n") == status.npos) {
    return "it starts threads before its main";
  }
  // Without that file EndChildren would find none either.
  why = WhyListNotFit(process, "task/" + std::to_string(process) + "/children",
                      "it starts processes before its main");
  if (!why.empty()) return why;
  // Those of timer_create(2).
  why = WhyListNotFit(process, "timers", "a constructor sets a timer");
  if (!why.empty()) return why;
  const HeldDescriptors held = LookAtDescriptors(
      candidate.process,
      {.given = candidate.given, .own = candidate.runtime_fds});
  if (!held.refused.empty()) return held.refused;
  if (held.opened > 0) return "it has files open before its main";
  return WhyMemoryNotFit(candidate);
}

}  // namespace cellblock
