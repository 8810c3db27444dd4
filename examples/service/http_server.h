// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_HTTP_SERVER_H_
#define CELLBLOCK_EXAMPLES_SERVICE_HTTP_SERVER_H_

#include <httplib.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "examples/service/body.h"
#include "examples/service/byte_budget.h"
#include "examples/service/connection.h"
#include "examples/service/lane_client.h"
#include "examples/service/metrics.h"
#include "examples/service/protocol.h"

namespace examples::service {

// What becomes of the connection when a request has been answered.
enum class After : uint8_t { kKeep, kClose };

// Answers requests: cpp-httplib parses them and writes the answers. Its own
// loop of threads and sockets is not used (dispatcher.h), nor what it would do
// with a stranger's bytes before the service has looked: ranges, multipart
// bodies, compressed ones.
//
//   POST /decode    a file; its picture as RGBA, or the verdict as JSON
//   GET  /          the page, and /page.js, /page.css
//   GET  /metrics   figures
//   GET  /healthz   whether there is a lane that works
//
// Lifecycle: made before the lock. Threads: any may serve, each a connection.
// Syscalls: those of Connection, LaneClient and memory; write, for the log.
class HttpServer : private httplib::Server {
 public:
  HttpServer(const FrontConfig& config, LaneClient* lanes, Metrics* metrics);

  // One request, and a line of it on standard output.
  After ServeOne(Connection* connection);

  // From now on each answer is the last of its connection.
  void Stop() { is_stopping_ = true; }

  // What a connection is told that is one too many.
  static const char* BusyAnswer();

 private:
  struct Exchange;

  // The one that this thread serves: what cpp-httplib calls back is told of the
  // request alone.
  static Exchange*& Current();

  void Inspect(httplib::Request* request, Exchange* exchange);
  bool ReadBody(const httplib::ContentReader& reader, Body* body,
                httplib::Response* response);
  void Decode(httplib::Response* response,
              const httplib::ContentReader& reader);
  void Answer(Decoded decoded, httplib::Response* response);
  void Route();
  void Log(const Exchange& exchange, const Connection& connection) const;

  const FrontConfig config_;
  LaneClient* const lanes_;
  Metrics* const metrics_;
  ByteBudget bodies_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<uint64_t> last_id_ = 0;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_HTTP_SERVER_H_
