"""The headers of this repository that libraries are compiled with."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _own_headers_impl(ctx):
    headers = {}
    for dep in ctx.attr.deps:
        for header in dep[CcInfo].compilation_context.headers.to_list():
            if not header.owner.workspace_name and header.is_source:
                headers[header.path] = header
    return [DefaultInfo(files = depset(headers.values()))]

own_headers = rule(
    implementation = _own_headers_impl,
    attrs = {
        "deps": attr.label_list(
            doc = "Libraries; the headers of what they need are there too.",
            providers = [CcInfo],
            mandatory = True,
        ),
    },
)
