// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Elements that need a constructor: not in any build, so this one cannot run.
//
// Clang: the elements of a cell are trivially copyable
// Run: not
#include <string>

#include "allocator/cell.h"

cellblock::Cell<std::string> cell;
