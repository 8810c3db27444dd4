// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_DOCTOR_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_DOCTOR_H_

#include <string>

namespace cellblock {

// True iff the command line is the doctor's: its first word is exactly
// "doctor". `jailrun -- doctor` runs a program of that name.
bool IsDoctor(int argc, char** argv);

// jailrun doctor [--json]: what this kernel and container can enforce. Every
// check runs in a process of its own with a deadline; the machine is left as
// it was.
//
// Returns the exit code, with `output` for standard output: 0 iff a default run
// can be locked, 1 iff it cannot, 125 iff the words are not understood; then
// `error` says which.
// Threads: one; the process is copied.
int Doctor(int argc, char** argv, std::string* output, std::string* error);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_DOCTOR_H_
