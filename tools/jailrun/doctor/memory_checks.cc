// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "jail/landlock.h"
#include "jail/lock.h"
#include "tools/jailrun/doctor/checks.h"
#include "tools/jailrun/doctor/facts.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

void* MapPage(int protection) {
  return mmap(nullptr, static_cast<size_t>(sysconf(_SC_PAGESIZE)), protection,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

bool Protect(void* page, int protection) {
  return mprotect(page, static_cast<size_t>(sysconf(_SC_PAGESIZE)),
                  protection) == 0;
}

// What came with a version of Landlock.
struct LandlockFeature {
  long abi;
  const char* what;
};
constexpr LandlockFeature kLandlockFeatures[] = {
    {2, "moving between directories"},
    {3, "truncate"},
    {5, "ioctl (not used)"},
    {6, "scopes for signals and abstract sockets"},
};
constexpr long kTruncateAbi = 3;
constexpr long kNewestUsedAbi = 6;

// Those that are there, or those that are not.
std::string LandlockFeatures(long abi, bool there) {
  std::string list;
  for (const LandlockFeature& feature : kLandlockFeatures) {
    if ((abi >= feature.abi) != there) continue;
    list += (list.empty() ? "" : ", ") + std::string(feature.what);
  }
  return list.empty() ? "nothing of it" : list;
}

// Empty iff a domain was entered and confines.
std::string EnterDomain() {
  std::string error;
  const FileConfinement domain = FileConfinement::Create({}, &error);
  if (domain.empty()) return error;
  // One thing that is refused here is named by its own check.
  (void)SetNoNewPrivs();
  if (const int failure = domain.Enter()) {
    return WithErrno("landlock_restrict_self", failure);
  }
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    close(fd);
    return "a domain was entered, and confines nothing";
  }
  return {};
}

}  // namespace

Finding LookAtSealedMemory() {
  constexpr off_t kBytes = 4096;
  // As in a run, where a low limit on file sizes is an errno.
  signal(SIGXFSZ, SIG_IGN);
  const int fd = memfd_create("cellblock-doctor", MFD_ALLOW_SEALING);
  if (fd < 0) return Missing(WithErrno("memfd_create", errno));
  if (ftruncate(fd, kBytes) != 0) return Missing(WithErrno("ftruncate", errno));
  if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return Missing(WithErrno("fcntl(F_ADD_SEALS)", errno));
  }
  if (mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
      MAP_FAILED) {
    return Missing(WithErrno("mmap", errno));
  }
  return Ok("jailrun and its runtime share memory that neither can cut off");
}

Finding LookAtSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
    return Missing(WithErrno("socketpair", errno));
  }
  return Ok("the runtime can report its lock");
}

Finding LookAtExecGain() {
  if (const int error = RefuseExecGain()) {
    return Missing(WithErrno("prctl(PR_SET_MDWE)", error));
  }
  void* const page = MapPage(PROT_READ | PROT_WRITE);
  if (page == MAP_FAILED) return Unknown(WithErrno("mmap", errno));
  if (Protect(page, PROT_READ | PROT_EXEC)) {
    return Missing("prctl(PR_SET_MDWE) succeeds, and does nothing");
  }
  return Ok("no page becomes executable that was not");
}

Finding LookAtSealing() {
  void* const page = MapPage(PROT_READ | PROT_WRITE);
  if (page == MAP_FAILED) return Unknown(WithErrno("mmap", errno));
  const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (const int error = SealMapping(reinterpret_cast<uintptr_t>(page), bytes)) {
    return Missing(WithErrno("mseal", error));
  }
  if (Protect(page, PROT_READ))
    return Missing(
        "mseal succeeds, and does "
        "nothing");
  return Ok("code, read-only data and the pool keep their mappings");
}

Finding LookAtLandlock() {
  const long abi = LandlockAbi();
  const std::string version =
      abi < 1 ? std::string() : "ABI " + std::to_string(abi);
  if (const std::string error = EnterDomain(); !error.empty()) {
    return Missing(abi < 1 ? error : version + "; " + error);
  }
  if (abi < kNewestUsedAbi) {
    return Limited(version + " lacks " + LandlockFeatures(abi, false) +
                   (abi < kTruncateAbi ? "; --rw is refused" : ""));
  }
  return Ok(version + " with " + LandlockFeatures(abi, true) +
            ": nothing is read but the system's data, what the arguments "
            "name and --ro, nothing is written but below --rw, no other "
            "process is looked into");
}

Finding LookAtCgroup() {
  std::string path = Field(ReadText("/proc/self/cgroup"), "0:");
  if (path.empty()) return Limited("there is no cgroup of version 2");
  path = "/sys/fs/cgroup" + (path == "/" ? "" : path) + "/memory.max";
  if (access(path.c_str(), W_OK) != 0) return Limited(WithErrno(path, errno));
  return Ok(path + " can be written");
}

Finding LookAtHugePages() {
  const std::string mode =
      Chosen(ReadText("/sys/kernel/mm/transparent_hugepage/enabled"));
  if (mode.empty() || mode == "never") {
    return Limited(mode.empty() ? "the kernel has none" : "mode: never");
  }
  return Ok("mode: " + mode);
}

Finding LookAtOvercommit() {
  const std::string mode = ReadText("/proc/sys/vm/overcommit_memory");
  if (mode.empty()) return Limited("/proc/sys/vm cannot be read");
  if (mode == "2") return Limited("mode 2: memory counts when it is mapped");
  return Ok("mode " + mode +
            ": a pool may be larger than the memory that is "
            "free, and a page counts when it is touched");
}

}  // namespace cellblock
