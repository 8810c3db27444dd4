// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/dispatcher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>

namespace examples::service {
namespace {

constexpr int kTickMs = 100;
// How long a client that was told to close may go on sending.
constexpr std::chrono::milliseconds kLinger{1000};

}  // namespace

bool Dispatcher::Open() {
  events_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return events_ >= 0 && wake_ >= 0 && Watch(options_.listener, EPOLLIN) &&
         Watch(options_.control, EPOLLIN) && Watch(wake_, EPOLLIN);
}

bool Dispatcher::Watch(int fd, uint32_t events) const {
  epoll_event event = {.events = events, .data = {.fd = fd}};
  return epoll_ctl(events_, EPOLL_CTL_ADD, fd, &event) == 0 ||
         (errno == EEXIST &&
          epoll_ctl(events_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void Dispatcher::Run() {
  std::array<epoll_event, 64> events;
  while (!is_stopping_ || !held_.empty()) {
    const int count = epoll_wait(events_, events.data(),
                                 static_cast<int>(events.size()), kTickMs);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == options_.control) {
        Stop();
      } else if (fd == options_.listener) {
        Accept();
      } else if (fd == wake_) {
        uint64_t wakes;
        static_cast<void>(!read(wake_, &wakes, sizeof(wakes)));
      } else {
        Take(fd);
      }
    }
    TakeBack();
    Expire();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  is_done_ = true;
  changed_.notify_all();
}

void Dispatcher::Accept() {
  for (;;) {
    sockaddr_in address = {};
    socklen_t size = sizeof(address);
    const int fd =
        accept4(options_.listener, reinterpret_cast<sockaddr*>(&address), &size,
                SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (held_.size() >= 2 * options_.connections) {
      close(fd);  // there is no room even for those that are told so
      ++metrics_->refused_connections;
      continue;
    }
    const bool is_busy = held_.size() >= options_.connections;
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text));
    auto connection = std::make_unique<Connection>(
        fd, text, ntohs(address.sin_port), options_.limits);
    connection->idle_until = Clock::now() + options_.idle;
    if (is_busy) Refuse(connection.get());
    held_.insert_or_assign(fd,
                           Held{std::move(connection),
                                is_busy ? State::kLingering : State::kIdle});
    ++metrics_->connections;
    if (!Watch(fd, EPOLLIN | EPOLLONESHOT)) Drop(held_.find(fd));
  }
}

// Tells it that it is one too many.
void Dispatcher::Refuse(Connection* connection) {
  ++metrics_->refused_connections;
  const char* const answer = HttpServer::BusyAnswer();
  static_cast<void>(!send(connection->socket(), answer, strlen(answer),
                          MSG_NOSIGNAL | MSG_DONTWAIT));
  connection->Linger();
  connection->idle_until = Clock::now() + kLinger;
}

// It has sent something, or has gone.
void Dispatcher::Take(int fd) {
  const auto held = held_.find(fd);
  if (held == held_.end()) return;
  Connection* const connection = held->second.connection.get();
  if (held->second.state == State::kLingering) {
    if (!connection->Drain() || !Watch(fd, EPOLLIN | EPOLLONESHOT)) Drop(held);
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ready_.size() < options_.ready) {
      held->second.state = State::kServed;
      ready_.push_back(connection);
      changed_.notify_one();
      return;
    }
  }
  // All threads have something to do, as those have that clients hold up.
  Refuse(connection);
  held->second.state = State::kLingering;
  if (!Watch(fd, EPOLLIN | EPOLLONESHOT)) Drop(held);
}

void Dispatcher::Serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !ready_.empty() || is_done_; });
    if (ready_.empty()) return;
    Connection* const connection = ready_.front();
    ready_.pop_front();
    lock.unlock();
    After after;
    do {
      after = server_->ServeOne(connection);
    } while (after == After::kKeep && connection->has_more());
    lock.lock();
    served_.emplace_back(connection, after);
    const uint64_t one = 1;
    static_cast<void>(!write(wake_, &one, sizeof(one)));
  }
}

void Dispatcher::TakeBack() {
  std::vector<std::pair<Connection*, After>> served;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    served.swap(served_);
  }
  for (const auto& [connection, after] : served) {
    const auto held = held_.find(connection->socket());
    if (after == After::kKeep && !is_stopping_) {
      held->second.state = State::kIdle;
      connection->idle_until = Clock::now() + options_.idle;
    } else {
      // To close at once would have the kernel reset the connection if the
      // client is still sending, and the answer with it.
      connection->Linger();
      held->second.state = State::kLingering;
      connection->idle_until = Clock::now() + kLinger;
      if (!connection->Drain()) {
        Drop(held);
        continue;
      }
    }
    if (!Watch(connection->socket(), EPOLLIN | EPOLLONESHOT)) Drop(held);
  }
}

void Dispatcher::Expire() {
  const auto now = Clock::now();
  for (auto held = held_.begin(); held != held_.end();) {
    const auto next = std::next(held);
    if (held->second.state != State::kServed &&
        held->second.connection->idle_until <= now) {
      Drop(held);
    }
    held = next;
  }
}

// Takes no more; who is idle is closed, and who is served gets an answer.
void Dispatcher::Stop() {
  is_stopping_ = true;
  server_->Stop();
  epoll_ctl(events_, EPOLL_CTL_DEL, options_.listener, nullptr);
  epoll_ctl(events_, EPOLL_CTL_DEL, options_.control, nullptr);
  close(options_.listener);
  for (auto held = held_.begin(); held != held_.end();) {
    const auto next = std::next(held);
    if (held->second.state == State::kIdle &&
        held->second.connection->IsQuiet()) {
      Drop(held);
    }
    held = next;
  }
}

void Dispatcher::Drop(std::map<int, Held>::iterator held) {
  held_.erase(held);
  --metrics_->connections;
}

}  // namespace examples::service
