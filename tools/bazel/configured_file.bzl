"""Files that are built otherwise than the rest."""

_OPTIONS = [
    "//command_line_option:copt",
    "//command_line_option:linkopt",
]

def _without_sanitizers(settings, _attr):
    return {
        option: [
            value
            for value in settings[option]
            if not value.startswith("-fsanitize") and
               not value.startswith("-fno-sanitize")
        ]
        for option in _OPTIONS
    }

_unsanitized = transition(
    implementation = _without_sanitizers,
    inputs = _OPTIONS,
    outputs = _OPTIONS,
)

def _with_loaded_abseil(_settings, _attr):
    return {"//tools/bazel:load_abseil": True}

_loading_abseil = transition(
    implementation = _with_loaded_abseil,
    inputs = [],
    outputs = ["//tools/bazel:load_abseil"],
)

def _configured_file_impl(ctx):
    # An attribute with a transition is a list.
    original = ctx.attr.src[0][DefaultInfo]
    source = ctx.attr.src[0].files.to_list()[0]
    made = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = made,
        target_file = source,
        is_executable = original.files_to_run.executable != None,
    )
    return [DefaultInfo(
        executable = made,
        files = depset([made]),
        runfiles = ctx.runfiles([made]).merge(original.default_runfiles),
    )]

def _configured_file(transition):
    # The one file of `src`, by the name of the target.
    return rule(
        implementation = _configured_file_impl,
        executable = True,
        attrs = {
            "src": attr.label(
                cfg = transition,
                mandatory = True,
            ),
            "_allowlist_function_transition": attr.label(
                default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
            ),
        },
    )

# Without sanitizers. A worker's malloc is Cellblock's, and a sanitizer brings one
# of its own: so a test whose host is built with sanitizers has its workers from
# here.
unsanitized_file = _configured_file(_unsanitized)

# With Abseil as libraries to be loaded: Debian's archives cannot be part of a
# shared library.
loading_abseil_file = _configured_file(_loading_abseil)
