"""How a process ended that gave no answer: its cause, and the last words that it left on standard error."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass, replace
from pathlib import PurePath

from viewproof.engine.whereabouts import Whereabouts
from viewproof.visible import one_line

#: Signals that nothing in a process sends itself by mistake: where such a death does not come again, somebody else,
#: or a system short of memory, has ended the process.
_OTHERS = frozenset({"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGSTOP", "SIGUSR1", "SIGUSR2"})
#: The exit status of a worker whose device answers no more.
DEVICE_LOST = 71
#: The most characters of a process's last words that a failure quotes; workers.log has all that was kept.
_QUOTED = 160

_FRAME = re.compile(r'^\s+File "(.+)", line (\d+) in (.+)$')
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
#: How the lines begin that Python's faulthandler writes; all that follows the first of them is its own.
_DUMPED = (
    "Fatal Python error:", "Current thread 0x", "Thread 0x", "Stack (most recent call first)", "Extension modules:",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Death:
    """How an execution ended that gave no record. `cause` is its shape (`SIGSEGV`), `observed` says it whole.

    `where` is what the process was doing, as far as it had noted that.
    """

    verdict: str
    cause: str
    observed: str
    where: Whereabouts | None = None

    @property
    def by_another(self) -> bool:
        """Whether it may have been somebody else's doing, so that it counts only where it comes again."""
        return self.cause in _OTHERS

    def told(self, how: str, verdict: str | None = None) -> Death:
        """The same death, with `how` it comes about said in cause and words: `only after ...`."""
        return replace(
            self, verdict=verdict or self.verdict, cause=f"{self.cause}, {how}", observed=f"{self.observed}, {how}"
        )


def death_by(code: int | None, said: str = "", where: Whereabouts | None = None) -> Death:
    """The death of a process with this exit status (of multiprocessing's: below zero a signal's number)."""
    if code is not None and code < 0:
        cause = signal_name(-code)
        return Death("crash", cause, f"the process died with {cause}{_quoted(said)}", where)
    if code == DEVICE_LOST:
        return Death("crash", "device lost", f"the device answers no more{_quoted(said)}", where)
    return Death("crash", f"exit {code}", f"the process ended with exit status {code}{_quoted(said)}", where)


def death_of_memory(limit: int, said: str = "", where: Whereabouts | None = None) -> Death:
    """The death of a process that was ended since it held more memory than `limit` bytes."""
    observed = f"the process held more than the {limit >> 20} MiB that it may and was ended{_quoted(said)}"
    return Death("crash", "memory", observed, where)


def death_of_time(limit: float, said: str = "", where: Whereabouts | None = None) -> Death:
    """The death of a process that was ended since it gave no answer within `limit` seconds."""
    return Death("timeout", "timeout", f"no end within {limit:g} s{_quoted(said)}", where)


def signal_name(number: int) -> str:
    """`SIGSEGV`; `signal 99` where the number has no name."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def _quoted(said: str) -> str:
    words = last_words(said)
    return f" ({words})" if words else ""


def last_words(said: str) -> str:
    """What the end of standard error says of a death, on one line: its last line, and where Python was.

    Addresses are left out: they are others in every process.
    """
    own: list[str] = []
    where = ""
    dumped = False
    for line in said.splitlines():
        dumped = dumped or line.startswith(_DUMPED)
        frame = _FRAME.match(line)
        if dumped and frame and not where:
            where = f"in {frame[3]}, {PurePath(frame[1]).name}:{frame[2]}"
        elif not dumped and line.strip():
            own.append(line)
    spoken = _ADDRESS.sub("0x...", one_line(own[-1])) if own else ""
    return "; ".join(filter(None, [spoken[:_QUOTED], one_line(where)[:_QUOTED]]))
