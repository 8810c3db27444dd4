#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The Debian package: what is in it, that it installs on a clean root and works
there, and that programs outside of the tree build against it."""

import os
import shutil
import sys

# As it lies in the tree, and in the runfiles.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "tools", "jailrun"))
# pylint: disable=wrong-import-position
from harness import (case, check, contains, equal, execute, main, runfile,
                     scratch)

PACKAGE = runfile("tools/package/cellblock.deb")
CONSUMER = os.path.dirname(runfile("tests/package/consumer/CMakeLists.txt"))
LIBRARIES = "usr/lib/x86_64-linux-gnu"
ORDINARY = 65534

# What a small Debian has, beside what the package itself depends on.
BASE = ("base-files", "bash", "coreutils", "dash", "libc-bin", "xz-utils")

_unpacked = None


def run(*command, **options):
    done = execute(list(command), timeout=120, **options)
    check(done.code == 0, f"{command}: {done.code}, {done.err.decode()}")
    return done.out.decode()


def unpacked():
    """The package's files, as any user can have them."""
    global _unpacked
    if _unpacked is None:
        _unpacked = os.path.join(scratch(), "unpacked")
        run("dpkg-deb", "--extract", PACKAGE, _unpacked)
    return _unpacked


def field(name):
    return run("dpkg-deb", "--field", PACKAGE, name).strip()


def dependencies():
    return [word.split(" ")[0] for word in field("Depends").split(", ")]


@case
def it_has_what_it_promises():
    for path in ("usr/bin/jailrun", "usr/lib/cellblock/jailrun-explain",
                 LIBRARIES + "/libcellblock.a",
                 LIBRARIES + "/libcellblock_malloc.so",
                 LIBRARIES + "/pkgconfig/cellblock.pc",
                 LIBRARIES + "/cmake/cellblock/cellblock-config.cmake",
                 "usr/include/cellblock/jail/jail.h",
                 "usr/share/man/man1/jailrun.1.gz",
                 "usr/share/bash-completion/completions/jailrun",
                 "usr/share/zsh/vendor-completions/_jailrun",
                 "usr/share/fish/vendor_completions.d/jailrun.fish",
                 "usr/share/doc/cellblock/copyright"):
        check(os.path.exists(os.path.join(unpacked(), path)), f"no {path}")
    listed = run("dpkg-deb", "--contents", PACKAGE)
    for line in listed.splitlines():
        check(" root/root " in line, f"not root's: {line}")
        check(line[0] == "l" or line[5] == line[8] == "-",
              f"others may write: {line}")


@case
def each_library_that_it_loads_is_a_dependency():
    for name in ("jailrun-explain", "libcellblock_runtime.so"):
        path = os.path.join(unpacked(), "usr/lib/cellblock", name)
        for line in run("objdump", "-p", path).splitlines():
            if "NEEDED" not in line:
                continue
            library = line.split()[1]
            owners = run("dpkg", "-S", f"*/{library}")
            names = {owner.split(":")[0] for owner in owners.splitlines()}
            check(names & set(dependencies()) or "libm.so" in library,
                  f"{library} is of {names}, not of {dependencies()}")


@case
def jailrun_runs_from_where_it_was_unpacked():
    jailrun = os.path.join(unpacked(), "usr/bin/jailrun")
    packed = execute(["xz", "-c"], stdin=b"text\n").out
    done = execute([jailrun, "--pool=200M", "xz", "-dc"], stdin=packed)
    equal((done.code, done.out), (0, b"text\n"), "xz in a jail")


