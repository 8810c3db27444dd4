#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What a jailed program may read: the system's data, what its arguments name,
--ro and --rw; and nothing else, by no way round.
"""

import errno
import os
import shutil
import subprocess

from harness import (case, check, contains, equal, execute, fixture, jail,
                     jailrun_path, main, program, scratch,
                     scratch_file)

TRY = fixture("try_files")


def tree(name):
    """A directory with a file, and beside it a secret."""
    root = os.path.join(scratch(), name)
    for folder in ("given/deep", "kept"):
        os.makedirs(os.path.join(root, folder))
    for path in ("given/file", "given/deep/file", "kept/secret"):
        with open(os.path.join(root, path), "w") as file:
            file.write("text")
    return root


def answers(lines, options=(), words=(), **more):
    run = jail([TRY, *words], options=options,
               stdin="".join(line + "\n" for line in lines).encode(), **more)
    run.expect(0, "clean")
    found = run.out.decode().splitlines()
    equal(len(found), len(lines), "answers")
    return found


def expect(wanted, options=(), words=(), **more):
    """`wanted`: what each line of the fixture's input is answered with."""
    for line, answer in zip(wanted, answers(list(wanted), options, words,
                                            **more)):
        equal(answer, wanted[line], line)


@case
def system_data_is_read_and_nothing_else():
    root = tree("default")
    wanted = {
        "read /usr/bin/env": "ok",
        "list /usr/share": "ok",
        "list /lib": "ok",
        "read /etc/passwd": "ok",
        "read /etc/ld.so.cache": "ok",
        "read /dev/null": "ok",
        "read /dev/zero": "ok",
        "read /dev/urandom": "ok",
        "read /proc/cpuinfo": "ok",
        "read /proc/meminfo": "ok",
        "read /proc/self/maps": "ok",
        "read /proc/self/status": "ok",
        "list /proc/self/fd": "ok",
        "read /etc/shadow": "EACCES",
        "read /etc/shadow-": "EACCES",
        "read /etc/hostname": "EACCES",
        "list /etc": "EACCES",
        "list /": "EACCES",
        "list /proc": "EACCES",
        "list /sys": "EACCES",
        "list /dev": "EACCES",
        "list /tmp": "EACCES",
        "list /root": "EACCES",
        "list /home": "EACCES",
        "read /proc/self/mountinfo": "EACCES",
        "read /proc/self/net/tcp": "EACCES",
        "read /proc/version": "EACCES",
        f"read {root}/given/file": "EACCES",
        f"read {root}/kept/secret": "EACCES",
        f"list {root}/given": "EACCES",
    }
    # What is not on this machine, or what an ordinary user may not read anyway.
    for line in list(wanted):
        if not os.path.exists(line.split()[1]):
            del wanted[line]
    expect(wanted)


@case
def null_can_be_written_to_and_no_other_device():
    expect({"both /dev/null": "ok", "write /dev/null": "ok",
            "write /dev/./null": "EROFS", "write /dev/zero": "EROFS",
            "write /dev/full": "EROFS", "both /usr/bin/env": "EROFS"})
    expect({"both /dev/null": "ok", "write /dev/null": "ok",
            "write /dev/./null": "ok", "write /dev/zero": "EACCES",
            "write /dev/full": "EACCES"}, ["--rw=" + tree("null")])


NULL = """
import fcntl, os
for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
              os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK):
    file = os.open("/dev/null", flags)
    assert os.write(file, b"word") == 4 and not os.get_inheritable(file)
    print(file, fcntl.fcntl(file, fcntl.F_GETFL) & ~0o100000)
    os.close(file)
for flags in (os.O_CREAT | os.O_EXCL, os.O_DIRECTORY, os.O_SYNC):
    try:
        os.open("/dev/null", os.O_WRONLY | flags)
    except OSError as error:
        print(error.errno)
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_WRONLY))
except OSError as error:
    print(error.errno)
"""


