"""The fork server: a process that has loaded torch and the engine, and forks a worker whenever one is needed.

Loading takes seconds, a fork milliseconds: every worker after the first starts at once, and so does the one that comes
in the place of one that died. The server is the standard library's; it ends with the process that started it.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from multiprocessing import forkserver, util
from multiprocessing.context import BaseContext

from viewproof.engine.interrupts import interrupts_held
from viewproof.engine.lifetime import told_its_driver
from viewproof.errors import UsageError
from viewproof.place.folder import not_searched

PRELOADED = "viewproof.engine.preloaded"
#: The bytes that the path of a folder may have in which the sockets of processes lie: a socket's own has 107 at most.
LONGEST_FOLDER = 70


def start_ahead() -> None:
    """Start the server in the background, so that it loads while the caller does. Does nothing if it already runs."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload([PRELOADED])
        _choose_socket_folder()
        with not_searched(), interrupts_held(), told_its_driver():
            forkserver.ensure_running()


def _choose_socket_folder() -> None:
    """Have multiprocessing lay its sockets where their paths are short enough, also where TMPDIR's is not.

    Raises UsageError where there is no such folder.
    """
    usual = tempfile.gettempdir()
    if len(usual.encode()) <= LONGEST_FOLDER:
        return
    try:
        tempfile.tempdir = "/tmp"  # noqa: S108  a folder of a name of its own is made there
        # It keeps the folder that it makes first.
        util.get_temp_dir()
    except OSError as error:
        wanted = f"TMPDIR: wanted a folder whose path has at most {LONGEST_FOLDER} bytes, since sockets lie in it"
        raise UsageError(f"{wanted}; got {usual!r}, and /tmp cannot be used ({error.strerror})") from error
    finally:
        tempfile.tempdir = usual


def workers_context(*, forked: bool) -> BaseContext:
    """The way in which workers are started: forked from the server, or each from nothing.

    A fork cannot copy threads or a device in use. A user's modules may start either, so `forked` is False with those;
    each worker then starts from nothing, as on a system that has no fork server.
    """
    if not forked or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    start_ahead()
    return multiprocessing.get_context("forkserver")
