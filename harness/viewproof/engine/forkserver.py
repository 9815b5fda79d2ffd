"""The fork server: a process that has loaded torch and the engine, and forks a worker whenever one is needed.

Loading takes seconds, a fork milliseconds: every worker after the first starts at once, and so does the one that comes
in the place of one that died. The server is the standard library's; it ends with the process that started it.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import BaseContext

from viewproof.place.folder import not_searched

PRELOADED = "viewproof.engine.preloaded"


def start_ahead() -> None:
    """Start the server in the background, so that it loads while the caller does. Does nothing if it already runs."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload([PRELOADED])
        with not_searched():
            forkserver.ensure_running()


def workers_context(*, forked: bool) -> BaseContext:
    """The way in which workers are started: forked from the server, or each from nothing.

    A fork cannot copy threads or a device in use. A user's modules may start either, so `forked` is False with those;
    each worker then starts from nothing, as on a system that has no fork server.
    """
    if not forked or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    start_ahead()
    return multiprocessing.get_context("forkserver")
