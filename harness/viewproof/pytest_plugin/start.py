"""Starts the engine from one process of a pytest session, waits for its end, and reports the run's result."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from viewproof.engine.environment import check_device
from viewproof.errors import UsageError
from viewproof.pytest_plugin.collect import RuleItem
from viewproof.pytest_plugin.engine import Request
from viewproof.pytest_plugin.journal import ENDED, LOG, REQUEST, RUN_KEY, SESSION_JOURNAL, RunJournal
from viewproof.pytest_plugin.key import SUITES, Key
from viewproof.pytest_plugin.select import queries_for
from viewproof.pytest_plugin.session_options import SessionOptions
from viewproof.records.outdir import SUMMARY, Selection
from viewproof.visible import one_line

_NODE_ID = re.compile(rf"(?:^|[/.]){SUITES}[/.]\w+[/.]suites(?:\.py)?::([^:]+)::([^:]+)::([^/:]+)/([^/:]+)$")


class EngineSession:
    """The plugin object of a process that no xdist controller has started."""

    def __init__(self, config: pytest.Config, wanted: SessionOptions) -> None:
        try:
            check_device(wanted.device, wanted.imports)
        except UsageError as error:
            raise pytest.UsageError(one_line(error)) from error
        self.config, self.wanted = config, wanted
        self.control = Path(tempfile.mkdtemp(prefix="viewproof-pytest-"))
        self.out = self.control / "run" if wanted.out is None else wanted.out
        self.process: subprocess.Popen[bytes] | None = None
        self.waiter: threading.Thread | None = None
        config.stash[SESSION_JOURNAL] = RunJournal(self.out, self.control)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist where the run is."""
        node.workerinput[RUN_KEY] = [str(self.out), str(self.control)]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Start the engine with what the first of xdist's workers has collected; the others collect the same."""
        found = [match.groups() for match in map(_NODE_ID.search, ids) if match is not None]
        self._start(Key(*names) for names in found)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Start the engine, where this process runs the items itself."""
        if not session.config.option.collectonly:
            self._start(item.key for item in session.items if isinstance(item, RuleItem))

    def _start(self, keys: Iterable[Key]) -> None:
        chosen = list(keys)
        if self.process is not None or not chosen:
            return
        wanted = self.wanted
        selection = Selection(
            queries=queries_for(chosen), device=wanted.device, profile=wanted.profile, imports=wanted.imports
        )
        jobs = wanted.jobs or len(self.config.getoption("tx", None) or ()) or os.cpu_count() or 1
        arguments = ("pytest", *map(str, self.config.invocation_params.args))
        request = Request(selection=selection, out=str(self.out), jobs=jobs, argv=arguments)
        (self.control / REQUEST).write_bytes(msgspec.json.encode(request))
        with (self.control / LOG).open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "viewproof.pytest_plugin.engine", str(self.control)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )
        self.waiter = threading.Thread(target=self._wait, args=(self.process,), daemon=True)
        self.waiter.start()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        status = process.wait()
        (self.control / ENDED).write_text(f"exit status {status}", encoding="utf-8")

    def _stop(self) -> None:
        """End the engine, if it runs; its workers end with it."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        if self.waiter is not None:
            self.waiter.join()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Let the engine write its reports; end it early where the session ended early."""
        early = exitstatus == pytest.ExitCode.INTERRUPTED or session.shouldfail or session.shouldstop
        if self.waiter is not None and not early:
            self.waiter.join()
        self._stop()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what the run came to, in the words of `viewproof run`."""
        if self.process is None:
            return
        from viewproof.pytest_plugin.text import closing

        terminalreporter.section("viewproof")
        for line in closing(self.out, self.control):
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Delete a temporary run directory whose run conforms; one of a run that does not conform is kept."""
        self._stop()
        conforms = self.process is None or self.process.returncode == 0
        elsewhere = self.wanted.out is not None and (self.out / SUMMARY).is_file()
        if conforms or elsewhere:
            shutil.rmtree(self.control)
