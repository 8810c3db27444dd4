// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_paint.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "jail/verdict.h"

namespace cellblock {
namespace {

constexpr std::string_view kPrefix = "jailrun: ";
constexpr std::string_view kVerdict = "verdict: ";
constexpr std::string_view kPosture = "posture: ";

// The sixteen colours that a terminal's user has chosen.
constexpr std::string_view kPlain = "\033[0m";
constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kFaint = "\033[2m";
constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kGreen = "\033[32m";
constexpr std::string_view kYellow = "\033[33m";
constexpr std::string_view kCyan = "\033[36m";

// What begins a line that says why the program has ended, or was not jailed.
constexpr std::string_view kCauses[] = {
    "forbidden call",       "the pool is exhausted",
    "the time limit",       "the limit on output",
    "the CPU limit",        "the program was ended by signal",
    "DIAGNOSIS, NO JAIL",   "NOT JAILED",
    "loaded after the lock"};

std::string InColour(std::string_view colour, std::string_view text) {
  std::string painted(colour);
  painted += text;
  painted += kPlain;
  return painted;
}

std::string_view ColourOf(std::string_view verdict) {
  if (verdict == Name(VerdictClass::kClean)) return kGreen;
  if (verdict == Name(VerdictClass::kViolation) ||
      verdict == Name(VerdictClass::kCrashed) ||
      verdict == Name(VerdictClass::kSetupFailed)) {
    return kRed;
  }
  return kYellow;
}

std::string PaintedVerdict(std::string_view rest) {
  const size_t end = std::min(rest.find(','), rest.size());
  const std::string_view word = rest.substr(0, end);
  std::string painted = InColour(kBold, kVerdict);
  painted += kBold;
  painted += InColour(ColourOf(word), word);
  painted += rest.substr(end);
  return painted;
}

// "posture: seccomp enforced - ...": the state of the layer.
std::string PaintedPosture(std::string_view line) {
  const size_t name_end = line.find(' ', kPosture.size());
  if (name_end == std::string_view::npos) return std::string(line);
  const size_t end = std::min(line.find(' ', name_end + 1), line.size());
  const std::string_view state = line.substr(name_end + 1, end - name_end - 1);
  const std::string_view colour = state == "enforced"      ? kGreen
                                  : state == "unsupported" ? kYellow
                                                           : kFaint;
  std::string painted(line.substr(0, name_end + 1));
  painted += InColour(colour, state);
  painted += line.substr(end);
  return painted;
}

// Options that a line advises: "--pool=73M", until a blank or a comma.
std::string PaintedAdvice(std::string_view line) {
  std::string painted;
  while (!line.empty()) {
    const size_t at = std::min(line.find(" --"), line.size());
    painted += line.substr(0, at);
    line.remove_prefix(at);
    if (line.empty()) break;
    painted += ' ';
    line.remove_prefix(1);
    const size_t end = std::min(line.find_first_of(" ,;:"), line.size());
    painted += InColour(kCyan, line.substr(0, end));
    line.remove_prefix(end);
  }
  return painted;
}

std::string PaintedLine(std::string_view line) {
  if (line.starts_with(kVerdict)) {
    return PaintedVerdict(line.substr(kVerdict.size()));
  }
  if (line.starts_with(kPosture)) return PaintedPosture(line);
  for (const std::string_view cause : kCauses) {
    if (line.starts_with(cause)) return InColour(kBold, line);
  }
  return PaintedAdvice(line);
}

}  // namespace

bool WantsColour(int fd) {
  const char* const no_colour = getenv("NO_COLOR");
  if (no_colour != nullptr && no_colour[0] != '\0') return false;
  const char* const terminal = getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return isatty(fd) == 1;
}

std::string Painted(const std::string& report) {
  std::string painted;
  std::string_view rest = report;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.starts_with(kPrefix)) {
      painted += InColour(kFaint, kPrefix);
      line.remove_prefix(kPrefix.size());
    }
    painted += PaintedLine(line);
    if (end < rest.size()) painted += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return painted;
}

}  // namespace cellblock
