# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests of the preloaded malloc share.

A test registers cases, functions that raise Failure, and ends with main(). One
line is printed per case, then "N passed, N failed". A command runs in two
modes, the default one and the hardened one, with an environment of nothing but
what is given.

Everything is found from the runfiles (TEST_SRCDIR, else the current directory)
and written below TEST_TMPDIR, so that a copy of the runfiles tree runs as any
user. This is jailrun's harness but for what is about jails.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

# Debian's package of each program that a test needs.
_PACKAGES = {
    "/usr/bin/awk": "mawk",
    "/usr/bin/bash": "bash",
    "/usr/bin/brotli": "brotli",
    "/usr/bin/g++": "g++",
    "/usr/bin/gs": "ghostscript",
    "/usr/bin/gzip": "gzip",
    "/usr/bin/jq": "jq",
    "/usr/bin/lua5.4": "lua5.4",
    "/usr/bin/perl": "perl",
    "/usr/bin/python3": "python3",
    "/usr/bin/redis-cli": "redis-tools",
    "/usr/bin/redis-server": "redis-server",
    "/usr/bin/sort": "coreutils",
    "/usr/bin/sqlite3": "sqlite3",
    "/usr/bin/strace": "strace",
    "/usr/bin/tar": "tar",
    "/usr/bin/xz": "xz-utils",
    "/usr/bin/zstd": "zstd",
}

# What each mode adds to the environment.
MODES = {"default": {}, "hardened": {"CELLBLOCK_HARDENED": "1"}}

# What programs find in it besides.
VARIABLES = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class Failure(Exception):
    """Why a case failed."""


def check(condition, why):
    if not condition:
        raise Failure(why)


def equal(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}: got {short(got)}, wanted {short(wanted)}")


def contains(text, wanted, what):
    if wanted not in text:
        raise Failure(f"{what}: no {wanted!r} in {short(text)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:400] + " … " + text[-150:]


def runfile(path):
    """The absolute path of a file of the workspace."""
    roots = [os.getcwd()]
    if "TEST_SRCDIR" in os.environ:
        workspace = os.environ.get("TEST_WORKSPACE", "cellblock")
        roots.append(os.path.join(os.environ["TEST_SRCDIR"], workspace))
    for root in roots:
        found = os.path.join(root, path)
        if os.path.exists(found):
            return found
    raise Failure(f"{path} is not among the runfiles; looked below {roots}")


def fixture(name):
    return runfile("tests/allocator/malloc/preload/" + name)


def library():
    return runfile("allocator/malloc/libcellblock_malloc.so")


def program(name):
    """The path of one of Debian's programs; a missing one fails the case."""
    path = "/usr/bin/" + name
    check(os.access(path, os.X_OK),
          f"{path} is missing: apt-get install {_PACKAGES[path]}")
    return path


_scratch = None


def scratch():
    """A directory of this run, removed at its end."""
    global _scratch
    if _scratch is None:
        _scratch = tempfile.mkdtemp(prefix="preload.",
                                    dir=os.environ.get("TEST_TMPDIR"))
    return _scratch


def scratch_file(name, content):
    path = os.path.join(scratch(), name)
    with open(path, "wb") as file:
        file.write(content)
    return path


class Run:
    """How a command ended. A negative code is a signal's number."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err


def execute(command, env, stdin=b"", timeout=30, **options):
    """Runs a command; one that hangs is killed with all it started."""
    pipe = subprocess.PIPE
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe,
                             env=env, start_new_session=True, **options)
    try:
        out, err = child.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise Failure(f"hangs: no end after {timeout} s: {short(command)}")
    return Run(child.returncode, out, err)


def preload_environment(mode="default", pool="200M", before=(), after=(),
                        **variables):
    """pool=None: unset. before, after: other libraries, in the loader's order.
    """
    environment = {**VARIABLES, **MODES[mode], **variables,
                   "LD_PRELOAD": ":".join([*before, library(), *after])}
    for name in ("CELLBLOCK_SEED", "CELLBLOCK_FULL"):
        if name in os.environ:
            environment.setdefault(name, os.environ[name])
    if pool is not None:
        environment["CELLBLOCK_POOL"] = pool
    return environment


def preloaded(command, mode="default", pool="200M", before=(), after=(),
              variables=None, **options):
    """Runs a command that lives on a pool."""
    return execute(command, preload_environment(mode, pool, before, after,
                                                **(variables or {})), **options)


_cases = []


def case(function, *arguments, name=None):
    """Registers a case. As a decorator it takes the function's name."""
    _cases.append((name or function.__name__, function, arguments))
    return function


def names_of(path):
    """The cases of a fixture (fixtures/cases.h)."""
    names = execute([path, "list"], VARIABLES).out.decode().split()
    check(names, f"{path} lists no cases")
    return names


def fixture_cases(path, modes=MODES, **options):
    """Registers the cases of a fixture, in each mode."""
    def run(name, mode):
        ended = preloaded([path, name], mode=mode, **options)
        said = [line for line in
                ended.out.decode("utf-8", "replace").splitlines()
                if line.startswith("FAIL ")]
        check(not said, "; ".join(said))
        check(ended.code == 0 and f"ok {name}\n".encode() in ended.out,
              f"ended with {ended.code} after {short(ended.out[-120:])}: "
              f"{short(ended.err)}")

    for mode in modes:
        for name in names_of(path):
            case(run, name, mode, name=f"{name}_{mode}")


def main():
    """Runs all cases, or those that an argument is part of the name of."""
    wanted = sys.argv[1:]
    passed = failed = 0
    for name, function, arguments in _cases:
        if wanted and not any(part in name for part in wanted):
            continue
        started = time.monotonic()
        try:
            function(*arguments)
        except Failure as failure:
            failed += 1
            print(f"FAIL {name}: {failure}", flush=True)
        except Exception:  # a test's own mistake
            failed += 1
            last = traceback.format_exc().strip().splitlines()
            print(f"FAIL {name}: {last[-1]} ({last[-3].strip()})", flush=True)
        else:
            passed += 1
            print(f"ok {name} {time.monotonic() - started:.1f} s", flush=True)
    if _scratch is not None:
        shutil.rmtree(_scratch, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
