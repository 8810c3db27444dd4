// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/output_pump.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace cellblock {
namespace {

// Beyond any number that a program takes for one of its own.
constexpr int kHighDescriptor = 900;

// Where the kernel does not tell, they are taken for two.
bool AreOneFile(int a, int b) {
  const pid_t self = getpid();
  return syscall(SYS_kcmp, self, self, KCMP_FILE, a, b) == 0;
}

}  // namespace

const char* OutputPump::Redirect() {
  const bool one = AreOneFile(STDOUT_FILENO, STDERR_FILENO);
  for (size_t i = 0; i < kStreams; ++i) {
    const int standard = i == 0 ? STDOUT_FILENO : STDERR_FILENO;
    Stream& stream = streams_[i];
    stream.sink = UniqueFd(fcntl(standard, F_DUPFD_CLOEXEC, kHighDescriptor));
    if (!stream.sink.ok()) return "--output-limit: fcntl";
    if (i > 0 && one) {
      if (dup2(STDOUT_FILENO, standard) < 0) return "--output-limit: dup2";
      continue;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return "--output-limit: pipe2";
    stream.source = UniqueFd(ends[0]);
    const UniqueFd write_end(ends[1]);
    if (dup2(write_end.get(), standard) < 0) return "--output-limit: dup2";
    // This end alone: the program's own is as it would be.
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
      return "--output-limit: fcntl";
    }
  }
  return nullptr;
}

void OutputPump::Restore() {
  dup2(streams_[0].sink.get(), STDOUT_FILENO);
  dup2(streams_[1].sink.get(), STDERR_FILENO);
  signal(SIGPIPE, SIG_IGN);
}

void OutputPump::Await(pollfd* events) const {
  for (size_t i = 0; i < kStreams; ++i) {
    const Stream& stream = streams_[i];
    if (stream.has_bytes()) {
      events[i] = {stream.sink.get(), POLLOUT, 0};
    } else {
      events[i] = {stream.source.ok() ? stream.source.get() : -1, POLLIN, 0};
    }
  }
}

bool OutputPump::Move(const pollfd* events) {
  for (size_t i = 0; i < kStreams; ++i) {
    if (events[i].revents == 0) continue;
    Stream& stream = streams_[i];
    if (stream.has_bytes()) {
      Write(&stream);
    } else if (!Read(&stream)) {
      return false;
    }
  }
  return true;
}

// False iff there was more than is left of the limit; up to it, it was read.
bool OutputPump::Read(Stream* stream) {
  const ssize_t got =
      read(stream->source.get(), stream->bytes.data(), stream->bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) {
    stream->source.Close();
    return true;
  }
  const auto size = static_cast<uint64_t>(got);
  const uint64_t passed = std::min(size, left_);
  left_ -= passed;
  stream->begin = 0;
  stream->end = passed;
  return passed == size;
}

void OutputPump::Lose(const char* why) {
  if (lost_ == nullptr) lost_ = why;
}

void OutputPump::Write(Stream* stream) {
  const ssize_t written =
      write(stream->sink.get(), stream->bytes.data() + stream->begin,
            stream->end - stream->begin);
  if (written >= 0) {
    stream->begin += static_cast<size_t>(written);
  } else if (errno != EAGAIN && errno != EINTR) {
    if (errno != EPIPE) Lose(strerrordesc_np(errno));
    // The program's next write is then told so.
    stream->begin = stream->end;
    stream->source.Close();
  }
}

bool OutputPump::Drain(Clock::time_point deadline, int interrupt) {
  bool within = true;
  for (;;) {
    for (Stream& stream : streams_) {
      if (within && stream.source.ok() && !stream.has_bytes()) {
        within = Read(&stream);
        // Nobody writes any more.
        if (!stream.has_bytes()) stream.source.Close();
      }
    }
    pollfd events[kStreams + 1] = {};
    Await(events);
    events[kStreams] = {interrupt, POLLIN, 0};
    bool waits = false;
    for (size_t i = 0; i < kStreams; ++i) {
      if (!streams_[i].has_bytes()) events[i].fd = -1;
      waits |= streams_[i].has_bytes();
    }
    if (!waits) return within;
    int timeout = -1;
    if (deadline != Clock::time_point::max()) {
      const auto rest = std::chrono::ceil<std::chrono::milliseconds>(
          std::max(deadline - Clock::now(), Clock::duration::zero()));
      timeout = static_cast<int>(std::min<int64_t>(rest.count(), INT_MAX));
    }
    const int ready = poll(events, kStreams + 1, timeout);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || events[kStreams].revents != 0) {
      Lose("its reader was too slow");
      return within;
    }
    for (size_t i = 0; i < kStreams; ++i) {
      if (events[i].revents != 0) Write(&streams_[i]);
    }
  }
}

}  // namespace cellblock
