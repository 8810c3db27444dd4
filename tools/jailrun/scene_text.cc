// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/scene_text.h"

#include <algorithm>
#include <cstdio>

#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// Names are the program's own: a reader needs no more of them.
std::string Bounded(const std::string& name) {
  constexpr size_t kMost = 160;
  return name.size() <= kMost ? name : name.substr(0, kMost) + "...";
}

// "? main (prog.cc:12), /usr/bin/prog+0x1234"
std::string PlaceText(const CodePlace& place) {
  std::string text = place.certain ? "" : "? ";
  if (!place.function.empty()) text += Bounded(place.function);
  if (!place.file.empty()) {
    text += " (" + Bounded(place.file);
    // Code that the compiler made up belongs to no line.
    if (place.line != 0) text += ":" + std::to_string(place.line);
    text += ")";
  }
  if (!place.function.empty() || !place.file.empty()) text += ", ";
  return text + (place.module.empty()
                     ? HexText(place.address)
                     : Bounded(place.module) + "+" + HexText(place.offset));
}

}  // namespace

std::string ThreadText(const CallingThread& thread) {
  const char* const whose = thread.foreign ? "another process"
                            : thread.main  ? "the main thread"
                                           : "another thread";
  return std::string(whose) + " (" + std::to_string(thread.id) +
         (thread.name.empty() ? "" : ", " + Quoted(thread.name)) + ")";
}

std::vector<std::string> BacktraceLines(const CallScene& scene) {
  constexpr size_t kMostLines = 16;
  std::vector<std::string> lines;
  const size_t shown = std::min(scene.backtrace.size(), kMostLines);
  for (size_t i = 0; i < shown; ++i) {
    lines.push_back((i == 0 ? "at " : "by ") + PlaceText(scene.backtrace[i]));
  }
  if (shown < scene.backtrace.size()) {
    lines.push_back("by " + std::to_string(scene.backtrace.size() - shown) +
                    " callers more");
  }
  const bool searched =
      std::any_of(scene.backtrace.begin(), scene.backtrace.end(),
                  [](const CodePlace& place) { return !place.certain; });
  if (searched) {
    lines.push_back("(? found by searching the stack, so perhaps wrong)");
  }
  if (!scene.missing.empty()) lines.push_back("not known: " + scene.missing);
  return lines;
}

}  // namespace cellblock
