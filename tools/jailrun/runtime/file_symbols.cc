// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// libc's functions that open a file by its name, to remember which the jail
// would not let be read: Landlock refuses without telling a supervisor. What is
// opened in other ways is refused as well, and not remembered.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <atomic>
#include <cstddef>

#include "tools/jailrun/runtime/libc_function.h"
#include "tools/jailrun/runtime/note_path.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

void Remember(const char* path) {
  RefusedPaths* const refused = &TheControl()->refused_paths;
  refused->count.fetch_add(1, std::memory_order_relaxed);
  NotePath(path, refused);
}

// Looks at what libc's own function returned, and hands it on.
template <typename Result>
Result Noted(Result result, Result failure, const char* path) {
  if (result == failure && errno == EACCES && Locked()) Remember(path);
  return result;
}

// The same of open(2). A directory that is asked for as such is a place for
// names, which the jail does not hide: what lists one uses openat(2) or
// opendir(3).
int NotedFile(int result, int flags, const char* path) {
  return (flags & O_DIRECTORY) != 0 ? result : Noted(result, -1, path);
}

// What opens /dev/null to read and to write seldom does either: it makes sure
// that it has descriptors, as git does. So it gets one to read where
// nobody listens who could give it one to write.
bool WantsNull(int result, const char* path, int flags) {
  return result == -1 && (errno == EROFS || errno == EACCES) &&
         (flags & O_ACCMODE) == O_RDWR && Locked() &&
         strcmp(path, "/dev/null") == 0;
}

// A jail opens nothing to write, and /dev/zero is opened so by who wants memory
// of it, which asks for no more than to read. So it gets that; what it writes
// there fails, where elsewhere it goes nowhere.
int Openable(const char* path, int flags) {
  const bool both = (flags & O_ACCMODE) == O_RDWR && Locked();
  if (!both || path == nullptr || strcmp(path, "/dev/zero") != 0) return flags;
  return (flags & ~O_ACCMODE) | O_RDONLY;
}

using Open = int(const char*, int, ...);
using OpenChecked = int(const char*, int);
using OpenAt = int(int, const char*, int, ...);
using OpenAtChecked = int(int, const char*, int);
using OpenStream = FILE*(const char*, const char*);
using OpenDirectory = DIR*(const char*);

// open(2) by the function of libc that was called.
int Opened(Open* by, const char* path, int flags, int mode) {
  int file = by(path, Openable(path, flags), mode);
  if (WantsNull(file, path, flags)) {
    file = by(path, (flags & ~O_ACCMODE) | O_RDONLY, mode);
  }
  return NotedFile(file, flags, path);
}

constinit Libc<Open> g_open("open");
constinit Libc<Open> g_open64("open64");
constinit Libc<OpenChecked> g_open_2("__open_2");
constinit Libc<OpenChecked> g_open64_2("__open64_2");
constinit Libc<OpenAt> g_openat("openat");
constinit Libc<OpenAt> g_openat64("openat64");
constinit Libc<OpenAtChecked> g_openat_2("__openat_2");
constinit Libc<OpenAtChecked> g_openat64_2("__openat64_2");
constinit Libc<OpenStream> g_fopen("fopen");
constinit Libc<OpenStream> g_fopen64("fopen64");
constinit Libc<OpenDirectory> g_opendir("opendir");

}  // namespace

void FindFileFunctions() {
  (void)g_open.get();
  (void)g_open64.get();
  (void)g_open_2.get();
  (void)g_open64_2.get();
  (void)g_openat.get();
  (void)g_openat64.get();
  (void)g_openat_2.get();
  (void)g_openat64_2.get();
  (void)g_fopen.get();
  (void)g_fopen64.get();
  (void)g_opendir.get();
}

}  // namespace cellblock

using namespace cellblock;  // NOLINT: what follows has libc's names

// The mode, which is there only if a file may be created: handed on as it is.
#define MODE_BEHIND(last)             \
  va_list rest;                       \
  va_start(rest, last);               \
  const int mode = va_arg(rest, int); \
  va_end(rest)

// NOLINTBEGIN(bugprone-reserved-identifier): libc's names
CELLBLOCK_EXPORT int open(const char* path, int flags, ...) {
  MODE_BEHIND(flags);
  return Opened(g_open.get(), path, flags, mode);
}

CELLBLOCK_EXPORT int open64(const char* path, int flags, ...) {
  MODE_BEHIND(flags);
  return Opened(g_open64.get(), path, flags, mode);
}

CELLBLOCK_EXPORT int __open_2(const char* path, int flags) {
  return NotedFile(g_open_2.get()(path, Openable(path, flags)), flags, path);
}

CELLBLOCK_EXPORT int __open64_2(const char* path, int flags) {
  return NotedFile(g_open64_2.get()(path, Openable(path, flags)), flags, path);
}

CELLBLOCK_EXPORT int openat(int directory, const char* path, int flags, ...) {
  MODE_BEHIND(flags);
  return Noted(g_openat.get()(directory, path, Openable(path, flags), mode), -1,
               path);
}

CELLBLOCK_EXPORT int openat64(int directory, const char* path, int flags, ...) {
  MODE_BEHIND(flags);
  return Noted(g_openat64.get()(directory, path, Openable(path, flags), mode),
               -1, path);
}

CELLBLOCK_EXPORT int __openat_2(int directory, const char* path, int flags) {
  return Noted(g_openat_2.get()(directory, path, Openable(path, flags)), -1,
               path);
}

CELLBLOCK_EXPORT int __openat64_2(int directory, const char* path, int flags) {
  return Noted(g_openat64_2.get()(directory, path, Openable(path, flags)), -1,
               path);
}

CELLBLOCK_EXPORT FILE* fopen(const char* path, const char* mode) {
  return Noted<FILE*>(g_fopen.get()(path, mode), nullptr, path);
}

CELLBLOCK_EXPORT FILE* fopen64(const char* path, const char* mode) {
  return Noted<FILE*>(g_fopen64.get()(path, mode), nullptr, path);
}

CELLBLOCK_EXPORT DIR* opendir(const char* path) {
  return Noted<DIR*>(g_opendir.get()(path), nullptr, path);
}
// NOLINTEND(bugprone-reserved-identifier)
