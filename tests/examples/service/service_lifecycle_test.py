#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/service from outside: its processes, their locks, their
workers and their end."""

import os
import signal
import subprocess
import threading
import time

from service_process import (Service, good_png, pixels_of, png,
                             post, read_all, status_of)
from harness import case, check, contains, equal, main, runfile

LINE = b"GET /healthz HTTP/1.1\r\n"


@case
def it_ends_when_what_has_begun_is_answered():
    for end in (signal.SIGTERM, signal.SIGINT):
        with Service("--head-ms=60000") as service, \
                service.connect() as client, service.connect() as idle:
            request = post(good_png())
            client.sendall(request[:10])
            service.await_metrics(lambda m: m["service_requests_begun"] == 2)
            idle.sendall(LINE + b"\r\n")
            answer = b""
            while not answer.endswith(b"\r\n\r\nok\n"):
                part = idle.recv(10_000)
                check(part, f"the idle one was closed after {answer}")
                answer += part
            service.process.send_signal(end)
            equal(read_all(idle), b"", "the idle one")
            try:
                service.connect().close()
                check(False, "it still takes connections")
            except ConnectionRefusedError:
                pass
            check(service.process.poll() is None, "it did not wait")
            client.sendall(request[10:])
            answer = read_all(client)
            equal(status_of(answer), 200, "the one that had begun")
            check(answer.endswith(pixels_of(64, 48)), "no picture")
            equal(service.process.wait(20), 0, "exit code")
            contains(service.errors(), "ended", "its words")
            equal(service.workers(), set(), "workers")


@case
def an_end_that_does_not_come_is_as_long_as_requests_may_take():
    with Service("--workers=1", "--queue=0", "--deadline-ms=100",
                 "--head-ms=100", "--body-ms=100",
                 "--write-ms=100") as service:
        os.kill(service.front, signal.SIGSTOP)
        began = time.monotonic()
        equal(service.stop(), 1, "exit code")
        check(time.monotonic() - began > 5, "what had begun had no time")
        contains(service.errors(), "the front does not end; it is killed",
                 "words")


@case
def too_few_descriptors_are_named():
    run = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -n 200; exec "$@"', "sh",
         runfile("examples/service/service"), "--port=0"],
        capture_output=True, timeout=30, check=False)
    equal(run.returncode, 1, "exit code")
    contains(run.stderr.decode(), "RLIMIT_NOFILE is 200 and ", "words")


@case
def nothing_can_be_read_or_gained():
    with Service() as service:
        path = f"/proc/{service.broker}/status"
        with open(path, encoding="ascii") as file:
            contains(file.read(), "NoNewPrivs:\t1\n", "the broker")
        if os.geteuid() == 0:  # a locked front shows them to nobody else
            equal(os.readlink(f"/proc/{service.front}/fd/0"), "/dev/null",
                  "standard input")


@case
def every_thread_of_the_front_is_locked():
    with Service() as service:
        tasks = os.listdir(f"/proc/{service.front}/task")
        equal(len(tasks), service.threads, "threads")
        check(len(tasks) > 20, "so few threads")
        for task in tasks:
            path = f"/proc/{service.front}/task/{task}/status"
            with open(path, encoding="ascii") as file:
                status = dict(line.split(":\t", 1) for line in
                              file.read().splitlines() if ":\t" in line)
            equal((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"),
                  f"thread {task}")


@case
def the_broker_has_no_http():
    with Service() as service:
        held = set()
        for fd in os.listdir(f"/proc/{service.broker}/fd"):
            try:
                held.add(os.readlink(f"/proc/{service.broker}/fd/{fd}"))
            except FileNotFoundError:
                pass
        with open("/proc/net/tcp", encoding="ascii") as file:
            rows = [row.split() for row in file.read().splitlines()[1:]]
        inodes = {f"socket:[{row[9]}]" for row in rows
                  if row[1].endswith(f":{service.port:04X}")}
        check(inodes, "nobody listens")
        equal(held & inodes, set(), "its sockets")
        with open(f"/proc/{service.broker}/maps", encoding="ascii") as file:
            maps = file.read()
        for name in ("httplib", "libssl", "libcrypto"):
            check(name not in maps, f"{name} is in the broker")
        contains(maps, "libpng", "the broker's libraries")


@case
def who_kills_a_worker_does_not_fail_its_file():
    with Service("--worker-pool=48M") as service:
        # Some 100 ms of work.
        file = png(2000, 2000, raw=b"\0" * (2000 * 8001))
        attempts = []
        for _ in range(30):
            answers = []
            thread = threading.Thread(target=lambda answers=answers:
                                      answers.append(service.decode(
                                          file, Accept="application/json")))
            thread.start()
            time.sleep(0.03)
            for worker in service.workers():
                try:
                    os.kill(worker, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            thread.join()
            equal(answers[0].status, 200, answers[0].body)
            attempts.append(answers[0].json()["attempts"])
            if max(attempts) > 1:
                break
        check(max(attempts) > 1, f"none was tried again: {attempts}")
        check(service.metrics()["service_decode_retries_total"] >= 1, "metrics")


@case
def a_small_pool_exhausts_each_file_and_the_service_goes_on():
    with Service("--worker-pool=256K") as service:
        file = png(400, 300, pixels_of(400, 300), interlaced=0)
        big = png(400, 300, interlaced=1, raw=bytes(400 * 300 * 4 + 2000))
        for _ in range(20):
            equal(service.decode(big).json()["verdict"], "exhausted", "verdict")
        equal(service.ask("GET", "/healthz").status, 200, "healthz")
        check(service.decode(file).status in (200, 422), "status")
        figures = service.metrics()
        check(figures["service_worker_pool_short_by_bytes"] > 0, "short by")


@case
def if_the_front_dies_the_service_says_so_and_ends():
    with Service() as service:
        os.kill(service.front, signal.SIGKILL)
        equal(service.process.wait(20), 1, "exit code")
        contains(service.errors(), "the front was ended by signal 9", "words")


@case
def if_the_broker_dies_so_does_the_front():
    with Service() as service:
        os.kill(service.broker, signal.SIGKILL)
        service.process.wait(20)
        for _ in range(100):
            if not os.path.exists(f"/proc/{service.front}"):
                return
            with open(f"/proc/{service.front}/stat", encoding="ascii") as file:
                if file.read().rsplit(") ", 1)[1][0] == "Z":
                    return
            time.sleep(0.05)
        check(False, "the front lives on")


@case
def a_port_that_is_taken_is_named():
    with Service() as service:
        second = service.process.args[:1] + [f"--port={service.port}"]
        run = subprocess.run(second, capture_output=True, timeout=30,
                             check=False)
        equal(run.returncode, 1, "exit code")
        contains(run.stderr.decode(), f"port {service.port}: Address already "
                 "in use; give one that is free", "words")


if __name__ == "__main__":
    main()
