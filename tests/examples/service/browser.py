# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven through chromedriver by the WebDriver protocol."""

import atexit
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from harness import check

_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    # Nothing but the service is asked for anything.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Browser:
    """One window; use it by `with`."""

    def __init__(self):
        for program, package in (("chromium", "chromium"),
                                 ("chromedriver", "chromium-driver")):
            check(os.access("/usr/bin/" + program, os.X_OK),
                  f"/usr/bin/{program} is missing: apt-get install {package}")
        # Not below TEST_TMPDIR: the path of a socket in it has 107 bytes at most.
        self._home = tempfile.mkdtemp(prefix="chromium.", dir="/tmp")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._driver = subprocess.Popen(
            ["/usr/bin/chromedriver", f"--port={self._port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "HOME": self._home,
                 "TMPDIR": self._home})
        try:
            self._session = self._start()
        except BaseException:
            self._end()
            raise

    def _start(self):
        for _ in range(300):
            try:
                self._call("GET", "/status")
                break
            except OSError:
                time.sleep(0.1)
        options = {"binary": "/usr/bin/chromium", "args": _FLAGS + [
            "--user-data-dir=" + os.path.join(self._home, "profile")]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL"}}
        session = self._call("POST", "/session",
                             {"capabilities": {"alwaysMatch": wanted}})
        return "/session/" + session["sessionId"]

    def _end(self):
        # The driver and all that it has started.
        try:
            os.killpg(self._driver.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._driver.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        try:
            self._call("DELETE", self._session)
        except OSError:
            pass
        self._end()

    def _call(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            check(False, f"{method} {path}: {error.read()[:500]}")

    def _post(self, path, body):
        return self._call("POST", self._session + path, body)

    def forget(self):
        """What the last page left."""
        self._post("/url", {"url": "about:blank"})
        for command, parameters in (
                ("Emulation.clearDeviceMetricsOverride", {}),
                ("Emulation.setScriptExecutionDisabled", {"value": False}),
                ("Emulation.setEmulatedMedia", {"features": []})):
            self._post("/goog/cdp/execute",
                       {"cmd": command, "params": parameters})
        self.console()

    def open(self, url, width, height):
        """As on a screen of that size, in CSS pixels."""
        self._post("/goog/cdp/execute", {
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": width, "height": height, "mobile": width < 500,
                       "deviceScaleFactor": 1}})
        self._post("/url", {"url": url})

    def run(self, script, *arguments):
        return self._post("/execute/sync",
                          {"script": script, "args": list(arguments)})

    def until(self, script, *arguments):
        """What the script returns, once that is true."""
        for _ in range(200):
            value = self.run(script, *arguments)
            if value:
                return value
            time.sleep(0.1)
        check(False, f"it never came: {script}")

    def choose(self, css, path):
        """A file, in an input."""
        element = self._post("/element", {"using": "css selector",
                                          "value": css})
        self._post(f"/element/{next(iter(element.values()))}/value",
                   {"text": path})

    def console(self):
        """Warnings and errors since it was asked last."""
        return [entry for entry in self._post("/se/log", {"type": "browser"})
                if entry["level"] in ("WARNING", "SEVERE")]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(
                self._call("GET", self._session + "/screenshot")))


_shared = None


def _end_shared():
    global _shared
    if _shared is not None:
        _shared.__exit__()
        _shared = None


@contextlib.contextmanager
def shared_browser():
    """One for all cases of a test: to start it takes longer than most of them.
    Whoever fails leaves a new one to the next."""
    global _shared
    if _shared is None:
        _shared = Browser()
        atexit.register(_end_shared)
    try:
        _shared.forget()
        yield _shared
    except BaseException:
        _end_shared()
        raise
