"""The test's side of `warm_server.py`."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SERVER = Path(__file__).with_name("warm_server.py")
#: Seconds that a command or a script may take, with the loading before the first.
LIMIT = 300


class Warm:
    """A process that has loaded torch, or viewproof as well, and forks one for each command and script."""

    def __init__(self, loaded: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", SERVER, loaded],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip

    def viewproof(self, folder: Path, *arguments: str, stdout: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `viewproof` with these arguments; `stdout` is another place for what it prints (see the server)."""
        return self._run(None, folder, arguments, stdout)

    def script(self, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script in the folder in which it lies."""
        return self._run(str(path), path.parent, arguments, None)

    def _run(
        self, script: str | None, folder: Path, arguments: tuple[str, ...], stdout: str | None
    ) -> subprocess.CompletedProcess[str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with TemporaryDirectory(prefix="warm-") as streams:
            out, err = Path(streams, "out"), Path(streams, "err")
            asked = {"script": script, "arguments": arguments, "folder": str(folder),
                     "stdout": stdout or str(out), "stderr": str(err)}  # fmt: skip
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            if not select.select([self.process.stdout], [], [], LIMIT)[0]:
                os.killpg(self.process.pid, signal.SIGKILL)
            status = self.process.stdout.readline()
            assert status, f"{arguments}: no answer within {LIMIT} s; the process that forks: {self.process.wait()}"
            said = [path.read_text(encoding="utf-8") if path.exists() else "" for path in (out, err)]
        return subprocess.CompletedProcess(arguments, int(status), *said)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        # What a test has forked may hold the other end of its pipe, so that it never hears of this.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=60)
        self.process.stdout.close()
