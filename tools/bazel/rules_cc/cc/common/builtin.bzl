"""What Bazel itself has, by another name: a file cannot export a name of
Bazel's own that it also reads."""

BuiltinCcInfo = CcInfo  # buildifier: disable=native-cc-info
