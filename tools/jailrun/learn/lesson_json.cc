// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A lesson for machines.

#include <nlohmann/json.hpp>

#include "jail/policy_text.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/learn/lesson.h"

namespace cellblock {
namespace {

using Json = nlohmann::ordered_json;

Json CallName(uint32_t number) {
  const SyscallInfo* info = FindSyscall(number);
  return info != nullptr ? Json(info->name) : Json(number);
}

Json AdditionsJson(const Suggestion& suggestion) {
  Json json = Json::array();
  for (const Addition& addition : suggestion.additions) {
    json.push_back({{"allow", addition.allowance},
                    {"for", addition.call},
                    {"cost", addition.cost}});
  }
  return json;
}

Json AnsweredJson(const Suggestion& suggestion) {
  Json json = Json::array();
  for (const AnsweredCall& call : suggestion.answered) {
    json.push_back({{"call", call.what},
                    {"error", ErrnoName(call.error)},
                    {"count", call.count},
                    {"carried_out", call.carried_out}});
  }
  return json;
}

Json ObstaclesJson(const Suggestion& suggestion) {
  Json json = Json::array();
  for (const Obstacle& obstacle : suggestion.obstacles) {
    json.push_back({{"what", obstacle.what}, {"reason", obstacle.reason}});
  }
  return json;
}

Json CallsJson(const Learned& learned) {
  Json calls = Json::array();
  for (const SeenCall& call : learned.calls) {
    calls.push_back({{"call", CallName(call.request.number)},
                     {"first", call.text},
                     {"count", call.count},
                     {"succeeded", call.succeeded}});
  }
  return calls;
}

Json UnplacedJson(const PathOptions& paths) {
  Json json = Json::array();
  for (const SeenFile& file : paths.unplaced) json.push_back(file.path);
  return json;
}

std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string FailureJson(const std::string& error, int exit_code) {
  return Line({{"jailrun", kVersion},
               {"mode", "learning"},
               {"exit_code", exit_code},
               {"error", error}});
}

std::string LessonJson(const Lesson& lesson) {
  const Learned& learned = lesson.learned;
  const Suggestion& suggestion = lesson.suggestion;
  Json json = {{"jailrun", kVersion},
               {"mode", "learning"},
               {"program", lesson.program},
               {"exit_code", lesson.exit_code},
               {"error", nullptr},
               {"passes", suggestion.passes()},
               {"preset", suggestion.preset},
               {"additions", AdditionsJson(suggestion)},
               {"readable", suggestion.paths.readable},
               {"writable", suggestion.paths.writable},
               {"unplaced", UnplacedJson(suggestion.paths)},
               {"answered", AnsweredJson(suggestion)},
               {"obstacles", ObstaclesJson(suggestion)},
               {"late_libraries", learned.late_libraries},
               {"threads", learned.threads},
               {"pool",
                {{"suggested_bytes", lesson.pool_bytes},
                 {"peak_bytes", lesson.heap.peak_bytes},
                 {"failures", lesson.heap.exhausted},
                 {"mapped_beside_bytes", learned.mappings.peak_bytes},
                 {"reserve_bytes", learned.reserve_bytes_needed}}},
               {"calls",
                {{"before_main", learned.calls_before},
                 {"after_main", learned.calls_after},
                 {"kinds", CallsJson(learned)}}},
               {"verification", nullptr},
               {"policy_file", nullptr},
               {"loads", lesson.loads},
               {"command", CommandOf(lesson)},
               {"shell", ShellCommand(lesson)}};
  if (const Verification& tried = lesson.verification; tried.done) {
    json["verification"] = {{"exit_code", tried.exit_code},
                            {"same", tried.exit_code == lesson.exit_code},
                            {"same_input", tried.same_input}};
  }
  if (!lesson.policy_file.empty()) json["policy_file"] = lesson.policy_file;
  return Line(json);
}

}  // namespace cellblock
