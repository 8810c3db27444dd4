#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""CELLBLOCK_POOL, CELLBLOCK_HARDENED and CELLBLOCK_FILL: what they may be, and that anything
else ends the process before main, with a line that names the value and says
what to do."""

import os
import resource
import shutil

from preload import (MODES, case, check, contains, equal, execute, fixture,
                     main, preload_environment, preloaded, program, scratch)

POOL_SIZE = fixture("pool_size")
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# VALUE: the bytes that are whole pages of it. None: unset.
SIZES = {
    None: GIB,
    "64K": 64 * KIB,
    "65536": 64 * KIB,
    "100001": 98304,
    "1000K": 1000 * KIB,
    "1M": MIB,
    "200M": 200 * MIB,
    "0200M": 200 * MIB,
    "1G": GIB,
    "1073741824": GIB,
    "64G": 64 * GIB,
    "1T": 1024 * GIB,
}

NO_SIZES = [
    "", "0", "-1", "-200M", "+200M", "12Q", "16E", "1", "63K", "65535", "0G",
    "1.5G", "1 G", " 1G", "1G ", "1GB", "1GiB", "K", "0x100000", "1m", "1g",
    "all", "1G,2G", "99999999999999999999", "99999999999999999999G",
    "18446744073709551616", "17179869184G", "16777216T",
    "1" + "0" * 5000, "2\u00bdG",
]

# Sizes, but not of a pool that this machine can have.
TOO_LARGE = ["18446744073709551615", "9223372036854775807", "16000000T",
             "1000000T"]


def a_size(mode, value, pages):
    run = preloaded([POOL_SIZE], mode=mode, pool=value)
    equal((run.code, run.out, run.err), (0, f"started {pages}\n".encode(), b""),
          "its end")


def refused(run, variable, value, advice):
    equal(run.code, 125, f"exit code (stderr {run.err!r})")
    equal(run.out, b"", "stdout: nothing has started")
    lines = run.err.decode().splitlines()
    check(len(lines) == 1, f"not one line: {run.err!r}")
    check(lines[0].startswith(f"cellblock: {variable}={value}: "),
          f"it does not begin with the value: {run.err!r}")
    check(any(each in lines[0] for each in advice),
          f"it does not say what to do: {run.err!r}")


def no_size(value):
    refused(preloaded([POOL_SIZE], pool=value), "CELLBLOCK_POOL", value,
            ["say for example 200M or 1G"])


def too_large(value):
    refused(preloaded([POOL_SIZE], pool=value), "CELLBLOCK_POOL", value,
            ["ask for less"])


def short_name(value):
    if value is None:
        return "unset"
    return repr(value) if len(value) < 30 else f"{value[:10]}_and_more"


for each in MODES:
    for size, whole in SIZES.items():
        case(a_size, each, size, whole,
             name=f"a_pool_of_{short_name(size)}_{each}")
for size in NO_SIZES:
    case(no_size, size, name=f"no_size_{short_name(size)}")
for size in TOO_LARGE:
    case(too_large, size, name=f"too_large_{short_name(size)}")


# The mode.
def no_mode(value):
    run = preloaded([POOL_SIZE], variables={"CELLBLOCK_HARDENED": value})
    refused(run, "CELLBLOCK_HARDENED", value, ["say 1"])


for setting in ("", "2", "yes", "true", "01", "1 ", "-1", "on"):
    case(no_mode, setting, name=f"no_mode_{setting!r}")


@case
def hardened_0_is_the_default_mode():
    crimes = fixture("crimes")
    for value, code in ((None, 0), ("0", 0), ("1", -6)):
        variables = {} if value is None else {"CELLBLOCK_HARDENED": value}
        run = preloaded([crimes, "overflow_by_one_byte", "100"],
                        variables=variables)
        equal(run.code, code, f"CELLBLOCK_HARDENED={value}")


# The content.
FILL_CASES = {"used_blocks": ("zeroed",), "grown_blocks": ("zeroed",),
              "calloc": (None, "uninitialized", "zeroed")}


def a_fill(mode, value, kind, is_zero):
    variables = {} if value is None else {"CELLBLOCK_FILL": value}
    run = preloaded([fixture("fill"), kind], mode=mode, variables=variables)
    said = b"zero\n" if is_zero else b"not zero\n"
    equal((run.code, run.out, run.err), (0, said, b""), "its end")


for each in MODES:
    for setting in (None, "uninitialized", "zeroed"):
        for kind, zeroed_by in FILL_CASES.items():
            # The hardened mode clears what is freed, whatever is asked for.
            zero = setting in zeroed_by
            if each == "hardened" and not zero:
                continue
            case(a_fill, each, setting, kind, zero,
                 name=f"{kind}_{setting}_{each}")


def no_fill(value):
    run = preloaded([POOL_SIZE], variables={"CELLBLOCK_FILL": value})
    refused(run, "CELLBLOCK_FILL", value, ["say zeroed or uninitialized"])


for setting in ("", "zero", "Zeroed", "zeroed ", "1", "0", "uninitialised"):
    case(no_fill, setting, name=f"no_fill_{setting!r}")


@case
def a_value_that_is_no_text_is_named():
    environment = preload_environment(pool=None)
    environment = {os.fsencode(name): os.fsencode(value)
                   for name, value in environment.items()}
    environment[b"CELLBLOCK_POOL"] = b"\xff\x01%s\n"
    run = execute([POOL_SIZE], env=environment)
    equal(run.code, 125, "exit code")
    contains(run.err, b"cellblock: CELLBLOCK_POOL=\xff\x01%s\n: ", "stderr")


@case
def an_address_space_limit_is_told():
    run = preloaded([POOL_SIZE], pool="1G", preexec_fn=lambda: (
        resource.setrlimit(resource.RLIMIT_AS, (300 * MIB, 300 * MIB))))
    refused(run, "CELLBLOCK_POOL", "1G", ["ask for less, or raise RLIMIT_AS"])
    run = preloaded([POOL_SIZE], pool="100M", preexec_fn=lambda: (
        resource.setrlimit(resource.RLIMIT_AS, (300 * MIB, 300 * MIB))))
    equal((run.code, run.out), (0, b"started 104857600\n"), "within the limit")


@case
def without_standard_error_the_code_is_the_same():
    run = execute([program("bash"), "-c", 'LD_PRELOAD=$LIBRARY exec "$0" 2>&-',
                   POOL_SIZE],
                  env={**preload_environment(pool="12Q"), "LD_PRELOAD": "",
                       "LIBRARY": preload_environment()["LD_PRELOAD"]})
    equal((run.code, run.out, run.err), (125, b"", b""), "its end")


@case
def what_a_program_starts_has_a_pool_of_its_own():
    run = preloaded([program("bash"), "-c", '"$0"; CELLBLOCK_POOL=1M "$0"; '
                     'CELLBLOCK_POOL=x "$0"; echo $?', POOL_SIZE], pool="50M")
    equal(run.out, b"started 52428800\nstarted 1048576\n125\n", "stdout")


@case
def what_a_program_sets_itself_counts_for_what_it_starts():
    code = ("import os, subprocess; os.environ['CELLBLOCK_POOL'] = '2M'; "
            "print(subprocess.run([__import__('sys').argv[1]], "
            "capture_output=True).stdout)")
    run = preloaded([program("python3"), "-I", "-c", code, POOL_SIZE])
    equal(run.out, b"b'started 2097152\\n'\n", f"stdout (stderr {run.err!r})")


@case
def a_file_without_the_variables_names_no_pool():
    # Nothing else in the environment is asked.
    environment = {"LD_PRELOAD": preload_environment()["LD_PRELOAD"],
                   "XCELLBLOCK_POOL": "1M", "CELLBLOCK_POOLX": "x"}
    run = execute([POOL_SIZE], env=environment)
    equal((run.code, run.out), (0, f"started {GIB}\n".encode()), "its end")


# A program with more rights than who starts it: as if nothing were set.
SETTINGS = ("CELLBLOCK_POOL=64K", "CELLBLOCK_POOL=x", "CELLBLOCK_HARDENED=x",
            "CELLBLOCK_FILL=x")


def not_told(run):
    equal((run.code, run.out, run.err), (0, f"started {GIB}\n".encode(), b""),
          "its end")


def a_secure_program_is_not_told(name, setting):
    env = dict([setting.split("=")])
    told = execute([fixture(name)], env=env)
    check(told.out != f"started {GIB}\n".encode(), "it is never told")
    not_told(execute([fixture("as_secure"), fixture(name)], env=env))


def a_set_uid_program_is_not_told(name, setting):
    copy = os.path.join(scratch(), "set_uid_" + name)
    shutil.copyfile(fixture(name), copy)
    os.chmod(copy, 0o4755)
    # Whatever directories it lies in.
    file = os.open(copy, os.O_RDONLY)
    not_told(execute([f"/proc/self/fd/{file}"], env=dict([setting.split("=")]),
                     user=65534, group=65534, extra_groups=[],
                     pass_fds=[file]))
    os.close(file)


for setting in SETTINGS:
    for name in ("pool_size_linked", "pool_size_static"):
        case(a_secure_program_is_not_told, name, setting,
             name=f"{name}_if_secure_is_not_told_{setting}")
        # Others can give no rights to a program; to them the kernel's word is
        # made up, above.
        if os.geteuid() == 0:
            case(a_set_uid_program_is_not_told, name, setting,
                 name=f"{name}_set_uid_is_not_told_{setting}")

main()
