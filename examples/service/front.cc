// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The service's front: it parses what strangers send over HTTP, in a process
// that has locked itself and holds nothing but the sockets, its pool and the
// lanes to the broker. The broker starts it (service.cc).

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "examples/service/dispatcher.h"
#include "examples/service/front_bounds.h"
#include "examples/service/http_server.h"
#include "examples/service/lane_client.h"
#include "examples/service/lane_memory.h"
#include "examples/service/metrics.h"
#include "examples/service/protocol.h"
#include "jail/lockdown.h"
#include "jail/presets.h"

namespace examples::service {
namespace {

// cpp-httplib parses the line "Range" by std::regex, which takes some 600 bytes
// of stack for each byte of it: a line of 4 KiB (ClientLimits) overflows the
// 2 MiB that a thread has where the limit of stacks is none.
constexpr size_t kStackBytes = size_t{16} << 20;

int Fail(const std::string& why) {
  const std::string line = "service: front: " + why + "\n";
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
  return 1;
}

absl::StatusOr<std::vector<LaneClient::Lane>> OpenLanes(
    const FrontConfig& config) {
  std::vector<LaneClient::Lane> lanes;
  for (int i = 0; i < static_cast<int>(config.lanes); ++i) {
    const int memory_fd = kFirstLane + 2 * i + 1;
    const auto memory = LaneMemory::Map(
        memory_fd, {config.input_bytes, config.pixels * kPixelBytes});
    if (!memory.ok()) return memory.status();
    close(memory_fd);
    lanes.push_back({kFirstLane + 2 * i, *memory});
  }
  return lanes;
}

// Dies with the broker, and is told of its end by it alone: a terminal's ^C
// goes to both.
bool Attach(pid_t broker) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == broker;
}

int Main() {
  const pid_t broker = getppid();
  FrontConfig config;
  if (Receive(kControl, &config) != Received::kMessage || !Attach(broker)) {
    return Fail("it is started by the broker; run examples/service:service");
  }
  auto lanes = OpenLanes(config);
  if (!lanes.ok()) return Fail(std::string(lanes.status().message()));
  // Whatever else was open.
  close_range(static_cast<unsigned>(kFirstLane) + 2 * config.lanes, ~0U, 0);

  Metrics metrics(config.worker_pool_bytes);
  LaneClient client(*std::move(lanes),
                    {.queue = config.queue,
                     .pixels = config.pixels,
                     .picture_bytes = PictureBytes(config)},
                    &metrics);
  HttpServer server(config, &client, &metrics);
  Dispatcher dispatcher(
      {.listener = kListener,
       .control = kControl,
       .connections = config.connections,
       .ready = ServingThreads(config),
       .limits = {.head = std::chrono::milliseconds(config.head_ms),
                  .body = std::chrono::milliseconds(config.body_ms),
                  .write = std::chrono::milliseconds(config.write_ms)},
       .idle = std::chrono::milliseconds(config.idle_ms)},
      &server, &metrics);
  if (!dispatcher.Open()) return Fail(strerror(errno));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_setattr_default_np(&attributes);
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < ServingThreads(config); ++i) {
    threads.emplace_back([&] { dispatcher.Serve(); });
  }

  // None of a stranger's bytes has been read yet. No thread starts after this.
  const auto locked =
      cellblock::Lockdown(cellblock::ServicePreset(), {.threads = 0});
  if (!locked.ok()) {
    // The threads wait for work that never comes, so there is no return.
    Fail(std::string(locked.status().message()));
    _exit(1);
  }
  if (!Send(kControl, FrontReady{.threads = locked->threads})) _exit(1);
  dispatcher.Run();
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace
}  // namespace examples::service

int main() { return examples::service::Main(); }
