"""Repositories made of libraries that the system's packages installed.

Each label has the name it has in the library's own Bazel build, so that a
BUILD file cannot tell a Debian package from a registry module. Most
headers are in the compiler's own search path; pkg-config knows what to link.
"""

_HEADER = """load("@rules_cc//cc:defs.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])
"""

_LIBRARY = """
cc_library(
    name = "{name}",
    {headers}defines = {defines},
    linkopts = {linkopts},
)
"""

# For headers that the compiler does not find by itself.
_HEADERS = """hdrs = glob(["include/**/*.h"]),
    includes = ["include"],
    """

# For libraries with archives, unless they are to be loaded.
_CHOICE = """select({{
        "@//tools/bazel:abseil_is_loaded": {loaded},
        "//conditions:default": {linked},
    }})"""

def _link_options(ctx, module):
    """The linker's options for one pkg-config module."""
    static = ["--static"] if ctx.attr.private_libraries else []
    result = ctx.execute(["pkg-config"] + static + ["--libs", module])
    if result.return_code != 0:
        fail("{}: pkg-config does not know {}; install it: apt-get install {} pkg-config\n{}".format(
            ctx.name,
            module,
            ctx.attr.debian_package,
            result.stderr,
        ))
    return [option for option in result.stdout.strip().split(" ") if option]

def _as_archive(ctx, option):
    prefix = "-l" + ctx.attr.archives
    return "-l:lib{}.a".format(option[2:]) if option.startswith(prefix) else option

def _system_library_repository_impl(ctx):
    packages = {}
    headers = ""
    if ctx.attr.include_directory:
        ctx.symlink(ctx.attr.include_directory, "include")
        headers = _HEADERS
    for label, modules in ctx.attr.libraries.items():
        package, name = label.split(":")
        linkopts = []
        for module in modules:
            linkopts += _link_options(ctx, module)
        linkopts += ctx.attr.unlisted
        choice = repr(linkopts)
        if ctx.attr.archives:
            choice = _CHOICE.format(
                loaded = repr(linkopts),
                linked = repr([_as_archive(ctx, option) for option in linkopts]),
            )
        packages.setdefault(package, []).append(
            _LIBRARY.format(
                name = name,
                headers = headers,
                defines = repr(ctx.attr.defines),
                linkopts = choice,
            ),
        )
    for package, libraries in packages.items():
        prefix = package + "/" if package else ""
        ctx.file(prefix + "BUILD.bazel", _HEADER + "".join(libraries))

system_library_repository = repository_rule(
    implementation = _system_library_repository_impl,
    attrs = {
        "archives": attr.string(
            doc = "Libraries whose names begin so are linked from their archives, unless //tools/bazel:load_abseil is set.",
        ),
        "debian_package": attr.string(
            doc = "What to install when pkg-config does not find a module.",
            mandatory = True,
        ),
        "defines": attr.string_list(
            doc = "What the headers need to be those that the libraries were built with.",
        ),
        "include_directory": attr.string(
            doc = "Where the headers are, if the compiler does not look there.",
        ),
        "libraries": attr.string_list_dict(
            doc = "'package:target' to the pkg-config modules it stands for.",
            mandatory = True,
        ),
        "unlisted": attr.string_list(
            doc = "The linker's options for what has no pkg-config module.",
        ),
        "private_libraries": attr.bool(
            default = True,
            doc = "Whether to link what the libraries need as well, which a static program must.",
        ),
    },
    local = True,
)
