// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_DOCS_COMPLETIONS_H_
#define CELLBLOCK_TOOLS_DOCS_COMPLETIONS_H_

namespace cellblock {

// Each prints what completes jailrun's command line in a shell, to standard
// output.
void PrintBash();
void PrintZsh();
void PrintFish();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_DOCS_COMPLETIONS_H_
