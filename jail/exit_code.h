// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_JAIL_EXIT_CODE_H_
#define CELLBLOCK_JAIL_EXIT_CODE_H_

namespace cellblock {

// The exit codes by which jailrun speaks for itself; any other is the
// program's own. The JSON report tells apart a program that exits with one of
// these numbers.
enum class ExitCode : int {
  kExhausted = 123,    // An allocation failed and the program then failed.
  kTimeout = 124,      // A limit passed: on time, or on output.
  kSetupFailed = 125,  // jailrun cannot confine the program, or itself failed.
  kNotExecutable = 126,  // The program is there but the kernel cannot run it.
  kNotFound = 127,       // There is no such program.
  kSignalBase = 128,  // Plus the number of the signal that ended the program.
  kViolation = 159,   // A forbidden call: kSignalBase + SIGSYS.
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_EXIT_CODE_H_
