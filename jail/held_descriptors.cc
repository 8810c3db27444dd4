// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/held_descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <set>
#include <utility>

#include "jail/unique_fd.h"

namespace cellblock {
namespace {

constexpr std::string_view kListener = "anon_inode:seccomp notify";

struct Kind {
  std::string_view begin;  // of the name that /proc gives
  const char* what;
};

// What is done through these is no call of the program's, or none that a filter
// tells from a harmless one.
constexpr Kind kKinds[] = {
    {"anon_inode:[io_uring]",
     "an io_uring: what is asked for through it passes no filter"},
    {kListener, "a listener to seccomp: it could answer its own calls"},
    {"anon_inode:[userfaultfd]",
     "a userfaultfd: it could hold the kernel up in the middle of a call"},
    {"anon_inode:bpf", "an object of bpf: it is code or data of the kernel's"},
    {"anon_inode:[perf_event]",
     "a counter of perf: it could watch what the kernel and others do"},
};

constexpr char kMemory[] =
    "the memory of a process: it could be changed past every protection";

// Errors: empty, and errno.
std::string_view Target(int folder, const char* name, std::span<char> buffer) {
  const ssize_t length = readlinkat(folder, name, buffer.data(), buffer.size());
  return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

// Whether a path such as "/proc/12/mem" is of a file that the kernel makes up.
bool IsProcessMemory(int folder, const char* name, std::string_view target) {
  if (!target.ends_with("/mem")) return false;
  const UniqueFd file(openat(folder, name, O_PATH | O_CLOEXEC));
  struct statfs status;
  return fstatfs(file.get(), &status) != 0 || status.f_type == PROC_SUPER_MAGIC;
}

const char* Danger(int folder, const char* name, std::string_view target) {
  const char* danger = PassesFilter(target);
  if (danger != nullptr) return danger;
  return IsProcessMemory(folder, name, target) ? kMemory : nullptr;
}

// A descriptor of a process.
struct Descriptor {
  pid_t process;
  int fd;
};

// 0 iff both are one open file; below 0: errno.
long Compare(const Descriptor& one, const Descriptor& other) {
  return syscall(SYS_kcmp, one.process, other.process, KCMP_FILE, one.fd,
                 other.fd);
}

bool IsSame(const Descriptor& one, const Descriptor& other) {
  return Compare(one, other) == 0;
}

// True iff this process has the same under that number: then it was passed on.
// A container may refuse kcmp; then the names have to do.
bool IsPassedOn(const Descriptor& held, std::string_view target) {
  const long order = Compare({getpid(), held.fd}, held);
  if (order >= 0 || errno == EBADF) return order == 0;
  char buffer[PATH_MAX];
  const std::string path = "/proc/self/fd/" + std::to_string(held.fd);
  return Target(AT_FDCWD, path.c_str(), buffer) == target;
}

// True iff the process is seen to hold nothing but what is expected: each of
// these is there, and there are no more.
bool HoldsNothingElse(pid_t process, const ExpectedDescriptors& expected) {
  struct stat folder;  // its size is their number, from Linux 6.2 on
  const std::string path = "/proc/" + std::to_string(process) + "/fd";
  if (stat(path.c_str(), &folder) != 0 || folder.st_size == 0) return false;
  // By number: --pass-fd may name one twice, and 0, 1 and 2 are given anyway.
  std::set<int> there;
  for (const int fd : expected.given) {
    if (IsSame({getpid(), fd}, {process, fd})) there.insert(fd);
  }
  for (const int fd : expected.own) {
    if (fd >= 0 && IsSame({process, fd}, {process, fd})) there.insert(fd);
  }
  if (IsSame({getpid(), expected.listener_here},
             {process, expected.listener})) {
    there.insert(expected.listener);
  }
  return static_cast<off_t>(there.size()) == folder.st_size;
}

bool Holds(std::span<const int> fds, int fd) {
  return std::find(fds.begin(), fds.end(), fd) != fds.end();
}

UniqueFd OpenFolder(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// As the kernel lays an entry out.
struct Entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

// Hands over the entries of a folder that are numbers, until `look` says false.
// Errors: errno.
template <typename Function>
int ForEachNumber(int folder, Function look) {
  alignas(Entry) char entries[4096];
  long got;
  while ((got = syscall(SYS_getdents64, folder, entries, sizeof(entries))) >
         0) {
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const Entry*>(entries + at);
      at += entry->length;
      const char* const name = entry->name;
      int number = -1;
      std::from_chars(name, name + strlen(name), number);
      if (number >= 0 && !look(number, name)) return 0;
    }
  }
  return got < 0 ? errno : 0;
}

// Whether a thread is one of the kernel's that works for this process. Its name
// says so too, but only from when it first runs.
bool IsKernels(const std::string& path) {
  constexpr unsigned long kIoWorker = 0x10;  // PF_IO_WORKER
  char text[1024];
  const UniqueFd file(open((path + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t got = read(file.get(), text, sizeof(text) - 1);
  if (got <= 0) return false;  // it has ended meanwhile
  text[got] = '\0';
  // "12 (any name) S 1 12 12 0 -1 FLAGS …"
  const char* const name_end = strrchr(text, ')');
  unsigned long flags = kIoWorker;  // what is not understood is not run
  if (name_end != nullptr) {
    (void)sscanf(name_end + 1, " %*c %*d %*d %*d %*d %*d %lu", &flags);
  }
  return (flags & kIoWorker) != 0;
}

class Look {
 public:
  Look(pid_t process, const ExpectedDescriptors& expected)
      : process_(process), expected_(expected) {}

  // At the descriptors of the process, or of a thread that may have others.
  void AtDescriptors(const std::string& of) {
    const std::string path = of + "/fd";
    const UniqueFd folder = OpenFolder(path);
    int error = folder.ok() ? 0 : errno;
    if (error == 0) {
      error = ForEachNumber(folder.get(), [&](int fd, const char* name) {
        if (!Holds(expected_.own, fd)) AtDescriptor(folder.get(), fd, name);
        return found_.refused.empty();
      });
    }
    // A thread may have ended meanwhile.
    if (error != 0 && error != ENOENT) RefuseUnseen("descriptors", error);
  }

  // Rings without a thread of the kernel's are of no use after the lock: they
  // need io_uring_enter.
  void AtThreads(const std::string& path) {
    constexpr nlink_t kWithOneThread = 3;
    struct stat status;
    if (stat(path.c_str(), &status) == 0 && status.st_nlink == kWithOneThread) {
      return;
    }
    const UniqueFd folder = OpenFolder(path);
    int error = folder.ok() ? 0 : errno;
    const size_t opened = found_.opened;
    if (error == 0) {
      error = ForEachNumber(folder.get(), [&](int thread, const char* name) {
        if (thread != process_) AtThread(path + "/" + name);
        return found_.refused.empty();
      });
    }
    found_.opened = opened;  // most share those of the process
    if (error != 0) RefuseUnseen("threads", error);
  }

  HeldDescriptors found() && { return std::move(found_); }

 private:
  void Refuse(std::string reason) { found_.refused = std::move(reason); }

  void RefuseUnseen(const char* what, int error) {
    Refuse(std::string("its ") + what +
           " cannot be listed: " + strerror(error));
  }

  void AtDescriptor(int folder, int fd, const char* name) {
    char buffer[PATH_MAX];
    const std::string_view target = Target(folder, name, buffer);
    if (target.empty()) {
      // Another thread may have closed it meanwhile.
      if (errno != ENOENT) {
        Refuse("descriptor " + std::to_string(fd) + ": " + strerror(errno));
      }
      return;
    }
    if (fd == expected_.listener && target.starts_with(kListener)) return;
    const bool given = Holds(expected_.given, fd);
    if (!given) ++found_.opened;
    const char* danger = Danger(folder, name, target);
    if (danger == nullptr || (given && IsPassedOn({process_, fd}, target)))
      return;
    Refuse(std::string(expected_.who) + " left descriptor " +
           std::to_string(fd) + " open, " + danger);
  }

  void AtThread(const std::string& path) {
    if (IsKernels(path)) {
      return Refuse(std::string(expected_.who) +
                    " made an io_uring that the kernel serves by itself: what "
                    "is asked for through it passes no filter");
    }
    AtDescriptors(path);
  }

  const pid_t process_;
  const ExpectedDescriptors expected_;
  HeldDescriptors found_;
};

}  // namespace

HeldDescriptors LookAtDescriptors(pid_t process,
                                  const ExpectedDescriptors& expected) {
  const std::string path = "/proc/" + std::to_string(process);
  Look look(process, expected);
  if (!HoldsNothingElse(process, expected)) look.AtDescriptors(path);
  look.AtThreads(path + "/task");
  return std::move(look).found();
}

const char* PassesFilter(std::string_view target) {
  for (const Kind& kind : kKinds) {
    if (target.starts_with(kind.begin)) return kind.what;
  }
  return nullptr;
}

}  // namespace cellblock
