// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The names of what a filter judges: one row for each native x86-64 system
// call that Linux 6.1 numbers. The preloaded runtime and the supervisor use it
// with libc alone: no Abseil, no allocation, no static constructors.
//
//   char text[kSyscallTextBytes];
//   FormatSyscall(number, args, text, sizeof(text));  // "socket(1, 2, 0)"
//   const SyscallInfo* info = FindSyscall(number);
//   const char* why = info ? GroupReason(info->group) : "is unknown";

#ifndef CELLBLOCK_JAIL_SYSCALL_TABLE_H_
#define CELLBLOCK_JAIL_SYSCALL_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace cellblock {

// What a call is for. It gives the default reason when a policy refuses it;
// what a policy allows is decided call by call, never by group.
enum class SyscallGroup : uint8_t {
  kDescriptorIo,    // on a descriptor already held
  kFileOpen,        // open, and changing the working directory
  kFileMetadata,    // stat, readlink, getdents, inotify
  kFileChange,      // unlink, chmod, ftruncate, utimensat, sync
  kMemory,          // mappings, locks, NUMA, memfd, userfaultfd
  kExecute,         // exec
  kProcess,         // fork, clone, exit, wait
  kProcessState,    // prctl, personality, umask
  kThread,          // futex, rseq, robust lists
  kSignal,          // handlers, masks, kill, signalfd
  kTime,            // reading clocks, timers, sleeping
  kInformation,     // getpid, getuid, uname, getrusage, getrandom
  kCredentials,     // setuid, capset, setsid
  kNetwork,         // sockets
  kIpc,             // pipes, System V, message queues
  kEvents,          // poll, select, epoll, eventfd
  kScheduling,      // priorities, affinity, yielding
  kResourceLimits,  // rlimits
  kTracing,         // ptrace, process_vm_readv, pidfd_getfd, perf
  kKernelAdmin,     // modules, kexec, bpf, swap, setting the clock
  kNamespaces,      // mounts, chroot, unshare, setns
  kAsyncIo,         // io_uring, Linux AIO
  kKeys,            // key rings
  kConfinement,     // seccomp, Landlock
  kObsolete,        // numbered, but without code in any kernel of today
};

inline constexpr size_t kSyscallGroupCount = 25;

// How a raw argument register is printed; no memory of the caller is read.
enum class ArgFormat : uint8_t {
  kNone,        // no such argument
  kInt,         // low 32 bits, signed decimal: pids, uids, signals, enums
  kUnsigned,    // low 32 bits, unsigned decimal
  kFlags,       // low 32 bits, hexadecimal
  kDescriptor,  // low 32 bits, signed decimal; AT_FDCWD by its name
  kOctalMode,   // low 32 bits, octal with 0o in front: file modes
  kLong,        // 64 bits, signed decimal: file offsets
  kSize,        // 64 bits, unsigned decimal: byte and element counts
  kHex,         // 64 bits, hexadecimal: flags and untyped words
  kPointer,     // 64 bits, hexadecimal: an address
  kPath,        // as kPointer; the address of a NUL-terminated path
};

// The bits of an argument that the kernel reads.
constexpr uint64_t ArgBits(ArgFormat format) {
  switch (format) {
    case ArgFormat::kInt:
    case ArgFormat::kUnsigned:
    case ArgFormat::kFlags:
    case ArgFormat::kDescriptor:
    case ArgFormat::kOctalMode:
      return 0xffffffff;
    default:
      return ~uint64_t{0};
  }
}

// One row.
//
// Units: arg_count is the number of registers that the kernel's own function
// takes, which can differ from the C library's (preadv: 5). For kObsolete calls
// it is what their manual page or custom says.
struct SyscallInfo {
  uint16_t number;
  const char* name;  // as in <asm/unistd_64.h>, without __NR_
  uint8_t arg_count;
  SyscallGroup group;
  ArgFormat args[6];  // kNone from arg_count on
};

// A buffer of this many bytes holds whatever FormatSyscall writes.
inline constexpr size_t kSyscallTextBytes = 160;

// Finds a row, in time logarithmic in the table's size for numbers and linear
// for names.
//
// Errors: null iff the table has no such row. 335 and 336, which kernels exempt
// from seccomp, are not in it, nor is a number with the x32 bit set.
// Threads: any. Syscalls: none.
[[nodiscard]] const SyscallInfo* FindSyscall(uint32_t number);
[[nodiscard]] const SyscallInfo* FindSyscallByName(const char* name,
                                                   size_t length);

// All rows, sorted by number, no number twice.
[[nodiscard]] std::span<const SyscallInfo> AllSyscalls();

// A group's name for listings ("file-open"), and a phrase that completes
// "refused because it ..." ("opens a file or enters a directory").
//
// Errors: "unknown" and "is unknown" iff `group` is none of the enumerators.
// Threads: any. Syscalls: none.
[[nodiscard]] const char* GroupName(SyscallGroup group);
[[nodiscard]] const char* GroupReason(SyscallGroup group);

// Writes a call as text: `openat(AT_FDCWD, 0x7ffd5c1e, 0x0, 0o0)`. A number
// outside the table gives `syscall_999(` and all six registers in hexadecimal.
//
// Units: returns the bytes written, the ending NUL not counted: less than
// `size`, or 0 when `size` is 0 and nothing is written.
// Errors: never fails; text that does not fit is cut off at the end.
// Threads: any, also in signal handlers. Syscalls: none.
size_t FormatSyscall(uint32_t number, const uint64_t args[6], char* buffer,
                     size_t size);

// Writes one argument alone, as FormatSyscall does. Same contract.
size_t FormatArgument(ArgFormat format, uint64_t value, char* buffer,
                      size_t size);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_SYSCALL_TABLE_H_
