"""The per-rule file that newer rules_cc offers."""

load("//cc:defs.bzl", _cc_test = "cc_test")

cc_test = _cc_test
