#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Allocation before main, beside other libraries, and in programs that bring
their own: from the first moment on it is the pool that serves."""

from preload import (MODES, VARIABLES, case, check, contains, equal, execute,
                     fixture, library, main, names_of, preload_environment,
                     preloaded, program)

EARLY = fixture("early")
WRAPPER = fixture("libwrapper.so")
NEIGHBOUR = fixture("libneighbour.so")
LATE = fixture("liblate.so")

# The pool of 200 MiB has no room for 300 at any time.
SERVED = b"0 failures; refused: 1 1\n"


def both(function):
    """Registers a case in each mode."""
    for mode in MODES:
        case(function, mode, name=f"{function.__name__}_{mode}")
    return function


def ends_well(run, out=None, err=b""):
    equal((run.code, run.err), (0, err), f"exit code and stderr of {run.out!r}")
    if out is not None:
        equal(run.out, out, "stdout")


@both
def constructors_and_destructors_are_served(mode):
    ends_well(preloaded([EARLY], mode=mode), SERVED)


@both
def what_runs_before_all_constructors_is_served(mode):
    ends_well(preloaded([fixture("early_preinit")], mode=mode), SERVED)


@case
def what_runs_before_all_constructors_meets_wrong_settings():
    run = preloaded([fixture("early_preinit")], pool="12Q")
    equal(run.code, 125, f"exit code (stderr {run.err!r})")


@both
def binding_at_start_changes_nothing(mode):
    ends_well(preloaded([EARLY], mode=mode, variables={"LD_BIND_NOW": "1"}),
              SERVED)


@both
def the_loader_as_a_command_changes_nothing(mode):
    run = preloaded(["/lib64/ld-linux-x86-64.so.2", EARLY], mode=mode)
    ends_well(run, SERVED)


@both
def a_preload_by_the_loaders_option_is_one(mode):
    environment = preload_environment(mode)
    del environment["LD_PRELOAD"]
    run = execute(["/lib64/ld-linux-x86-64.so.2", "--preload", library(),
                   EARLY], env=environment)
    ends_well(run, SERVED)


@both
def a_wrapper_before_it_finds_it_by_dlsym(mode):
    run = preloaded([EARLY], mode=mode, before=[WRAPPER])
    ends_well(run, SERVED, b"wrapper: asked\n")


@both
def a_wrapper_behind_it_is_not_asked(mode):
    run = preloaded([EARLY], mode=mode, after=[WRAPPER])
    ends_well(run, SERVED, b"wrapper: not asked\n")


@both
def a_neighbour_before_it_is_served(mode):
    ends_well(preloaded([EARLY], mode=mode, before=[NEIGHBOUR]), SERVED)


@both
def a_neighbour_behind_it_is_served(mode):
    ends_well(preloaded([EARLY], mode=mode, after=[NEIGHBOUR]), SERVED)


@both
def neighbours_on_both_sides_and_a_wrapper(mode):
    run = preloaded([EARLY], mode=mode, before=[WRAPPER, NEIGHBOUR],
                    after=[LATE])
    ends_well(run, SERVED, b"wrapper: asked\n")


# Loaded late.
for each in MODES:
    for name in names_of(fixture("loads_late")):
        def loads_late(mode=each, name=name):
            run = preloaded([fixture("loads_late"), name, LATE], mode=mode)
            ends_well(run, f"ok {name}\n".encode())
        case(loads_late, name=f"{name}_{each}")

@both
def a_late_libstdcxx_is_found_where_memory_ends(mode):
    ends_well(preloaded([fixture("loads_cxx"), fixture("liblate_throws.so"),
                         "ThrowLate"], mode=mode), b"")


# In a small pool: all of it is taken.
@both
def a_late_libstdcxx_is_found_where_nothing_is_left(mode):
    ends_well(preloaded([fixture("loads_cxx"), fixture("liblate_throws.so"),
                         "ThrowWithNothingLeft"], mode=mode, pool="16M"), b"")


PYTHON_TAKES_ALL = """
import ctypes, sys
late = ctypes.CDLL(sys.argv[1])
print(late.ThrowWithNothingLeft())
"""


@both
def python_catches_bad_alloc_where_nothing_is_left(mode):
    run = preloaded([program("python3"), "-I", "-c", PYTHON_TAKES_ALL,
                     fixture("liblate_throws.so")], mode=mode, pool="32M")
    ends_well(run, b"0\n")


CTYPES = f"""
import ctypes, sqlite3, ssl, zlib
late = ctypes.CDLL({LATE!r})
libc = ctypes.CDLL(None, use_errno=True)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
blocks = [libc.malloc(1000 * n) for n in range(1, 100)]
print(all(blocks), len(set(blocks)))
for block in blocks: libc.free(block)
print(libc.malloc(1 << 40), ctypes.get_errno())
print(late.TouchLate(5))
"""


@both
def python_loads_libraries(mode):
    run = preloaded([program("python3"), "-I", "-c", CTYPES], mode=mode)
    ends_well(run, b"True 99\nNone 12\n20000\n")


# Programs that bring their own.
@both
def an_operator_new_of_the_programs_own_is_kept(mode):
    equal(execute([fixture("own_new")], env=VARIABLES).out,
          b"its own, balanced\n", "without the preload")
    ends_well(preloaded([fixture("own_new")], mode=mode),
              b"its own, balanced\n")


@both
def a_program_of_c_needs_no_libstdcxx(mode):
    ends_well(preloaded([fixture("plain")], mode=mode), b"fine\n")
    run = preloaded([fixture("plain")], mode=mode,
                    variables={"LD_TRACE_LOADED_OBJECTS": "1"})
    check(b"libcellblock_malloc" in run.out and b"libstdc++" not in run.out,
          f"it loads {run.out!r}")


# Linked with //allocator/malloc: no preload, the same environment.
def linked(name, mode, pool="200M"):
    environment = preload_environment(mode, pool)
    del environment["LD_PRELOAD"]
    return execute([fixture(name)], env=environment)


@both
def a_program_that_links_it_is_served(mode):
    ends_well(linked("early_linked", mode), SERVED)


@both
def a_program_that_links_it_obeys_the_pool(mode):
    ends_well(linked("early_linked", mode, "400M"),
              b"0 failures; refused: 0 0\n")
    run = linked("early_linked", mode, "12Q")
    equal(run.code, 125, "exit code")
    contains(run.err, b"CELLBLOCK_POOL=12Q", "stderr")


@both
def a_static_program_that_links_it_is_served(mode):
    ends_well(linked("early_static", mode), SERVED)


@both
def a_program_of_c_that_links_it_is_served(mode):
    ends_well(linked("plain_linked", mode), b"fine\n")


@both
def preloading_a_program_that_links_it_changes_nothing(mode):
    ends_well(preloaded([fixture("early_linked")], mode=mode), SERVED)


# In a full pool, whichever way libstdc++ is linked.
for name in ("throws_linked", "throws_static_libstdcxx", "throws_static"):
    for each in MODES:
        def bad_alloc_is_thrown(name=name, mode=each):
            ends_well(linked(name, mode, "8M"), b"thrown\n")
        case(bad_alloc_is_thrown, name=f"bad_alloc_in_{name}_{each}")

main()