@case
def null_is_as_it_was_asked_for():
    run = jail([program("python3"), "-I", "-c", NULL]).expect(0, "clean")
    said = run.out.split()
    kinds = [os.O_WRONLY, os.O_RDWR, os.O_WRONLY,
             os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK]
    equal([int(word) for word in said[1:8:2]], kinds, "flags")
    equal(len(set(said[0:8:2])), 1, "the lowest number that is free")
    equal([int(word) for word in said[8:]],
          [errno.EROFS] * 3 + [errno.EMFILE], "errnos")
    # Its shell opens it by what `>` is in all of them.
    run = jail(["/usr/bin/dash", "-c", "echo word >/dev/null; echo done"])
    equal(run.expect(0, "clean").out, b"done\n", "stdout")
    equal([call for call in run.report["calls"]["refused"]
           if call["errno"] == "EROFS"], [], "calls.refused")


@case
def null_is_not_given_where_nothing_is_opened():
    run = jail([TRY], options=["--preset=service"],
               stdin=b"write /dev/null\n").expect(0, "clean")
    check(run.out in (b"EACCES\n", b"EROFS\n"), f"stdout: {run.out}")


@case
def report_names_what_was_to_be_written():
    run = jail(["/usr/bin/dash", "-c", "echo word >/tmp/new"]).expect(2)
    contains(run.err, b"was answered with EROFS once, first for /tmp/new; to "
             b"write files, add --rw=PATH", "stderr")
    refused, = [call for call in run.report["calls"]["refused"]
                if call["errno"] == "EROFS"]
    equal(refused["path"], "/tmp/new", "path")


@case
def no_way_leads_round():
    root = tree("round")
    os.symlink("../kept/secret", f"{root}/given/link")
    os.symlink("/etc/shadow", f"{root}/given/shadow")
    os.symlink("/", f"{root}/given/root")
    other = subprocess.Popen(["/usr/bin/sleep", "60"])
    try:
        expect(
            {
                f"read {root}/given/file": "ok",
                f"reopen {root}/given/file": "ok",
                f"reopen {root}/kept/secret": "EACCES",
                f"reopen {root}/given/link": "EACCES",
                f"read {root}/given/link": "EACCES",
                f"read {root}/given/shadow": "EACCES",
                f"list {root}/given/root": "EACCES",
                f"read {root}/given/root/etc/shadow": "EACCES",
                f"read {root}/given/../kept/secret": "EACCES",
                f"read {root}/given/deep/../../kept/secret": "EACCES",
                "list /proc/self/root": "EACCES",
                "read /proc/self/root/etc/shadow": "EACCES",
                f"read /proc/self/root{root}/kept/secret": "EACCES",
                "list /proc/self/cwd": "EACCES",
                "read /proc/self/task/self/maps": "ENOENT",
                f"list /proc/{other.pid}/root": "EACCES",
                f"read /proc/{other.pid}/root/etc/shadow": "EACCES",
                f"list /proc/{other.pid}/cwd": "EACCES",
                f"read /proc/{other.pid}/environ": "EACCES",
                f"read /proc/{other.pid}/maps": "EACCES",
                f"read /proc/{other.pid}/status": "EACCES",
                f"read /proc/{os.getpid()}/status": "EACCES",
            },
            ["--ro=" + root + "/given"])
    finally:
        other.kill()
        other.wait()


@case
def nothing_is_moved_to_where_it_could_be_read():
    root = tree("moved")
    refused = {
        f"rename {root}/kept/secret {root}/given/stolen",
        f"link {root}/kept/secret {root}/given/stolen",
        f"rename {root}/kept {root}/given/stolen",
        f"exchange {root}/kept/secret {root}/given/file",
        f"exchange {root}/given/file {root}/kept/secret",
        f"exchange {root}/given/deep {root}/kept",
        f"relink {root}/kept/secret {root}/given/stolen",
    }
    lines = sorted(refused)
    for line, answer in zip(lines, answers(lines, [f"--rw={root}/given"])):
        check(answer in ("EACCES", "EXDEV", "EPERM"), f"{line}: {answer}")
    check(not os.path.exists(f"{root}/given/stolen"), "something was moved")
    # A symbolic link can be made, and leads nowhere.
    expect(
        {
            f"symlink {root}/kept/secret {root}/given/stolen": "ok",
            f"read {root}/given/stolen": "EACCES",
            f"write {root}/given/stolen": "EACCES",
        }, [f"--rw={root}/given"])
    equal(open(f"{root}/kept/secret").read(), "text", "the secret")


