"""The per-rule file that newer rules_cc offers."""

load("//cc:defs.bzl", _cc_import = "cc_import")

cc_import = _cc_import
