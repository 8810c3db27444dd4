// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/run_facts.h"

#include <string.h>

#include <map>
#include <string_view>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/end_text.h"
#include "tools/jailrun/late_load_text.h"
#include "tools/jailrun/report_json.h"
#include "tools/jailrun/syscall_name.h"

namespace cellblock {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    joined += (joined.empty() ? "" : " ") + word;
  }
  return joined;
}

class Collector {
 public:
  explicit Collector(const StoredReport& stored)
      : stored_(stored), record_(stored.record) {}

  RunFacts Collect() {
    AddProgram();
    AddVerdict();
    AddPool();
    AddThreadsAndLoads();
    AddCalls();
    AddPosture();
    AddTimes();
    return std::move(facts_);
  }

 private:
  void Text(const std::string& name, const std::string& text) {
    if (!text.empty()) facts_.push_back({name, {.text = text, .number = {}}});
  }
  void Count(const std::string& name, uint64_t count) {
    facts_.push_back({name, {.text = std::to_string(count), .number = count}});
  }
  void Bytes(const std::string& name, uint64_t bytes,
             Weight weight = Weight::kCounts) {
    facts_.push_back(
        {name,
         {.text = FormatBytes(bytes), .number = bytes, .weight = weight}});
  }
  void Time(const std::string& name, int64_t microseconds) {
    facts_.push_back({name,
                      {.text = Milliseconds(microseconds),
                       .number = static_cast<uint64_t>(microseconds),
                       .weight = Weight::kShown}});
  }

  void AddProgram() {
    Text("jailrun", stored_.json.value("jailrun", ""));
    Text("mode", ModeName(record_.options));
    Text("program", record_.program);
    Text("interpreters", Joined(record_.interpreters));
    Text("command", Joined(record_.options.command));
  }

  void AddVerdict() {
    const ProcessEnd& end = record_.evidence.end;
    Text("verdict.class", Name(record_.verdict.verdict_class));
    // Names rather than amounts: nothing is a tenth more of them.
    Text("verdict.exit_code", std::to_string(record_.verdict.exit_code));
    Text(end.signaled ? "verdict.signal" : "verdict.program_exit_code",
         std::to_string(end.code));
    Text("verdict.reason", record_.reason);
    if (!record_.violation) return;
    AddCall("violation", *record_.violation);
  }

  // Without what is another one each time: addresses and registers.
  void AddCall(const std::string& name, const ViolationReport& report) {
    Text(name, report.name.empty() ? report.text : report.name);
    Text(name + ".option", report.option);
    const auto& places = report.scene.backtrace;
    Text(name + ".function", places.empty() ? "" : places[0].function);
  }

  void AddPool() {
    const HeapStats& heap = record_.heap;
    Bytes("pool.bytes", record_.options.pool_bytes);
    Bytes("pool.reserve_bytes", record_.options.reserve_bytes);
    Bytes("pool.peak_bytes", heap.peak_bytes);
    Bytes("pool.in_use_bytes", heap.in_use_bytes);
    Bytes("pool.high_water_bytes", heap.high_water_bytes);
    Bytes("pool.ever_bytes", heap.ever_bytes);
    Count("pool.allocations", heap.allocations);
    Count("pool.frees", heap.frees);
    Count("pool.failures", heap.exhausted);
    Bytes("pool.suggested_bytes", record_.suggested_pool_bytes);
    if (heap.exhausted == 0) return;
    Bytes("pool.exhaustion.asked_bytes", heap.last_exhaustion.asked);
    Bytes("pool.exhaustion.short_by_bytes", heap.last_exhaustion.short_by);
  }

  void AddThreadsAndLoads() {
    const ThreadFigures& threads = record_.threads;
    Count("threads.laid", threads.laid);
    Count("threads.most_in_use", threads.most_in_use);
    Count("threads.refused", threads.refused);
    Text("loads.asked", Joined(record_.options.loads));
    Count("loads.loaded", record_.loaded.loaded);
    for (const LateLoad& late : LateLoadsOf(record_)) {
      Once("late_loads." + late.path, "refused");
    }
  }

  void Once(const std::string& name, const std::string& text) {
    if (++named_[name] == 1) Text(name, text);
  }

  void AddCalls() {
    Count("calls.trapped", record_.counters.trapped);
    Count("calls.refused_mappings", record_.counters.refused_mappings);
    Count("calls.refused_paths", record_.refused_paths);
    for (const std::string& path : record_.first_refused_paths) {
      Once("calls.refused_paths." + path, "refused");
    }
    std::map<std::string, uint64_t> refused;
    for (const RefusedCall& call : record_.refused) {
      const char* const error = strerrorname_np(call.error);
      refused[SyscallName(call.number) + "." +
              (error != nullptr ? error : std::to_string(call.error))] +=
          call.count;
    }
    for (const auto& [name, count] : refused) {
      Count("calls.refused." + name, count);
    }
    std::map<std::string, uint64_t> tolerated;
    for (const ToleratedViolation& each : record_.tolerated) {
      tolerated[each.report.name] += each.count;
    }
    for (const auto& [name, count] : tolerated) {
      Count("calls.tolerated." + name, count);
    }
    if (!stored_.profile.is_null()) AddProfiledCalls("before_lock");
    if (!stored_.profile.is_null()) AddProfiledCalls("after_lock");
  }

  void AddProfiledCalls(const std::string& when) {
    const ReportJson& calls = stored_.profile.at("calls");
    if (calls.is_null() || calls.at(when).is_null()) return;
    std::map<std::string, uint64_t> counts;
    for (const ReportJson& call : calls.at(when)) {
      const ReportJson& count = call.at("count");
      counts[call.at("syscall").get<std::string>()] +=
          count.is_null() ? 0 : count.get<uint64_t>();
    }
    for (const auto& [name, count] : counts) {
      Count("profile.calls." + when + "." + name, count);
    }
  }

  void AddPosture() {
    const Options& options = record_.options;
    Text("posture.locked", record_.evidence.locked ? "true" : "false");
    Text("posture.preset", options.preset);
    Text("posture.policy_file", options.policy_file);
    Text("posture.allowed", Joined(options.allowed));
    Text("posture.readable", Joined(options.readable));
    Text("posture.writable", Joined(options.writable));
    Text("posture.on_violation", Name(options.on_violation));
    Count("posture.filter_instructions", record_.filter_length);
    for (const Layer& layer : record_.posture) {
      Once("posture." + layer.name,
           std::string(Name(layer.state)) + " - " + layer.detail);
    }
  }

  void AddTimes() {
    Time("time.wall_us", record_.times.wall);
    Time("time.setup_us", record_.times.setup);
    Time("time.user_us", record_.times.user);
    Time("time.system_us", record_.times.system);
    Bytes("memory.peak_resident_bytes", record_.peak_resident_bytes,
          Weight::kShown);
  }

  const StoredReport& stored_;
  const RunRecord& record_;
  RunFacts facts_;
  std::map<std::string, int> named_;
};

}  // namespace

RunFacts FactsOf(const StoredReport& stored) {
  return Collector(stored).Collect();
}

}  // namespace cellblock
