// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_CLI11_H_
#define CELLBLOCK_TOOLS_JAILRUN_CLI11_H_

// CLI11 without <iostream>. That header sets up eight streams and their locale
// whenever a program starts, a tenth of the time that an empty static program
// takes. CLI11 names the streams only in App::exit, which is not used: jailrun
// writes by itself. Should libstdc++ call its include guard otherwise one day,
// the cost is back and nothing else.

#include <istream>
#include <ostream>

#define _GLIBCXX_IOSTREAM 1  // NOLINT(bugprone-reserved-identifier): see above

namespace std {
extern istream cin;
extern ostream cout;
extern ostream cerr;
extern ostream clog;
}  // namespace std

#include <CLI/CLI.hpp>

#endif  // CELLBLOCK_TOOLS_JAILRUN_CLI11_H_
