"""The names of rules_cc, answered by the rules built into Bazel 4."""

_native_cc_test = native.cc_test

# In the name of a test that .bazelrc optimises, and for which those headers
# would have to be compiled again too.
_OPTIMISED = ("exhaustive", "golden", "model")

def cc_test(name, srcs, deps = [], copts = [], **others):
    """A test; with GoogleTest, its headers come from //cc:test_headers.

    To compile most tests takes half the time then. One that has options of its
    own, for which those headers would have to be compiled again, does without.

    Args:
      name: as of the native rule.
      srcs: what is compiled.
      deps: what it is linked with.
      copts: options of its own.
      **others: as of the native rule.
    """
    plain = (not copts and not [file for file in srcs if file.endswith(".c")] and
             not [word for word in _OPTIMISED if word in name])
    if plain and [dep for dep in deps if "googletest" in dep]:
        deps = deps + ["@rules_cc//cc:test_headers"]
        copts = select({
            "@rules_cc//cc:headers_are_read": [],
            "@rules_cc//cc:headers_are_compiled_by_clang": [
                "-include-pch",
                "$(BINDIR)/external/rules_cc/cc/test_headers.h.pch",
            ],
            "//conditions:default": [
                "-include",
                "external/rules_cc/cc/test_headers.h",
            ],
        })
    _native_cc_test(
        name = name,
        srcs = srcs,
        copts = copts,
        deps = deps,
        **others
    )

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_proto_library = native.cc_proto_library
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
fdo_prefetch_hints = native.fdo_prefetch_hints
fdo_profile = native.fdo_profile
objc_import = native.objc_import
objc_library = native.objc_library