@case
def arguments_name_what_is_read():
    root = tree("named")
    for words in ([f"{root}/given"], ["--from=" + root + "/given"],
                  ["if=" + root + "/given"],
                  ["x", f"{root}/given/file", f"{root}/given/deep"]):
        expect(
            {
                f"read {root}/given/file": "ok",
                f"read {root}/given/deep/file": "ok",
                f"read {root}/kept/secret": "EACCES",
            }, words=words)
    # A file is not its directory.
    expect(
        {
            f"read {root}/given/file": "ok",
            f"list {root}/given": "EACCES",
            f"read {root}/given/deep/file": "EACCES",
        }, words=[f"{root}/given/file"])


@case
def relative_names_are_of_the_current_directory():
    root = tree("relative")
    expect({"read given/file": "ok", "read kept/secret": "EACCES"},
           words=["given"], cwd=root)
    expect({"read file": "ok", "read ../kept/secret": "EACCES", "list .": "ok"},
           words=["."], cwd=root + "/given")
    expect({"read ../kept/secret": "ok"}, words=["../kept/secret"],
           cwd=root + "/given")


@case
def what_is_too_much_is_not_granted_by_a_name():
    home = tree("home")
    environment = dict(os.environ, HOME=home)
    secret = {f"read {home}/kept/secret": "EACCES"}
    for words in (["/"], [home], [home + "/"], [home + "/given/.."],
                  [os.path.dirname(home)], ["--dir=/"], ["/proc"], ["/sys"],
                  ["/dev"], ["/proc/self/root"]):
        expect({**secret, "list /": "EACCES", "list /proc": "EACCES",
                "list /sys": "EACCES", "list /dev": "EACCES"}, words=words,
               env=environment)
    expect(secret, words=["."], env=environment, cwd=home)
    # Below it, and by --ro, it is.
    expect({f"read {home}/kept/secret": "ok"}, words=[home + "/kept"],
           env=environment)
    expect({f"read {home}/kept/secret": "ok"}, ["--ro=" + home],
           env=environment)
    expect({f"read {home}/kept/secret": "ok", "list /": "ok"}, ["--ro=/"])


