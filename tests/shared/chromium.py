"""A real browser for the tests of the page: headless Chromium, spoken to over a pipe (the DevTools protocol)."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--remote-debugging-pipe",
)  # fmt: skip
#: The browser reads commands from descriptor 3 and writes answers to 4.
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE = 60.0
"""Seconds to wait for an answer before the test fails; no measure of speed."""


def find_chromium():
    """The browser's path: $VIEWPROOF_CHROMIUM, else the first of NAMES on PATH; None where there is none."""
    given = os.environ.get("VIEWPROOF_CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser process and the pipe to it. Answers are matched to questions; events are kept by session."""

    def __init__(self, program, profile):
        commands, self._write = os.pipe()
        self._read, answers = os.pipe()
        # The pipes' own descriptors must not be those that they become.
        given = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (commands, answers)]
        self.process = subprocess.Popen(
            [sys.executable, "-ISc", LAUNCH, *map(str, given), program, *FLAGS, f"--user-data-dir={profile}"],
            pass_fds=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        for one in (commands, answers, *given):
            os.close(one)
        self._numbers = itertools.count(1)
        self._unread = b""
        self.events = []

    def ask(self, method, session=None, **params):
        """Send one command and give its result; the events that come first are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method, session):
        """Wait until an event of this name has come."""
        while not any(one.get("method") == method and one.get("sessionId") == session for one in self.events):
            self.events.append(self._next())

    def _next(self):
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"the browser said nothing for {PATIENCE} s"
            piece = os.read(self._read, 1 << 20)
            assert piece, "the browser is gone"
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def close(self):
        # Without its pipe the browser ends by itself.
        os.close(self._write)
        os.close(self._read)
        self.process.wait(PATIENCE)


class Page:
    """One tab, and everything that went wrong in it: exceptions, console errors, requests beyond the file itself."""

    def __init__(self, browser):
        self.browser = browser
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def open(self, path, fragment=""):
        self.url = path.as_uri() + fragment
        self.browser.events.clear()
        self.ask("Page.navigate", url=self.url)
        self.browser.wait_for("Page.loadEventFired", self.session)

    def run(self, program):
        """The value of a JavaScript expression; promises are awaited, exceptions fail the test."""
        done = self.ask("Runtime.evaluate", expression=program, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def choose(self, control, value):
        """Set a control of the form as a user does, and let the page follow."""
        self.run(
            f"(() => {{ const c = document.getElementById({json.dumps(control)}); c.value = {json.dumps(value)};"
            "c.dispatchEvent(new Event('input', {bubbles: true}));"
            "c.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )
        self.run("new Promise((done) => setTimeout(done, 200))")

    def press(self, key, code=0):
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def scheme(self, name):
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def size(self, width, height, *, mobile=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def shot(self, path, *, whole=False):
        """Write a picture of what is seen, for a person who mends the page."""
        shown = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shown["data"]))

    def wrongs(self):
        """Script errors, console errors and requests that left the file, since the page was opened."""
        found = []
        for one in self.browser.events:
            if one.get("sessionId") != self.session:
                continue
            params = one.get("params", {})
            match one.get("method"):
                case "Runtime.exceptionThrown" | "Log.entryAdded":
                    found.append(params)
                case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                    found.append(params)
                case "Network.requestWillBeSent":
                    url = params["request"]["url"]
                    if not url.startswith("data:") and url.partition("#")[0] != self.url.partition("#")[0]:
                        found.append(url)
        return found
