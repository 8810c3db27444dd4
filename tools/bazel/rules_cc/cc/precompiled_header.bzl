"""A header of other headers, compiled once for all that include it."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")
load("//cc/common:cc_common.bzl", "cc_common")
load("//cc/common:cc_info.bzl", "CcInfo")

def _precompiled_header_impl(ctx):
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    guard = ctx.label.name.upper() + "_H_"
    lines = ["#ifndef " + guard, "#define " + guard]
    lines += ["#include <{}>".format(name) for name in ctx.attr.headers]
    ctx.actions.write(header, "\n".join(lines + ["#endif", ""]))

    # The name that g++ looks for beside the header; clang is given it.
    compiled = ctx.actions.declare_file(
        header.basename + (".pch" if ctx.attr.clang else ".gch"),
        sibling = header,
    )
    source = [header.path]
    if ctx.attr.clang:
        # Without its name and time: clang would look for it where it lay, and
        # Bazel takes from a cache what was made elsewhere.
        source = ["-fpch-instantiate-templates", "-Xclang", "-fno-pch-timestamp", "-"]
    toolchain = find_cpp_toolchain(ctx)
    configuration = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    variables = cc_common.create_compile_variables(
        feature_configuration = configuration,
        cc_toolchain = toolchain,
        use_pic = ctx.attr.clang,
        user_compile_flags = ctx.fragments.cpp.copts +
                             ctx.fragments.cpp.cxxopts + ctx.attr.copts,
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = configuration,
        action_name = CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )
    compiler = cc_common.get_tool_for_action(
        feature_configuration = configuration,
        action_name = CPP_COMPILE_ACTION_NAME,
    )
    ctx.actions.run_shell(
        command = '"$@" <' + header.path,
        arguments = [compiler] + flags + ["-x", "c++-header"] + source +
                    ["-o", compiled.path],
        env = cc_common.get_environment_variables(
            feature_configuration = configuration,
            action_name = CPP_COMPILE_ACTION_NAME,
            variables = variables,
        ),
        inputs = depset([header], transitive = [toolchain.all_files]),
        outputs = [compiled],
        mnemonic = "PrecompileHeader",
        progress_message = "Precompiling " + header.short_path,
    )
    return [
        CcInfo(compilation_context = cc_common.create_compilation_context(
            headers = depset([header, compiled]),
        )),
        DefaultInfo(files = depset([header, compiled])),
    ]

precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "clang": attr.bool(
            doc = "Whether it is compiled by clang, for code that may lie anywhere, as clang's objects do here; it takes no other.",
        ),
        "copts": attr.string_list(
            doc = "What those that include it are compiled with beside the options of all; with other options it is read as a header.",
        ),
        "headers": attr.string_list(
            doc = "What it includes, as between < and >.",
            mandatory = True,
        ),
        "_cc_toolchain": attr.label(
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