@case
def what_appears_later_below_a_directory_is_read():
    root = tree("later")
    child = subprocess.Popen(
        [jailrun_path(), "--pool=16M", f"--ro={root}/given", TRY],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child.stdin.write(f"read {root}/given/new/file\n")
    child.stdin.flush()
    equal(child.stdout.readline(), "ENOENT\n", "before it is there")
    os.makedirs(f"{root}/given/new")
    with open(f"{root}/given/new/file", "w") as file:
        file.write("text")
    # One that is moved in is below it from then on.
    os.rename(f"{root}/kept/secret", f"{root}/given/moved")
    out, _ = child.communicate(
        f"read {root}/given/new/file\nread {root}/given/moved\n")
    equal(out, "ok\nok\n", "afterwards")
    equal(child.returncode, 0, "exit code")


@case
def standard_input_can_be_opened_again():
    root = tree("stdin")
    script = scratch_file("lines", b"read /dev/stdin\nread /proc/self/fd/0\n"
                          + f"read {root}/kept/secret\n".encode())
    with open(script, "rb") as source:
        run = jail([TRY], stdin=source).expect(0, "clean")
    equal(run.out, b"ok\nok\nEACCES\n", "answers")


@case
def a_passed_descriptor_is_what_it_was_opened_on():
    root = tree("passed")
    fd = os.open(f"{root}/kept", os.O_RDONLY)
    try:
        expect({f"read /proc/self/fd/{fd}/secret": "ok",
                f"read {root}/given/file": "EACCES"}, pass_fds=(fd,))
    finally:
        os.close(fd)


@case
def a_place_that_was_not_opened_to_be_read_is_not_read():
    root = tree("place")
    fd = os.open(f"{root}/kept", os.O_PATH)
    try:
        expect({f"read /proc/self/fd/{fd}/secret": "EACCES",
                f"read {root}/kept/secret": "EACCES"}, pass_fds=(fd,))
    finally:
        os.close(fd)


@case
def a_missing_path_is_refused():
    for option in ("--ro", "--rw"):
        run = jail([TRY], options=[option + "=/nonexistent/x"])
        run.expect(125, "setup_failed")
        equal(run.error_lines()[0],
              f"jailrun: {option}: /nonexistent/x: No such file or directory",
              "the first line")
        equal(run.out, b"", "main ran")


@case
def the_report_names_what_was_refused():
    root = tree("hint")
    script = scratch_file("import.py", b"import sibling\n")
    scratch_file("sibling.py", b"print('found')\n")
    run = jail([program("python3"), script]).expect(1, "program_error")
    folder = os.path.dirname(script)
    contains(run.err.decode(),
             f"jailrun:   note: opening {folder} was refused; to let it be "
             f"read, add --ro={folder}\n", "stderr")
    check(folder in run.report["calls"]["first_refused_paths"],
          "calls.first_refused_paths")
    run = jail([program("python3"), script], options=["--ro=" + folder])
    equal(run.expect(0, "clean").out, b"found\n", "stdout")
    # What an option covers and its mode forbids needs no other option.
    closed = scratch_file("closed", b"text", mode=0)
    for options, words in ((["--ro=" + closed], [TRY]), ([], [TRY, closed])):
        run = jail(words, options=[*options, "--report=always"],
                   stdin=f"read {closed}\n".encode())
        equal(run.expect(0, "clean").out, b"EACCES\n", "its mode")
        contains(run.err.decode(), f"opening {closed} was refused, though an "
                 "option covers it", "stderr")
        check(b"add --ro" not in run.err, f"stderr: {run.err}")
    # Through every function of libc that opens a file by its name.
    run = jail([TRY], stdin=f"all {root}/kept\n".encode())
    equal(run.expect(0, "clean").out, b"EACCES\n", "each function's answer")
    equal(run.report["calls"]["first_refused_paths"], [f"{root}/kept"],
          "paths that are shown")
    equal(run.report["calls"]["refused_paths"], 11, "calls.refused_paths")


@case
def posture_says_what_is_read():
    root = tree("posture")
    run = jail([TRY, f"{root}/given/file"],
               options=[f"--ro={root}/kept", f"--rw={root}/given/deep"])
    posture = run.expect(0, "clean").report["posture"]
    equal(posture["named_paths"], [f"{root}/given/file"], "named_paths")
    equal(posture["readable"], [f"{root}/kept"], "readable")
    equal(posture["writable"], [f"{root}/given/deep"], "writable")
    equal(posture["landlock_read"],
          {"state": "enforced",
           "detail": "reading only the system's data; what the arguments name: "
                     f"{root}/given/file; --ro: {root}/kept; --rw: "
                     f"{root}/given/deep; below a directory also what appears "
                     "there later"}, "landlock_read")


@case
def libraries_are_loaded_from_where_the_loader_finds_them():
    folders = [os.path.join(scratch(), "libraries." + name)
               for name in ("beside", "elsewhere", "program")]
    for folder in folders:
        os.makedirs(folder)
    beside, elsewhere, alone = folders
    for source, targets in (
            (fixture("explain_library.so"), (beside, elsewhere)),
            (fixture("explain_crimes"), (beside, alone))):
        for target in targets:
            shutil.copy(source, target)
    library = elsewhere + "/explain_library.so"
    for command, more in (
            ([beside + "/explain_crimes"], {}),
            ([alone + "/explain_crimes"], {"LD_LIBRARY_PATH": elsewhere}),
            ([alone + "/explain_crimes"], {"LD_PRELOAD": library})):
        environment = dict(os.environ, **more)
        plain = execute(command, env=environment)
        jailed = jail(command, env=environment)
        equal(jailed.code, plain.code, f"exit code with {more}")
        equal(jailed.report["posture"]["locked"], True, f"locked with {more}")
        equal(jailed.report["posture"]["landlock_read"]["state"], "enforced",
              f"landlock_read with {more}")
    # What was loaded from there opens nothing else there.
    scratch_file("libraries.elsewhere/other", b"text")
    expect({f"read {elsewhere}/other": "EACCES"},
           env=dict(os.environ, LD_PRELOAD=library))


if __name__ == "__main__":
    main()
