// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/report_json.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/run_records.h"

namespace cellblock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Json = nlohmann::ordered_json;

// One line of JSON, read back.
Json Parsed(const RunRecord& record) {
  const std::string text = JsonReport(record);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_EQ(text.back(), '\n') << text;
  const Json json = Json::parse(text, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << text;
  EXPECT_TRUE(json.is_object()) << text;
  return json;
}

std::vector<std::string> Keys(const Json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

TEST(JsonReportTest, WhatCameTooLateIsThereWithItsOption) {
  RunRecord record = Exited(1);
  EXPECT_EQ(Parsed(record)["late_loads"], Json::array());
  record.late_loads = 7;
  record.first_late_loads = {"/usr/lib64/gconv/A.so", "/opt/\xff.so",
                             "/memfd:jit (deleted)"};
  const Json json = Parsed(record);
  EXPECT_EQ(json["loads"]["refused_after_the_lock"], 7);
  ASSERT_EQ(json["late_loads"].size(), 3u);
  EXPECT_TRUE(json["late_loads"][2]["option"].is_null());
  EXPECT_EQ(json["late_loads"][0]["path"], "/usr/lib64/gconv/A.so");
  EXPECT_EQ(json["late_loads"][0]["option"], "--load=@gconv");
  EXPECT_EQ(json["late_loads"][1]["option"], "--load=/opt/\xef\xbf\xbd.so");
}

TEST(JsonReportTest, EveryRunHasTheSameKeysInTheSameOrder) {
  std::vector<RunRecord> records = OneOfEachClass();
  records.push_back(KilledByFilter());
  records.push_back(DryRun());
  for (const RunRecord& record : records) {
    const Json json = Parsed(record);
    EXPECT_THAT(Keys(json),
                ElementsAre("jailrun", "mode", "program", "script",
                            "interpreters", "command", "verdict", "pool",
                            "violation", "threads", "loads", "late_loads",
                            "calls", "posture", "time", "memory", "profile"));
    EXPECT_THAT(
        Keys(json["loads"]),
        ElementsAre("asked", "loaded", "passed_over", "first_passed_over",
                    "why_passed_over", "learning_runs", "learned",
                    "not_trusted", "refused_after_the_lock"));
    EXPECT_THAT(
        Keys(json["threads"]),
        ElementsAre("allowed", "stack_bytes", "laid", "laid_for_libc",
                    "most_in_use", "refused", "largest_refused_stack_bytes"));
    EXPECT_THAT(Keys(json["verdict"]),
                ElementsAre("class", "exit_code", "permanent", "by_cpu_limit",
                            "program_exit_code", "signal", "reason", "advice"));
    EXPECT_THAT(Keys(json["pool"]),
                ElementsAre("bytes", "default", "table_bytes", "reserve_bytes",
                            "reserve_peak_bytes", "unit_bytes", "peak_bytes",
                            "in_use_bytes", "high_water_bytes", "ever_bytes",
                            "allocations", "frees", "failures",
                            "suggested_bytes", "exhaustion"));
    EXPECT_THAT(
        Keys(json["calls"]),
        ElementsAre("trapped", "kept_mappings", "refused_mappings",
                    "executable_refused", "code_memory_refused",
                    "refused_reservation_bytes", "refused_threads",
                    "ignored_frees", "refused_paths", "first_refused_paths",
                    "refused", "on_violation", "tolerated", "more_tolerated"));
    EXPECT_THAT(Keys(json["time"]),
                ElementsAre("wall_us", "setup_us", "user_us", "system_us"));
    EXPECT_EQ(json["jailrun"], kVersion);
  }
}

TEST(JsonReportTest, ClassAndCodesAreThoseOfTheVerdict) {
  for (const RunRecord& record : OneOfEachClass()) {
    const Json verdict = Parsed(record)["verdict"];
    EXPECT_EQ(verdict["class"], Name(record.verdict.verdict_class));
    EXPECT_EQ(verdict["exit_code"], record.verdict.exit_code);
    EXPECT_EQ(verdict["permanent"], record.verdict.permanent);
  }
}

TEST(JsonReportTest, ProgramEndsByACodeOrASignal) {
  const Json exited = Parsed(Exited(3))["verdict"];
  EXPECT_EQ(exited["program_exit_code"], 3);
  EXPECT_EQ(exited["signal"], nullptr);
  const Json clean = Parsed(Exited(0))["verdict"];
  EXPECT_EQ(clean["program_exit_code"], 0);
  const Json crashed = Parsed(Signaled(SIGSEGV))["verdict"];
  EXPECT_EQ(crashed["program_exit_code"], nullptr);
  EXPECT_EQ(crashed["signal"], SIGSEGV);
  // The code is the program's own, whatever jailrun makes of it.
  const Json exhausted =
      Parsed(Exhausted({.signaled = false, .code = 42}))["verdict"];
  EXPECT_EQ(exhausted["exit_code"], 123);
  EXPECT_EQ(exhausted["program_exit_code"], 42);
  for (const RunRecord& record : {NotSetUp(), DryRun()}) {
    const Json verdict = Parsed(record)["verdict"];
    EXPECT_EQ(verdict["program_exit_code"], nullptr);
    EXPECT_EQ(verdict["signal"], nullptr);
  }
}

TEST(JsonReportTest, ReasonAndAdviceAreTextOrNull) {
  const Json failed = Parsed(NotSetUp())["verdict"];
  EXPECT_EQ(failed["reason"], "'prog' is statically linked");
  EXPECT_EQ(failed["advice"], "link it dynamically");
  const Json clean = Parsed(Exited(0))["verdict"];
  EXPECT_EQ(clean["reason"], nullptr);
  EXPECT_EQ(clean["advice"], nullptr);
}

TEST(JsonReportTest, PoolHasTheFiguresOfTheHeap) {
  const Json pool = Parsed(Exited(0))["pool"];
  EXPECT_EQ(pool["bytes"], 256 * kMiB);
  EXPECT_EQ(pool["default"], true);
  EXPECT_EQ(pool["table_bytes"], 64 * kMiB);
  EXPECT_EQ(pool["unit_bytes"], 32);
  EXPECT_EQ(pool["peak_bytes"], kMiB);
  EXPECT_EQ(pool["in_use_bytes"], 32);
  EXPECT_EQ(pool["high_water_bytes"], kMiB + 32);
  EXPECT_EQ(pool["ever_bytes"], 3 * kMiB);
  EXPECT_EQ(pool["allocations"], 100);
  EXPECT_EQ(pool["frees"], 99);
  EXPECT_EQ(pool["failures"], 0);
  EXPECT_EQ(pool["suggested_bytes"], 2 * kMiB);
  EXPECT_EQ(pool["exhaustion"], nullptr);
}

TEST(JsonReportTest, PoolOfOwnSizeIsNotTheDefault) {
  RunRecord record = Exited(0);
  record.options.pool_bytes = kMiB;
  record.suggested_pool_bytes = 0;
  const Json pool = Parsed(record)["pool"];
  EXPECT_EQ(pool["default"], false);
  EXPECT_EQ(pool["suggested_bytes"], nullptr);
}

TEST(JsonReportTest, ExhaustionHasItsFigures) {
  const Json pool =
      Parsed(Exhausted({.signaled = true, .code = SIGABRT}))["pool"];
  EXPECT_EQ(pool["failures"], 3);
  const Json exhaustion = pool["exhaustion"];
  EXPECT_THAT(Keys(exhaustion),
              ElementsAre("asked_bytes", "alignment_bytes", "in_use_bytes",
                          "peak_bytes", "largest_free_bytes", "short_by_bytes",
                          "refusal", "thread", "backtrace", "missing"));
  EXPECT_EQ(exhaustion["asked_bytes"], 1536 * kMiB);
  EXPECT_EQ(exhaustion["alignment_bytes"], 16);
  EXPECT_EQ(exhaustion["in_use_bytes"], kMiB);
  EXPECT_EQ(exhaustion["peak_bytes"], 2 * kMiB);
  EXPECT_EQ(exhaustion["largest_free_bytes"], 100 * kMiB);
  EXPECT_EQ(exhaustion["short_by_bytes"], 1436 * kMiB);
  EXPECT_EQ(exhaustion["refusal"], (Json{{"number", 3},
                                         {"asked_bytes", 1536 * kMiB},
                                         {"alignment_bytes", 16}}));
  EXPECT_EQ(exhaustion["thread"],
            (Json{{"id", 12}, {"main", true}, {"name", "prog"}}));
  EXPECT_EQ(exhaustion["backtrace"], Json::array({{{"address", 0x456123},
                                                   {"module", "/usr/bin/prog"},
                                                   {"offset", 0x123},
                                                   {"function", "Grow()"},
                                                   {"file", "src/grow.cc"},
                                                   {"line", 7},
                                                   {"certain", true}}}));
  EXPECT_EQ(exhaustion["missing"], nullptr);
}

TEST(JsonReportTest, ExhaustionThatNobodySawHasNoPlace) {
  const Json exhaustion = Parsed(ExhaustedUnseen())["pool"]["exhaustion"];
  EXPECT_EQ(exhaustion["refusal"], nullptr);
  EXPECT_EQ(exhaustion["thread"], nullptr);
  EXPECT_EQ(exhaustion["backtrace"], Json::array());
  EXPECT_EQ(exhaustion["missing"], "nobody looked");
}

TEST(JsonReportTest, ViolationHasTheArgumentsThatTheCallTakes) {
  const Json violation = Parsed(Violated())["violation"];
  EXPECT_THAT(Keys(violation),
              ElementsAre("syscall", "number", "args", "text", "arch",
                          "instruction", "reason", "option", "advice", "cost",
                          "arguments", "thread", "module", "offset", "function",
                          "file", "line", "backtrace", "missing"));
  EXPECT_EQ(violation["syscall"], "socket");
  EXPECT_EQ(violation["number"], kSocket);
  EXPECT_EQ(violation["args"], Json::array({2, 1, 0}));
  EXPECT_EQ(violation["text"], "socket(2, 1, 0)");
  EXPECT_EQ(violation["arch"], 0xc000003e);
  EXPECT_EQ(violation["instruction"], 0x7f0123456789);
  EXPECT_EQ(violation["option"], "--allow=socket");
}

TEST(JsonReportTest, ViolationWithoutASceneHasNoPlace) {
  const Json violation = Parsed(Violated())["violation"];
  for (const char* key : {"cost", "thread", "module", "offset", "function",
                          "file", "line", "missing"}) {
    EXPECT_EQ(violation[key], nullptr) << key;
  }
  EXPECT_EQ(violation["arguments"], Json::array());
  EXPECT_EQ(violation["backtrace"], Json::array());
}

TEST(JsonReportTest, SceneOfAViolationIsTold) {
  const Json violation = Parsed(Seen())["violation"];
  EXPECT_EQ(violation["cost"], "it can send whatever it read to any host");
  EXPECT_EQ(violation["arguments"],
            Json::array({"AF_INET", "SOCK_STREAM", "0"}));
  EXPECT_EQ(violation["thread"],
            Json({{"id", 42}, {"main", false}, {"name", "worker"}}));
  EXPECT_EQ(violation["module"], "/usr/lib/libc.so.6");
  EXPECT_EQ(violation["offset"], 0x789);
  EXPECT_EQ(violation["function"], "socket");
  EXPECT_EQ(violation["file"], nullptr);
  EXPECT_EQ(violation["line"], nullptr);
  EXPECT_EQ(violation["missing"], "the rest");
  const Json backtrace = violation["backtrace"];
  ASSERT_EQ(backtrace.size(), 2u);
  EXPECT_THAT(Keys(backtrace[0]),
              ElementsAre("address", "module", "offset", "function", "file",
                          "line", "certain"));
  EXPECT_EQ(backtrace[1]["function"], "Fetch()");
  EXPECT_EQ(backtrace[1]["file"], "src/fetch.cc");
  EXPECT_EQ(backtrace[1]["line"], 12);
  EXPECT_EQ(backtrace[1]["certain"], false);
}

TEST(JsonReportTest, UnknownCallHasAllSixArguments) {
  RunRecord record = Violated();
  record.violation->call.number = kNoSuchCall;
  record.violation->name = "syscall_9999";
  record.violation->option.clear();
  std::fill_n(record.violation->call.args, 6, UINT64_MAX);
  const Json violation = Parsed(record)["violation"];
  EXPECT_EQ(violation["args"], Json(std::vector<uint64_t>(6, UINT64_MAX)));
  EXPECT_EQ(violation["option"], nullptr);
}

TEST(JsonReportTest, CallKilledByTheFilterHasNoDetails) {
  const Json violation = Parsed(KilledByFilter())["violation"];
  for (const char* key : {"syscall", "number", "arch", "instruction"}) {
    EXPECT_EQ(violation[key], nullptr) << key;
  }
  EXPECT_EQ(violation["args"], Json::array());
  EXPECT_EQ(violation["text"], "a call through another ABI");
  EXPECT_EQ(Parsed(Exited(0))["violation"], nullptr);
}

TEST(JsonReportTest, RefusedCallsAreListed) {
  RunRecord record = Exited(1);
  record.refused = {{kOpenat, EROFS, 2, "/a"},
                    {kNoSuchCall, ENOSYS, UINT64_MAX}};
  const Json refused = Parsed(record)["calls"]["refused"];
  EXPECT_EQ(refused, Json::array({{{"syscall", "openat"},
                                   {"number", kOpenat},
                                   {"errno", "EROFS"},
                                   {"count", 2},
                                   {"path", "/a"}},
                                  {{"syscall", nullptr},
                                   {"number", kNoSuchCall},
                                   {"errno", "ENOSYS"},
                                   {"count", UINT64_MAX}}}));
  EXPECT_EQ(Parsed(Exited(0))["calls"]["refused"], Json::array());
}

TEST(JsonReportTest, PostureHasALayerByName) {
  RunRecord record = Exited(0);
  record.options.allowed = {"socket", "socket"};
  record.named_paths = {"/b"};
  record.options.readable = {"/c", "/d"};
  record.options.writable = {"/a"};
  record.posture = {{"seccomp", LayerState::kEnforced, "read back"},
                    {"rlimits", LayerState::kOff, "as given"},
                    {"landlock_write", LayerState::kUnsupported, "old kernel"}};
  const Json posture = Parsed(record)["posture"];
  EXPECT_THAT(
      Keys(posture),
      ElementsAre("locked", "preset", "policy_file", "allowed", "named_paths",
                  "readable", "writable", "filter_instructions", "seccomp",
                  "rlimits", "landlock_write"));
  EXPECT_EQ(posture["locked"], true);
  EXPECT_EQ(posture["preset"], "decoder");
  EXPECT_EQ(posture["allowed"], Json::array({"socket", "socket"}));
  EXPECT_EQ(posture["named_paths"], Json::array({"/b"}));
  EXPECT_EQ(posture["readable"], Json::array({"/c", "/d"}));
  EXPECT_EQ(posture["writable"], Json::array({"/a"}));
  EXPECT_EQ(posture["filter_instructions"], 205);
  EXPECT_EQ(posture["seccomp"],
            Json({{"state", "enforced"}, {"detail", "read back"}}));
  EXPECT_EQ(posture["rlimits"]["state"], "off");
  EXPECT_EQ(posture["landlock_write"]["state"], "unsupported");
}

TEST(JsonReportTest, ModeIsSpelledOut) {
  RunRecord record = Exited(0);
  EXPECT_EQ(Parsed(record)["mode"], "jailed");
  record.options.mode = Mode::kUnjailed;
  EXPECT_EQ(Parsed(record)["mode"], "NOT JAILED");
  EXPECT_EQ(Parsed(DryRun())["mode"], "dry run");
}

TEST(JsonReportTest, TimesAreMicroseconds) {
  const Json json = Parsed(Exited(0));
  EXPECT_EQ(json["time"], Json({{"wall_us", 12345},
                                {"setup_us", 1500},
                                {"user_us", 10000},
                                {"system_us", 2000}}));
  EXPECT_EQ(json["memory"]["peak_resident_bytes"], 3 * kMiB);
}

TEST(JsonReportTest, IsWrittenWhateverTheReportInWordsIs) {
  for (RunRecord record : OneOfEachClass()) {
    record.options.report = ReportWhen::kNever;
    const std::string never = JsonReport(record);
    record.options.report = ReportWhen::kAlways;
    EXPECT_EQ(JsonReport(record), never);
  }
}

TEST(JsonReportTest, TextComesBackAsItWas) {
  const std::string all_ascii = [] {
    std::string text;
    for (int byte = 0; byte < 0x80; ++byte) text += static_cast<char>(byte);
    return text;
  }();
  for (const std::string& text :
       {all_ascii, std::string("\"\\/\b\f\n\r\t\x1b[31m"),
        std::string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xc2\x9b"),
        std::string(), std::string(100000, 'x')}) {
    const Json json = Parsed(WithTexts(Violated(), text));
    EXPECT_EQ(json["program"], text);
    EXPECT_EQ(json["command"], Json::array({text, text}));
    EXPECT_EQ(json["violation"]["text"], text);
    EXPECT_EQ(json["posture"]["preset"], text);
    EXPECT_EQ(json["posture"]["writable"], Json::array({text, text}));
    EXPECT_EQ(json["posture"]["seccomp"]["detail"], text);
    if (!text.empty()) {
      EXPECT_EQ(json["verdict"]["reason"], text);
    }
  }
}

TEST(JsonReportTest, WhatIsNotUtf8IsReplaced) {
  const std::string replacement = "\xef\xbf\xbd";
  const std::pair<std::string, std::string> texts[] = {
      {"\xff", replacement},
      {"a\x80z", "a" + replacement + "z"},
      {"a\xc3", "a" + replacement},  // cut off
      {"\xc3(", replacement + "("},  // no continuation
      {"\xc3\xa4\xff", "\xc3\xa4" + replacement},
  };
  for (const auto& [text, shown] : texts) {
    const Json json = Parsed(WithTexts(Violated(), text));
    EXPECT_EQ(json["program"], shown);
    EXPECT_EQ(json["verdict"]["reason"], shown);
    EXPECT_EQ(json["posture"]["allowed"], Json::array({shown}));
  }
  // Overlong, surrogate, beyond the last character, and every byte alone.
  for (const char* text : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_THAT(Parsed(WithTexts(Violated(), text))["program"],
                HasSubstr(replacement));
  }
  for (int byte = 0x80; byte < 0x100; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(Parsed(WithTexts(NotSetUp(), text))["program"], replacement);
  }
}

Json ProfileOf(const Profile& profile) {
  RunRecord record = OneOfEachClass().front();
  EXPECT_EQ(Parsed(record)["profile"], nullptr);
  record.profile = profile;
  return Parsed(record)["profile"];
}

TEST(JsonReportTest, AProfileIsToldAsItIs) {
  const Profile profile = {
      .samples = {{0, 1, 2, 3}, {4, 5, 6, 7}},
      .cell_bytes = 4096,
      .peak_strip = {.at_us = 8, .used_permille = {1000, 0}},
      .end_strip = {.at_us = 9, .used_permille = {500, 1}},
      .sizes = {{17, 32, 3, 2, 80}},
      .peak_at_us = 8,
      .peak_in_use_bytes = 5,
      .sample_every_bytes = 4096,
      .dropped = 1,
      .stacks = {{.bytes = 32,
                  .count = 2,
                  .addresses = {77},
                  .frames = {{.address = 77,
                              .module = "/bin/x",
                              .offset = 7,
                              .function = "f",
                              .file = "f.c",
                              .line = 3}}}},
      .before_lock = {{.number = 0, .count = 3}},
      .after_lock = {{.number = 1, .count = 9, .refused = 2},
                     {.number = 499, .count = 1},
                     {.number = Profile::kOtherCalls, .count = 4}},
      .missing = ""};
  EXPECT_EQ(ProfileOf(profile), Json::parse(R"({
    "samples": [{"at_us": 0, "in_use_bytes": 1, "high_water_bytes": 2,
                 "largest_free_bytes": 3},
                {"at_us": 4, "in_use_bytes": 5, "high_water_bytes": 6,
                 "largest_free_bytes": 7}],
    "strips": [{"when": "peak", "at_us": 8, "cell_bytes": 4096,
                "used_permille": [1000, 0]},
               {"when": "end", "at_us": 9, "cell_bytes": 4096,
                "used_permille": [500, 1]}],
    "sizes": [{"from_bytes": 17, "to_bytes": 32, "allocations": 3, "frees": 2,
               "bytes_asked": 80}],
    "peak": {"at_us": 8, "in_use_bytes": 5, "sample_every_bytes": 4096,
             "dropped": 1,
             "stacks": [{"bytes": 32, "count": 2, "frames": [
                 {"module": "/bin/x", "offset": 7, "function": "f",
                  "file": "f.c", "line": 3}]}]},
    "calls": {"before_lock": [{"syscall": "read", "count": 3}],
              "after_lock": [{"syscall": "write", "count": 9, "refused": 2},
                             {"syscall": "syscall_499", "count": 1,
                              "refused": 0},
                             {"syscall": "other", "count": 4, "refused": 0}],
              "missing": null}})"));
}

TEST(JsonReportTest, CallsThatWereNotCountedAreNull) {
  Profile profile;
  profile.missing = "why";
  const Json calls = ProfileOf(profile)["calls"];
  EXPECT_EQ(calls, Json::parse(R"({"before_lock": null, "after_lock": null,
                                   "missing": "why"})"));
}

TEST(JsonReportTest, HostileFiguresComeBackExactly) {
  for (const uint64_t value :
       {uint64_t{1}, uint64_t{1} << 53, (uint64_t{1} << 53) + 1,
        uint64_t{1} << 63, UINT64_MAX}) {
    for (const RunRecord& record : OneOfEachClass()) {
      const Json json = Parsed(WithHostileFigures(record, value));
      for (const char* key :
           {"unit_bytes", "peak_bytes", "in_use_bytes", "high_water_bytes",
            "ever_bytes", "allocations", "frees", "failures"}) {
        EXPECT_EQ(json["pool"][key].get<uint64_t>(), value) << key;
      }
      const Json exhaustion = json["pool"]["exhaustion"];
      for (const char* key :
           {"asked_bytes", "alignment_bytes", "in_use_bytes", "peak_bytes",
            "largest_free_bytes", "short_by_bytes"}) {
        EXPECT_EQ(exhaustion[key].get<uint64_t>(), value) << key;
      }
      for (const char* key : {"number", "asked_bytes", "alignment_bytes"}) {
        EXPECT_EQ(exhaustion["refusal"][key].get<uint64_t>(), value) << key;
      }
      for (const char* key :
           {"trapped", "kept_mappings", "refused_mappings",
            "executable_refused", "refused_threads", "ignored_frees"}) {
        EXPECT_EQ(json["calls"][key].get<uint64_t>(), value) << key;
      }
      for (const char* key :
           {"laid", "most_in_use", "refused", "largest_refused_stack_bytes"}) {
        EXPECT_EQ(json["threads"][key].get<uint64_t>(), value) << key;
      }
      EXPECT_EQ(json["calls"]["refused"][0]["count"].get<uint64_t>(), value);
    }
  }
}

}  // namespace
}  // namespace cellblock
