"""One archive of what this repository's own libraries compile to."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _own_archives(deps):
    """The archives of `deps` and of what they need, by their paths."""
    archives = {}
    for dep in deps:
        for linked in dep[CcInfo].linking_context.linker_inputs.to_list():
            if linked.owner.workspace_name:
                continue
            for library in linked.libraries:
                archive = library.static_library or library.pic_static_library
                if archive:
                    archives[archive.path] = archive
    return archives

def _merged_archive_impl(ctx):
    archives = _own_archives(ctx.attr.deps)
    for path in _own_archives(ctx.attr.without):
        archives.pop(path, None)
    script = ["create " + ctx.outputs.archive.path]
    script += ["addlib " + path for path in sorted(archives)]
    script += ["save", "end"]
    ctx.actions.run_shell(
        inputs = archives.values(),
        outputs = [ctx.outputs.archive],
        command = "printf '{}\\n' | ar -M && strip --strip-debug {}".format(
            "\\n".join(script),
            ctx.outputs.archive.path,
        ),
        mnemonic = "MergeArchives",
        progress_message = "Merging " + ctx.outputs.archive.short_path,
    )
    return [DefaultInfo(files = depset([ctx.outputs.archive]))]

merged_archive = rule(
    implementation = _merged_archive_impl,
    attrs = {
        "deps": attr.label_list(
            doc = "Libraries; what they need of this repository is in it too.",
            providers = [CcInfo],
            mandatory = True,
        ),
        "without": attr.label_list(
            doc = "Libraries which, with what they need, are left out.",
            providers = [CcInfo],
        ),
    },
    outputs = {"archive": "lib%{name}.a"},
)
