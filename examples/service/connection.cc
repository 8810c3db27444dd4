// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace examples::service {
namespace {

// What a client has to keep up with.
constexpr uint64_t kLeastRate = uint64_t{64} << 10;  // bytes a second
constexpr uint64_t kPieceBytes = uint64_t{64} << 10;
constexpr int kMostRounds = 16;  // of Drain

}  // namespace

Connection::Connection(int fd, std::string address, int port,
                       const ClientLimits& limits)
    : fd_(fd), address_(std::move(address)), port_(port), limits_(limits) {}

Connection::~Connection() { close(fd_); }

void Connection::BeginRequest() {
  ++requests_;
  end_ = End::kOpen;
  is_head_ = true;
  is_writing_ = false;
  taken_ = 0;
  line_ = 0;
  is_name_ = false;
  written_ = 0;
  deadline_ = Clock::now() + limits_.head;
  BeginPiece(0);
}

void Connection::EndHead() {
  is_head_ = false;
  deadline_ = Clock::now() + limits_.body;
}

void Connection::Expect(uint64_t body_bytes) {
  body_left_ = body_bytes;
  BeginPiece(body_bytes);
}

// Of so many bytes at the most; none: it has no time of its own.
void Connection::BeginPiece(uint64_t bytes) {
  piece_left_ = std::min(bytes, kPieceBytes);
  piece_until_ =
      piece_left_ == 0
          ? Clock::time_point::max()
          : Clock::now() + std::chrono::seconds(1) +
                std::chrono::milliseconds(1000 * piece_left_ / kLeastRate);
}

void Connection::Moved(uint64_t bytes, uint64_t left) {
  if (piece_left_ == 0) return;
  piece_left_ -= std::min(bytes, piece_left_);
  if (piece_left_ == 0) BeginPiece(left);
}

bool Connection::IsQuiet() const {
  char byte;
  return recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void Connection::Linger() { shutdown(fd_, SHUT_WR); }

bool Connection::Drain() {
  for (int round = 0; round < kMostRounds; ++round) {
    const ssize_t got = recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got == 0) return false;
    if (got < 0 && errno != EINTR) return errno == EAGAIN;
  }
  return true;  // who sends without a pause does not hold up the others
}

// Until the deadline of the piece or of all.
bool Connection::Wait(short events) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::min(deadline_, piece_until_) - Clock::now());
    if (left.count() <= 0) {
      end_ = End::kTooSlow;
      return false;
    }
    pollfd held = {.fd = fd_, .events = events, .revents = 0};
    const int ready = poll(&held, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) {
      end_ = End::kBroken;
      return false;
    }
  }
}

bool Connection::Fill() {
  begin_ = end_of_buffer_ = 0;
  for (;;) {
    // Whoever sends without a pause has no longer than who does not.
    if (Clock::now() >= deadline_) {
      end_ = End::kTooSlow;
      return false;
    }
    const ssize_t got = recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got > 0) {
      end_of_buffer_ = static_cast<size_t>(got);
      return true;
    }
    if (got == 0) {
      end_ = End::kClosed;
      return false;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      end_ = End::kBroken;
      return false;
    }
    if (!Wait(POLLIN)) return false;
  }
}

// cpp-httplib takes spaces into a field's name and unescapes its value, so that
// "Content-Length : 5" is none to it, and "Content-Length: %35" is 5.
bool Connection::IsClear(char byte) {
  if (byte == '\n') {
    name_.clear();
    is_name_ = true;
    return true;
  }
  if (!is_name_) {
    if (byte == '\0') return name_.empty();  // the request's line
    return byte != '%' ||
           (name_ != "content-length" && name_ != "transfer-encoding");
  }
  is_name_ = byte != ':' && byte != '\r';
  if (!is_name_) return byte == '\r' ? name_.empty() : !name_.empty();
  name_ += static_cast<char>(tolower(static_cast<unsigned char>(byte)));
  return byte > ' ' && byte <= '~';
}

bool Connection::CountHead(const char* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    line_ = bytes[i] == '\n' ? 0 : line_ + 1;
    if (line_ > limits_.line_bytes) end_ = End::kTooLong;
    if (!IsClear(bytes[i])) end_ = End::kUnclear;
  }
  if (taken_ + count > limits_.head_bytes) end_ = End::kTooLong;
  return end_ == End::kOpen;
}

ssize_t Connection::read(char* to, size_t bytes) {
  if (end_ != End::kOpen) return end_ == End::kClosed ? 0 : -1;
  if (is_writing_) {  // it was told to go on with its body
    is_writing_ = false;
    deadline_ = Clock::now() + limits_.body;
    BeginPiece(body_left_);
  }
  if (begin_ == end_of_buffer_ && !Fill()) return end_ == End::kClosed ? 0 : -1;
  const size_t count = std::min(bytes, end_of_buffer_ - begin_);
  if (is_head_ && !CountHead(buffer_.data() + begin_, count)) return -1;
  memcpy(to, buffer_.data() + begin_, count);
  begin_ += count;
  taken_ += count;
  if (!is_head_) {
    body_left_ -= std::min<uint64_t>(count, body_left_);
    Moved(count, body_left_);
  }
  return static_cast<ssize_t>(count);
}

// All of it, or nothing more: cpp-httplib does not try again.
ssize_t Connection::write(const char* from, size_t bytes) {
  if (!is_writing_) {
    is_writing_ = true;
    deadline_ = Clock::now() + limits_.write;
    BeginPiece(kPieceBytes);
  }
  if (end_ == End::kBroken) return -1;
  size_t sent = 0;
  while (sent < bytes) {
    const ssize_t count =
        send(fd_, from + sent, bytes - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
      written_ += static_cast<uint64_t>(count);
      Moved(static_cast<uint64_t>(count), kPieceBytes);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN && Wait(POLLOUT)) continue;
    if (errno != EAGAIN) end_ = End::kBroken;
    return -1;
  }
  return static_cast<ssize_t>(bytes);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = address_;
  port = port_;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace examples::service
