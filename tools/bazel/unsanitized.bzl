"""Files that are built without sanitizers, whatever the rest is built with."""

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

def _unsanitized_file_impl(ctx):
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

# The one file of `src`, by the name of this target. A worker's malloc is
# Cellblock's, and a sanitizer brings one of its own: so a test whose host is
# built with sanitizers has its workers from here.
unsanitized_file = rule(
    implementation = _unsanitized_file_impl,
    executable = True,
    attrs = {
        "src": attr.label(
            cfg = _unsanitized,
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
