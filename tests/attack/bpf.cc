// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.29. A map in the kernel.

#include <linux/bpf.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static bpf_attr attributes;
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 8;
  attributes.max_entries = 1;
  EscapedIfDone(Call(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)),
                "a map in the kernel");
}
