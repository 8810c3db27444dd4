#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/service from outside: clients that are slow, many, or gone."""

import os
import re
import signal
import socket
import time

from service_process import (Service, good_png, pixels_of, png,
                             post, read_all, status_of)
from harness import case, check, contains, equal, main

LINE = b"GET /healthz HTTP/1.1\r\n"


@case
def pipelines_are_served_in_order():
    with Service() as service:
        file = good_png()
        answer = service.send(post(file) + LINE + b"\r\n" +
                              post(b"not a picture") + b"\x01garbage\r\n\r\n")
        equal(re.findall(rb"HTTP/1\.1 (\d+)", answer),
              [b"200", b"200", b"422", b"400"], "statuses")
        check(pixels_of(64, 48) in answer, "no picture")


@case
def a_client_that_is_told_to_go_on_is_served():
    with Service() as service, service.connect() as client:
        file = good_png()
        request = post(file, b"Expect: 100-continue\r\nConnection: close\r\n")
        client.sendall(request[:-len(file)])
        contains(client.recv(1000), b"100 Continue", "first answer")
        client.sendall(file)
        equal(status_of(read_all(client)), 200, "answer")


@case
def a_half_closed_connection_gets_its_answer():
    with Service() as service, service.connect() as client:
        client.sendall(post(good_png()))
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client)
        equal(status_of(answer), 200, "status")
        check(answer.endswith(pixels_of(64, 48)), "no picture")


@case
def a_client_that_goes_away_is_logged():
    with Service() as service:
        with service.connect() as client:
            client.sendall(post(good_png())[:500])
        line = service.await_log(lambda l: l["route"] == "decode")
        equal(line["status"], 400, "log")
        equal(service.decode(good_png()).status, 200, "a good file after it")


def slow_client(head, trickle, statuses):
    """Sends `head`, and then a byte now and then for as long as it may."""
    with Service("--head-ms=1500") as service:
        with service.connect() as client:
            client.sendall(head)
            began = time.monotonic()
            client.settimeout(0.1)
            answer = b""
            while time.monotonic() < began + 60:
                try:
                    part = client.recv(65536)
                    answer += part
                    if not part:
                        break
                except TimeoutError:
                    try:
                        client.sendall(trickle)
                    except ConnectionError:
                        break
                except ConnectionError:
                    break
            took = time.monotonic() - began
        check(took < 50, f"it was borne with for {took} s")
        check(status_of(answer) in statuses, f"got {answer[:60]}")
        equal(service.decode(good_png()).status, 200, "a good file after it")


for name, head, trickle, statuses in (
        ("without_a_line", b"GET", b"x", {408}),
        ("without_an_end_of_lines", LINE, b"a: b\r\n", {400, 408}),
        ("silent_in_its_lines", LINE, b"", {400, 408}),
        ("without_its_file", post(bytes(5000))[:-4990], b"x", {408}),
        ("silent_in_its_file", post(bytes(5000))[:-4990], b"", {408})):
    case(slow_client, head, trickle, statuses, name="slow_client_" + name)


# More than the kernel holds for a socket.
LARGE = png(2000, 2000, raw=bytes(2000 * 8001))


def places_are_for_others(sent):
    """As many clients as there are places have sent so much, and stall."""
    with Service("--workers=1", "--queue=2") as service:
        slow = [service.connect() for _ in range(3)]
        for client in slow:
            client.sendall(sent)
        # With the one that asks. They may have been turned out before, too.
        service.await_metrics(
            lambda m: m["service_requests_begun"] >= 4 or
            m['service_requests_total{status="4xx"}'] > 0)
        for _ in range(5):
            equal(service.decode(good_png()).status, 200, "a good file")
        for client in slow:
            client.close()


for name, sent in (
        ("half_a_line", b"GET /"),
        ("one_byte_of_many", post(bytes(5000))[:-4999]),
        ("one_byte_of_very_many", post(bytes(8 << 20))[:1 - (8 << 20)])):
    case(places_are_for_others, sent,
         name=f"clients_that_stall_hold_no_places_{name}")


@case
def clients_that_do_not_read_hold_no_places():
    with Service("--workers=1", "--queue=2") as service:
        slow = [service.connect() for _ in range(3)]
        for client in slow:
            client.sendall(post(LARGE))
        service.await_metrics(
            lambda m: m['service_decodes_total{verdict="clean"}'] == 3)
        for _ in range(5):
            equal(service.decode(good_png()).status, 200, "a good file")
        for line in service.await_logs(
                lambda l: l.get("file_bytes") == len(LARGE), len(slow)):
            check(line["bytes_out"] < 16_000_000, "it was all sent")
        for client in slow:
            client.close()


@case
def a_full_queue_is_told_and_all_else_goes_on():
    with Service("--workers=1", "--queue=2") as service:
        file = good_png()
        waiting = [service.connect() for _ in range(3)]
        os.kill(service.broker, signal.SIGSTOP)  # so that nothing is decoded
        for client in waiting:
            client.sendall(post(file, b"Connection: close\r\n"))
        service.await_metrics(lambda m: m["service_queue_depth"] == 2)
        answer = service.decode(file)
        equal(answer.status, 503, "status")
        equal(answer.headers["Retry-After"], "1", "Retry-After")
        contains(answer.json()["error"], "waiting", "words")
        equal(service.ask("GET", "/healthz").status, 200, "healthz")
        line = service.await_log(lambda l: l["status"] == 503)
        equal(line["route"], "decode", "log")
        equal(service.metrics()['service_requests_total{status="5xx"}'], 1,
              "metrics")
        os.kill(service.broker, signal.SIGCONT)
        for client in waiting:
            equal(status_of(read_all(client)), 200, "one that waited")
            client.close()
        equal(service.decode(file).status, 200, "after it")


@case
def one_connection_too_many_is_told():
    with Service("--connections=4") as service:
        held = [service.connect() for _ in range(4)]
        for client in held:
            client.sendall(LINE + b"\r\n")
            contains(client.recv(10_000), b"200 OK", "one that is held")
        with service.connect() as client:
            answer = read_all(client)
        equal(status_of(answer), 503, "status")
        contains(answer, b"Retry-After: 1", "answer")
        for client in held:
            client.close()
        for _ in range(600):  # they are let go soon
            answer = service.decode(good_png())
            if answer.status == 200:
                break
            time.sleep(0.05)
        equal(answer.status, 200, "after it")


if __name__ == "__main__":
    main()
