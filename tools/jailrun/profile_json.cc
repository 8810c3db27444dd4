// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile_json.h"

#include <string>
#include <utility>

#include "tools/jailrun/place_json.h"
#include "tools/jailrun/syscall_name.h"

namespace cellblock {
namespace {

using Json = nlohmann::ordered_json;

Json SamplesJson(const Profile& profile) {
  Json list = Json::array();
  for (const Profile::Sample& sample : profile.samples) {
    list.push_back({{"at_us", sample.at_us},
                    {"in_use_bytes", sample.in_use_bytes},
                    {"high_water_bytes", sample.high_water_bytes},
                    {"largest_free_bytes", sample.largest_free_bytes}});
  }
  return list;
}

Json StripJson(const char* when, const Profile::Strip& strip,
               uint64_t cell_bytes) {
  return {{"when", when},
          {"at_us", strip.at_us},
          {"cell_bytes", cell_bytes},
          {"used_permille", strip.used_permille}};
}

Json SizesJson(const Profile& profile) {
  Json list = Json::array();
  for (const Profile::Size& size : profile.sizes) {
    list.push_back({{"from_bytes", size.from_bytes},
                    {"to_bytes", size.to_bytes},
                    {"allocations", size.allocations},
                    {"frees", size.frees},
                    {"bytes_asked", size.bytes_asked}});
  }
  return list;
}

Json StacksJson(const Profile& profile) {
  Json list = Json::array();
  for (const Profile::Stack& stack : profile.stacks) {
    Json frames = Json::array();
    for (const CodePlace& place : stack.frames) {
      frames.push_back(PlaceJson(place));
    }
    list.push_back({{"bytes", stack.bytes},
                    {"count", stack.count},
                    {"frames", std::move(frames)}});
  }
  return list;
}

enum class Refusals : uint8_t { kLeftOut, kTold };

std::string NameOf(const Profile::Call& call) {
  return call.number == Profile::kOtherCalls ? "other"
                                             : SyscallName(call.number);
}

Json CallsJson(const std::vector<Profile::Call>& calls, Refusals refusals) {
  Json list = Json::array();
  for (const Profile::Call& call : calls) {
    Json json = {{"syscall", NameOf(call)}, {"count", call.count}};
    if (refusals == Refusals::kTold) json["refused"] = call.refused;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

Json ProfileJson(const RunRecord& record) {
  if (!record.profile) return nullptr;
  const Profile& profile = *record.profile;
  Json calls = {
      {"before_lock", nullptr}, {"after_lock", nullptr}, {"missing", nullptr}};
  if (profile.missing.empty()) {
    calls["before_lock"] = CallsJson(profile.before_lock, Refusals::kLeftOut);
    calls["after_lock"] = CallsJson(profile.after_lock, Refusals::kTold);
  } else {
    calls["missing"] = profile.missing;
  }
  return {{"samples", SamplesJson(profile)},
          {"strips",
           {StripJson("peak", profile.peak_strip, profile.cell_bytes),
            StripJson("end", profile.end_strip, profile.cell_bytes)}},
          {"sizes", SizesJson(profile)},
          {"peak",
           {{"at_us", profile.peak_at_us},
            {"in_use_bytes", profile.peak_in_use_bytes},
            {"sample_every_bytes", profile.sample_every_bytes},
            {"dropped", profile.dropped},
            {"stacks", StacksJson(profile)}}},
          {"calls", std::move(calls)}};
}

}  // namespace cellblock
