// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_READABLE_PATHS_H_
#define CELLBLOCK_TOOLS_JAILRUN_READABLE_PATHS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

// What a jailed program may read without --ro.
//
// A directory stands for all that lies below it. Paths need not exist, and are
// as a reader would write them: symbolic links unresolved.

// What `path` is in: up to its last slash, or ".".
std::string DirectoryOf(const std::string& path);

// For paths from the root on, with symbolic links resolved: true iff `path` is
// `directory` or lies below it.
bool IsWithin(std::string_view path, std::string_view directory);

// True for directories that are granted by --ro alone, since whoever
// names one seldom means to show all of it: /, /dev, /proc, /sys, `home` (of
// HomeDirectory, or empty) and what is above it.
bool IsTooMuch(const std::string& path, const std::string& home);

// The system's: programs, libraries and data in /usr and /lib*, the files of
// /etc that libc and common libraries look into, the caches of fonts, what the
// kernel says of the processor and of memory, /dev/null, zero, random and
// urandom.
std::span<const char* const> SystemPaths();

// Files of /proc/self in which a program looks up what it is itself: its stack,
// its limits, its descriptors. Not those that tell of mounts and of the
// network.
std::span<const char* const> OwnProcessFiles();

// The regular files, FIFOs and directories that exist and that a command line
// names behind its first word: as an argument, or behind the first "=" of one
// (--option=PATH, key=PATH).
//
// Not a symbolic link that leads out of the directory that it lies in: whoever
// may make files there, an earlier jail with --rw even, could name any file.
//
// Nor what IsTooMuch.
// Syscalls: stat, lstat, realpath's. Setup phase only.
std::vector<std::string> NamedPaths(std::span<const std::string> command,
                                    const std::string& home);

// The home directory of whoever runs this, without symbolic links in it: HOME,
// or what /etc/passwd says where that is not set. Empty iff there is none.
std::string HomeDirectory();

// What descriptors of this process, which the program inherits, were opened on
// to be read (O_PATH is not), as paths in /proc/self/fd; of those that are
// open.
std::vector<std::string> HeldPaths(std::span<const int> descriptors);

// True iff `path` is one of `granted` or lies below one, with symbolic links
// resolved; a path that does not exist, iff its directory does.
bool IsReadable(std::span<const std::string> granted, const std::string& path);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_READABLE_PATHS_H_
