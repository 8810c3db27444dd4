"""The label of the real rules_cc, for Bazel's own provider."""

load(":builtin.bzl", "BuiltinCcInfo")

CcInfo = BuiltinCcInfo
