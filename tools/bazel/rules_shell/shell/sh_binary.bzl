"""The rule built into Bazel 4, under the label that newer Bazel needs."""

sh_binary = native.sh_binary