def clean_root():
    """A root with a few of Debian's packages, taken from this machine's: their
    files, and what dpkg knows of them."""
    root = os.path.join(scratch(), "root")
    info = os.path.join(root, "var/lib/dpkg/info")
    os.makedirs(info)
    os.makedirs(os.path.join(root, "var/lib/dpkg/updates"))
    wanted = list(BASE) + dependencies()
    known = {}
    while wanted:
        name = wanted.pop()
        if name in known:
            continue
        status = execute(["dpkg-query", "--status", name])
        if status.code != 0:
            continue  # one of several that would do
        known[name] = status.out.decode()
        for line in known[name].splitlines():
            if not line.startswith(("Depends:", "Pre-Depends:")):
                continue
            for word in line.split(":", 1)[1].replace("|", ",").split(","):
                wanted.append(word.strip().split(" ")[0].split(":")[0])
    for merged in ("bin", "lib", "lib64", "sbin"):
        os.makedirs(os.path.join(root, "usr", merged))
        os.symlink("usr/" + merged, os.path.join(root, merged))
    for name in known:
        for path in run("dpkg-query", "--listfiles", name).splitlines():
            there = os.path.join(root, path.lstrip("/"))
            if os.path.islink(path):
                if not os.path.lexists(there):
                    os.makedirs(os.path.dirname(there), exist_ok=True)
                    os.symlink(os.readlink(path), there)
            elif os.path.isdir(path):
                os.makedirs(there, exist_ok=True)
            elif os.path.isfile(path):
                os.makedirs(os.path.dirname(there), exist_ok=True)
                shutil.copy2(path, there)
        with open(os.path.join(info, name + ".list"), "w") as file:
            file.write("/.\n")
    with open(os.path.join(root, "var/lib/dpkg/status"), "w") as file:
        file.write("\n".join(known.values()))
    return root


def works_in_a_clean_root():
    root = clean_root()
    run("dpkg", "--root=" + root, "--install", PACKAGE)
    os.makedirs(os.path.join(root, "proc"), exist_ok=True)
    os.makedirs(os.path.join(root, "dev"), exist_ok=True)
    with open(os.path.join(root, "text.xz"), "wb") as file:
        file.write(execute(["xz", "-c"], stdin=b"text\n").out)
    # Mounts of its own, gone with it; the user gets no namespace of his.
    script = (f"mount -t proc proc {root}/proc && touch {root}/dev/null && "
              f"mount --bind /dev/null {root}/dev/null && "
              f"exec chroot --userspec={ORDINARY}:{ORDINARY} {root} "
              "/usr/bin/jailrun --pool=200M xz -dc /text.xz")
    done = execute(["unshare", "--mount", "sh", "-c", script])
    equal((done.code, done.out), (0, b"text\n"), f"{done.err!r}")
    done = execute(["unshare", "--mount", "sh", "-c",
                    script.replace("xz -dc /text.xz", "sh -c 'id; true'")])
    equal(done.code, 159, f"{done.err!r}")
    contains(done.err, b"forbidden call", "the report")


def fits_where_only_root_can_install():
    """An ordinary user cannot install: dpkg says what it would do."""
    # dpkg looks for the tools of administrators, if it is not to use them.
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    done = run("dpkg", "--no-act", "--install", PACKAGE,
               env=dict(os.environ, PATH=path))
    contains(done, "cellblock", "dpkg")


case(works_in_a_clean_root if os.geteuid() == 0
     else fits_where_only_root_can_install)


def expect_consumers(folder):
    for name, wanted in (("decoder", b"Cellblock"),
                         ("pool", b"a block, no more\n"),
                         ("locked", b"locked, 100000 bytes by a thread\n")):
        done = execute([os.path.join(folder, name)],
                       env={"CELLBLOCK_POOL": "64M", "PATH": "/usr/bin:/bin"})
        equal((done.code, done.out), (0, wanted), f"{name}: {done.err!r}")


@case
def programs_build_with_pkg_config():
    folder = os.path.join(scratch(), "by_pkg_config")
    os.makedirs(folder)
    environment = dict(
        os.environ,
        PKG_CONFIG_PATH=os.path.join(unpacked(), LIBRARIES, "pkgconfig"))

    def options(module):
        # The package's own paths below where it was unpacked, the others as
        # they are.
        text = run("pkg-config", "--cflags", "--libs",
                   "--define-variable=prefix=" + unpacked() + "/usr", module,
                   env=environment)
        return text.split()

    for name, compiler, module in (
            ("decoder.cc", ["g++", "-std=c++20"], "cellblock"),
            ("locked.cc", ["g++", "-std=c++20"], "cellblock-service"),
            ("pool.c", ["gcc"], "cellblock")):
        source = os.path.join(CONSUMER, name)
        more = ["-lstdc++"] if name.endswith(".c") else []
        run(*compiler, "-Wall", "-Werror", source, "-o",
            os.path.join(folder, name.split(".")[0]), *options(module), *more)
    expect_consumers(folder)


@case
def programs_build_with_cmake():
    folder = os.path.join(scratch(), "by_cmake")
    run("cmake", "-S", CONSUMER, "-B", folder,
        "-DCMAKE_PREFIX_PATH=" + os.path.join(unpacked(), "usr"))
    run("cmake", "--build", folder)
    expect_consumers(folder)


main()
