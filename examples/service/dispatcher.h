// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_DISPATCHER_H_
#define CELLBLOCK_EXAMPLES_SERVICE_DISPATCHER_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "examples/service/connection.h"
#include "examples/service/http_server.h"
#include "examples/service/metrics.h"

namespace examples::service {

// Accepts connections, waits with those that are idle, and hands each that has
// sent something to a thread, for a request or for what is pipelined. So a
// thread is held by a request and not by a connection; and connections beyond
// the most that are held are told so at once.
//
// Lifecycle: Open before the lock; Serve on each thread, Run on one more. Run
//   ends when `control` is closed and the requests that had begun are answered,
//   and then so does Serve.
// Errors: Open: false iff the kernel refuses a descriptor.
// Ownership: borrows both descriptors; owns the connections.
// Syscalls: Open: epoll_create1, eventfd2, epoll_ctl. Run, Serve: epoll_wait,
//   epoll_ctl, accept4, read and write on the eventfd, shutdown, futex, and
//   those of HttpServer.
class Dispatcher {
 public:
  struct Options {
    int listener = -1;  // does not block
    int control = -1;
    size_t connections = 0;
    size_t ready = 0;  // that wait for a thread; more get 503
    ClientLimits limits = {};
    std::chrono::milliseconds idle{0};
  };

  Dispatcher(const Options& options, HttpServer* server, Metrics* metrics)
      : options_(options), server_(server), metrics_(metrics) {}

  [[nodiscard]] bool Open();
  void Run();
  void Serve();

 private:
  // What is kept of a connection that no thread serves.
  enum class State : uint8_t { kServed, kIdle, kLingering };
  struct Held {
    std::unique_ptr<Connection> connection;
    State state;
  };

  bool Watch(int fd, uint32_t events) const;
  void Accept();
  void Refuse(Connection* connection);
  void Take(int fd);
  void TakeBack();
  void Expire();
  void Stop();
  void Drop(std::map<int, Held>::iterator held);

  const Options options_;
  HttpServer* const server_;
  Metrics* const metrics_;
  int events_ = -1;
  int wake_ = -1;
  bool is_stopping_ = false;
  std::map<int, Held> held_;  // by descriptor; Run's

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Connection*> ready_;
  std::vector<std::pair<Connection*, After>> served_;
  bool is_done_ = false;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_DISPATCHER_H_
