// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_DOCS_MANUAL_PAGE_H_
#define CELLBLOCK_TOOLS_DOCS_MANUAL_PAGE_H_

namespace cellblock {

// Prints jailrun's manual page, for man(7), to standard output.
void PrintManual();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_DOCS_MANUAL_PAGE_H_
