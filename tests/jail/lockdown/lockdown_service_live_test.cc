// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A service that locks itself, seen by its clients.

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/jail/lockdown/lockdown_child.h"

namespace cellblock {
namespace {

constexpr int kClients = 40;

// On loopback, at a port that the kernel chose.
class LoopbackListener {
 public:
  LoopbackListener() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address_);
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(bind(fd_, address, length), 0);
    EXPECT_EQ(listen(fd_, kClients), 0);
    EXPECT_EQ(getsockname(fd_, address, &length), 0);
  }
  ~LoopbackListener() { close(fd_); }

  int fd() const { return fd_; }

  int Connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address_),
                      sizeof(address_)),
              0);
    return fd;
  }

 private:
  const int fd_;
  sockaddr_in address_ = {};
};

void SendAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    CHILD_CHECK(sent > 0);
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
}

// Gives back what one client sends, until it has sent all.
void Echo(int fd) {
  std::vector<char> buffer(64 << 10);
  for (;;) {
    const ssize_t length = recv(fd, buffer.data(), buffer.size(), 0);
    CHILD_CHECK(length >= 0);
    if (length == 0) break;
    SendAll(fd, buffer.data(), static_cast<size_t>(length));
  }
  close(fd);
}

// A client's whole exchange; what came back.
std::string Exchange(const LoopbackListener& listener,
                     const std::string& sent) {
  const int fd = listener.Connect();
  EXPECT_EQ(send(fd, sent.data(), sent.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(sent.size()));
  shutdown(fd, SHUT_WR);
  std::string received;
  char bytes[4096];
  for (;;) {
    const ssize_t length = recv(fd, bytes, sizeof(bytes), 0);
    if (length <= 0) break;
    received.append(bytes, static_cast<size_t>(length));
  }
  close(fd);
  return received;
}

TEST(LockdownServiceLiveTest, AThreadForEachConnectionAfterTheLock) {
  const LoopbackListener listener;
  const pid_t service = StartChild([&] {
    LockChild(ServicePreset(), {.threads = 4});
    std::vector<std::thread> threads;
    for (int client = 0; client < kClients; ++client) {
      const int fd = accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      CHILD_CHECK(fd >= 0);
      threads.emplace_back(Echo, fd);
      if (threads.size() < 4) continue;
      for (std::thread& thread : threads) thread.join();
      threads.clear();
    }
  });
  for (int client = 0; client < kClients; ++client) {
    const std::string sent(1000 + static_cast<size_t>(client), 'a');
    EXPECT_EQ(Exchange(listener, sent), sent);
  }
  EXPECT_THAT(EndOf(service), EndsClean());
}

TEST(LockdownServiceLiveTest, OneThreadOfEventsAfterTheLock) {
  const LoopbackListener listener;
  const pid_t service = StartChild([&] {
    LockChild();
    const int events = epoll_create1(EPOLL_CLOEXEC);
    CHILD_CHECK(events >= 0 && eventfd(0, EFD_CLOEXEC) >= 0);
    epoll_event event = {.events = EPOLLIN, .data = {.fd = listener.fd()}};
    CHILD_CHECK(epoll_ctl(events, EPOLL_CTL_ADD, listener.fd(), &event) == 0);
    for (int client = 0; client < kClients; ++client) {
      CHILD_CHECK(epoll_wait(events, &event, 1, 10'000) == 1);
      Echo(accept4(event.data.fd, nullptr, nullptr, SOCK_CLOEXEC));
    }
  });
  for (int client = 0; client < kClients; ++client) {
    EXPECT_EQ(Exchange(listener, "hello"), "hello");
  }
  EXPECT_THAT(EndOf(service), EndsClean());
}

// A client that asks for too much gets an error; the next one is served.
TEST(LockdownServiceLiveTest, AnExhaustedPoolEndsOneRequestOnly) {
  const LoopbackListener listener;
  const pid_t service = StartChild([&] {
    LockChild();
    for (int client = 0; client < 4; ++client) {
      const int fd = accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      char bytes[32] = {};
      CHILD_CHECK(recv(fd, bytes, sizeof(bytes) - 1, 0) > 0);
      const size_t wanted = strtoull(bytes, nullptr, 10);
      errno = 0;
      void* const block = malloc(wanted);
      CHILD_CHECK(block != nullptr || errno == ENOMEM);
      SendAll(fd, block != nullptr ? "served" : "no mem", 6);
      free(block);
      close(fd);
    }
  });
  for (const bool large : {true, false, true, false}) {
    EXPECT_EQ(Exchange(listener, large ? "1099511627776" : "1000"),
              large ? "no mem" : "served");
  }
  EXPECT_THAT(EndOf(service), EndsClean());
}

}  // namespace
}  // namespace cellblock
