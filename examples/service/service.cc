// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// An HTTP service that decodes pictures of strangers, in two processes: this
// one, the broker, makes the jails and never sees a byte of HTTP; the front
// (front.cc) has the sockets and has locked itself. README.md says why.
//
//   bazel run //examples/service -- --port=8080

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "examples/common/files.h"
#include "examples/imaging/imaging.h"
#include "examples/service/broker.h"
#include "examples/service/front_bounds.h"
#include "examples/service/front_process.h"
#include "examples/service/protocol.h"

namespace examples::service {
namespace {

struct Options {
  uint16_t port = 8080;
  BrokerOptions broker;
  FrontConfig front = {.queue = 16,
                       .connections = 256,
                       .head_ms = 5'000,
                       .body_ms = 15'000,
                       .write_ms = 15'000,
                       .idle_ms = 10'000};
  uint64_t deadline_ms = 10'000;
};

// Empty, or what to exit with.
std::optional<int> Parse(int argc, char** argv, Options* options) {
  CLI::App app("Decodes pictures in jails, over HTTP.");
  const CLI::AsSizeValue size(false);
  app.add_option("--port", options->port, "On loopback; 0: one that is free")
      ->capture_default_str();
  app.add_option("--workers", options->broker.workers, "Decodes at once")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--queue", options->front.queue,
                 "Decodes that may wait for a worker; more get 503")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  // Twice as many descriptors, with those that are told to go: below 1024,
  // which is what select(2) and most limits allow.
  app.add_option("--connections", options->front.connections,
                 "Connections held at once; more get 503")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
  app.add_option("--worker-pool", options->broker.worker_pool_bytes,
                 "Memory of one decode")
      ->transform(size)
      ->capture_default_str();
  app.add_option("--input", options->broker.input_bytes, "The longest file")
      ->transform(size)
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 30))
      ->capture_default_str();
  app.add_option("--pixels", options->broker.pixels, "The largest picture")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 28))
      ->capture_default_str();
  app.add_option("--deadline-ms", options->deadline_ms, "For one decode")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  app.add_option("--head-ms", options->front.head_ms,
                 "For a client to send the lines of a request")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  app.add_option("--body-ms", options->front.body_ms,
                 "For a client to send its file")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  app.add_option("--write-ms", options->front.write_ms,
                 "For a client to take its answer")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  options->broker.deadline = std::chrono::milliseconds(options->deadline_ms);
  options->front.lanes = static_cast<uint32_t>(options->broker.workers);
  options->front.input_bytes = options->broker.input_bytes;
  options->front.pixels = options->broker.pixels;
  options->front.worker_pool_bytes = options->broker.worker_pool_bytes;
  return std::nullopt;
}

absl::StatusOr<int> Listen(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int reuse = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  // Accepted sockets have it from here: an answer's last part goes at once.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &reuse, sizeof(reuse));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(*port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (fd < 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(fd, 128) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    const int error = errno;
    close(fd);
    return absl::UnavailableError(
        absl::StrFormat("port %d: %s; give one that is free: --port=0", *port,
                        strerror(error)));
  }
  *port = ntohs(address.sin_port);
  return fd;
}

// Before a descriptor is refused in the midst of something.
absl::Status CheckDescriptors(const FrontConfig& config) {
  const uint64_t needed = Descriptors(config);
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= needed) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "RLIMIT_NOFILE is %d and %d descriptors are needed: ulimit -n %d, or "
      "fewer --connections and --workers",
      limit.rlim_cur, needed, needed));
}

void Say(const std::string& text) {
  const std::string line = "service: " + text + "\n";
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
}

// Until somebody ends the service, or its front ends. Returns the exit code.
int Watch(int signals, std::chrono::milliseconds stop_time,
          FrontProcess* front) {
  bool is_stopping = false;
  for (;;) {
    pollfd events[] = {
        {.fd = front->pidfd(), .events = POLLIN, .revents = 0},
        {.fd = is_stopping ? -1 : signals, .events = POLLIN, .revents = 0}};
    const int ready =
        poll(events, 2, is_stopping ? static_cast<int>(stop_time.count()) : -1);
    if (ready < 0) continue;
    if (ready == 0) {
      Say("the front does not end; it is killed");
      front->Kill();
    }
    if (events[0].revents != 0 || ready == 0) {
      const std::string end = front->Wait();
      if (is_stopping && end == "exited with 0") {
        Say("ended");
        return 0;
      }
      // A front that was taken over and killed is not started again by itself:
      // somebody should know.
      Say("the front " + end);
      return 1;
    }
    is_stopping = true;
    Say("ending; requests that have begun are answered");
    front->Stop();
  }
}

int Main(int argc, char** argv) {
  imaging::Init(argc, argv);  // first
  Options options;
  if (const auto code = Parse(argc, argv, &options)) return *code;
  // Neither the broker nor what it starts gains rights by a program.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Fail(absl::UnavailableError("no_new_privs"));
  }
  const absl::Status descriptors = CheckDescriptors(options.front);
  if (!descriptors.ok()) return Fail(descriptors);
  signal(SIGPIPE, SIG_IGN);  // nobody may be reading its messages
  // Before there are threads, which then have it too.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  const int signals = signalfd(-1, &ends, SFD_CLOEXEC);
  if (signals < 0) return Fail(absl::UnavailableError("signalfd"));

  const auto listener = Listen(&options.port);
  if (!listener.ok()) return Fail(listener.status());
  const auto broker = Broker::Create(options.broker);
  if (!broker.ok()) return Fail(broker.status());
  auto front = FrontProcess::Start(*listener, options.front,
                                   FrontPoolBytes(options.front));
  if (!front.ok()) return Fail(front.status());
  const absl::Status ready = front->AwaitReady(options.front);
  if (!ready.ok()) return Fail(ready);
  std::vector<std::thread> lanes;
  for (const FrontProcess::Lane& lane : front->lanes()) {
    lanes.emplace_back([&] {
      (*broker)->ServeLane(lane.socket, lane.memory);
      close(lane.socket);
    });
  }
  Say(absl::StrFormat("http://127.0.0.1:%d; front %d locked, %d threads",
                      options.port, front->pid(), front->threads()));
  const int code =
      Watch(signals, StopTime(options.front, options.broker.deadline), &*front);
  // The front's ends of the lanes are closed, so these have ended or will.
  for (std::thread& lane : lanes) lane.join();
  return code;
}

}  // namespace
}  // namespace examples::service

int main(int argc, char** argv) { return examples::service::Main(argc, argv); }
