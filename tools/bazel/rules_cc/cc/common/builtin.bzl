"""What Bazel itself has, by another name: a file cannot export a name of
Bazel's own that it also reads."""

BuiltinCcInfo = CcInfo  # buildifier: disable=native-cc-info
builtin_cc_common = cc_common  # buildifier: disable=native-cc-common
