"""The per-rule file that newer rules_cc offers."""

load("//cc:defs.bzl", _cc_library = "cc_library")

cc_library = _cc_library
