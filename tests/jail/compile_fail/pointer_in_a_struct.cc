// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A pointer that hides.
//
// Says: a pointer means nothing in another process
#include "tests/jail/compile_fail/wrap_it.h"

namespace cellblock {

struct Node {
  int value;
  const Node* next;
};
int Function(Node node) { return node.value; }

WRAP_IT(Function);

}  // namespace cellblock
