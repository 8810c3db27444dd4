"""The per-rule file that newer rules_cc offers."""

load("//cc:defs.bzl", _cc_binary = "cc_binary")

cc_binary = _cc_binary
