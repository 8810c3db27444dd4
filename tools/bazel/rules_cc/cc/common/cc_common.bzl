"""The label of the real rules_cc, for what Bazel itself has."""

load(":builtin.bzl", "builtin_cc_common")

cc_common = builtin_cc_common
