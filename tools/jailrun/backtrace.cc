// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/backtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <climits>
#include <cstdio>

#include "jail/unique_fd.h"
#include "tools/jailrun/memory_file.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kFileName[] = "jailrun-explain";
constexpr size_t kMostBytes = 64 << 10;
constexpr size_t kMostName = 1024;

std::string PathOfExplainer() {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0 || length == sizeof(self)) return {};
  const std::string path(self, static_cast<size_t>(length));
  return path.substr(0, path.rfind('/') + 1) + kFileName;
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

bool Make(Pipe* pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe->read = UniqueFd(ends[0]);
  pipe->write = UniqueFd(ends[1]);
  return true;
}

// What the helper is to have at each number. A copy goes far up first, so that
// no number is taken before its turn.
class Descriptors {
 public:
  Descriptors() { posix_spawn_file_actions_init(&actions_); }
  ~Descriptors() { posix_spawn_file_actions_destroy(&actions_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  bool Put(int fd, int at) {
    constexpr int kOutOfTheWay = 16;
    UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, kOutOfTheWay));
    if (!copy.ok()) return false;
    posix_spawn_file_actions_adddup2(&actions_, copy.get(), at);
    copies_.push_back(std::move(copy));
    return true;
  }

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
  std::vector<UniqueFd> copies_;
};

// Errors: errno.
int Spawn(const std::string& path, const Descriptors& descriptors, pid_t* pid) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  char name[] = "jailrun-explain";
  char* const argv[] = {name, nullptr};
  char* const envp[] = {nullptr};
  const int error = posix_spawn(pid, path.c_str(), descriptors.get(),
                                &attributes, argv, envp);
  posix_spawnattr_destroy(&attributes);
  return error;
}

struct Given {
  int input;
  int output;
  int memory;
  int maps;
};

// Nothing that the helper is given is left open here. Errors: errno.
int Start(const Given& given, pid_t* pid) {
  const std::string path = PathOfExplainer();
  Descriptors descriptors;
  const UniqueFd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (path.empty() || !descriptors.Put(nowhere.get(), STDERR_FILENO) ||
      !descriptors.Put(given.input, STDIN_FILENO) ||
      !descriptors.Put(given.output, STDOUT_FILENO) ||
      !descriptors.Put(given.memory, kExplainMemory) ||
      !descriptors.Put(given.maps, kExplainMaps)) {
    return errno;
  }
  return Spawn(path, descriptors, pid);
}

// All that comes until the end, the bound or the deadline.
std::string ReadAll(int fd, size_t most, Clock::time_point deadline) {
  std::string text;
  while (text.size() < most) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - Clock::now());
    if (left.count() <= 0) break;
    pollfd event = {fd, POLLIN, 0};
    const int ready = poll(&event, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    char part[4096];
    const ssize_t got = read(fd, part, sizeof(part));
    if (got <= 0) break;
    text.append(part, static_cast<size_t>(got));
  }
  return text;
}

// A helper that cannot be waited for at once is left: it is killed, and nobody
// needs to know how it ended.
void End(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

// "F <address> <line> <certain> TAB function TAB file"
bool ParseFrame(const std::string& line, CodePlace* place) {
  unsigned certain = 0;
  if (sscanf(line.c_str(), "F %" SCNx64 " %" SCNx32 " %x", &place->address,
             &place->line, &certain) != 3) {
    return false;
  }
  place->certain = certain != 0;
  const size_t function = line.find('\t');
  if (function == std::string::npos) return false;
  const size_t file = line.find('\t', function + 1);
  if (file == std::string::npos) return false;
  place->function =
      line.substr(function + 1, std::min(file - function - 1, kMostName));
  place->file = line.substr(file + 1, kMostName);
  return true;
}

}  // namespace

Backtrace ParseBacktrace(std::string_view text, size_t most) {
  Backtrace found;
  while (!text.empty() && found.places.size() < most) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string line(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (line == "E") return found;
    CodePlace place;
    if (!ParseFrame(line, &place)) break;
    found.places.push_back(std::move(place));
  }
  if (found.places.size() < most) {
    found.missing = std::string(kFileName) + " did not finish";
  }
  return found;
}

namespace {

// What may be read, and how many places of it.
struct Bounds {
  size_t bytes;
  size_t places;
  Clock::time_point deadline;
};

Backtrace Ask(const ExplainRequest& request, int memory, int maps,
              const Bounds& bounds) {
  const auto fail = [](int error) {
    return Backtrace{{}, std::string(kFileName) + ": " + strerror(error)};
  };
  Pipe input;
  Pipe output;
  if (!Make(&input) || !Make(&output)) return fail(errno);
  // Fits into an empty pipe, so it needs no reader yet.
  if (write(input.write.get(), &request, sizeof(request)) !=
      static_cast<ssize_t>(sizeof(request))) {
    return fail(errno);
  }
  pid_t pid = 0;
  const int error =
      Start({input.read.get(), output.write.get(), memory, maps}, &pid);
  if (error != 0) return fail(error);
  // The end of its output is then its end.
  output.write.Close();
  const std::string text =
      ReadAll(output.read.get(), bounds.bytes, bounds.deadline);
  End(pid);
  return ParseBacktrace(text, bounds.places);
}

}  // namespace

Backtrace RunExplainer(const ExplainRequest& request, int memory, int maps,
                       Clock::time_point deadline) {
  return Ask(request, memory, maps, {kMostBytes, kMostFrames, deadline});
}

Backtrace RunExplainer(std::span<const uint64_t> addresses, int maps,
                       Clock::time_point deadline) {
  const UniqueFd memory =
      FileOf({reinterpret_cast<const char*>(addresses.data()),
              addresses.size_bytes()});
  if (!memory.ok()) return {{}, WithErrno("cannot pass addresses on", errno)};
  const ExplainRequest request = {.magic = kExplainMagic,
                                  .all_known = 0,
                                  .registers = {},
                                  .thread = 0,
                                  .memory_begin = 0,
                                  .only_callers = 0,
                                  .addresses = addresses.size()};
  constexpr size_t kMostOfNames = 4 << 20;
  return Ask(request, memory.get(), maps,
             {kMostOfNames, kMostAddresses * 8, deadline});
}

}  // namespace cellblock
