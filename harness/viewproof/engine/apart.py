"""A process apart, which answers the driver's questions one after the other and runs no chunk.

It imports what the driver must not: a user's modules, a backend's passes, the contracts of other packages. What it
answers comes back as plain data: bytes of msgspec's, decoded as the type that the driver expects, so that no class of
anybody's is needed to read them. It may die of what it imports or is asked; the next question starts it anew.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from multiprocessing import connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from viewproof.engine.fault import Fault, fault_of
from viewproof.engine.forkserver import workers_context
from viewproof.engine.interrupts import interrupts_held
from viewproof.engine.lifetime import end_with_parent
from viewproof.engine.prints import flush_prints, print_to
from viewproof.errors import EmptySelection, NotWritten, UsageError
from viewproof.visible import one_line

#: Seconds that a process has to end by itself, once its pipe is closed or it has been told to stop.
_TO_END = 5.0


class Gone(RuntimeError):
    """Raised where the process died, or was ended for giving no answer in time; the message says how."""


class AskedFailed(RuntimeError):
    """Raised where a question was answered by an exception that is no error of the user's; the message is its fault."""


class _Answer(msgspec.Struct, frozen=True, array_like=True):
    """`kind` is `value`, or the exception that was raised in its place: of the user's own errors, or any other."""

    kind: str
    value: msgspec.Raw


_REFUSED: dict[str, type[Exception]] = {"usage": UsageError, "empty": EmptySelection, "unwritten": NotWritten}


def _serve(questions: Any, said: Path) -> None:
    """The life of the process: one question after the other, until the driver closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    print_to(said)
    while True:
        try:
            function, arguments = questions.recv()
        except EOFError:
            return
        answer = msgspec.msgpack.encode(_answer(function, arguments))
        flush_prints()
        questions.send_bytes(answer)


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> _Answer:
    try:
        return _Answer("value", _raw(function(*arguments)))
    except BaseException as error:  # noqa: BLE001 -- whatever it is, it is the answer: this process asks nobody
        kind = next((word for word, refusal in _REFUSED.items() if isinstance(error, refusal)), "fault")
        # Spelled out: bytes of msgspec's hold no lone surrogate.
        return _Answer(kind, _raw(one_line(error) if kind in _REFUSED else fault_of(error)))


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(value))


class Apart:
    """The process, from the driver's side. `forked` takes it from the warm server; else it starts from nothing."""

    def __init__(self, *, forked: bool) -> None:
        self.forked = forked
        #: What is asked first of a process that is started in the place of one that died.
        self.prepared: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._folder = TemporaryDirectory(prefix="viewproof-apart-")
        self._process: Any = None
        self._pipe: Any = None
        self._given = self._heard = 0
        self._answers: dict[int, bytes] = {}

    @property
    def pid(self) -> int | None:
        """The number of the process; None where none has been started yet."""
        return None if self._process is None else self._process.pid

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Ask, and ask again of each process that is started later. Raises as `ask` does; then it is not repeated."""
        self.ask(function, *arguments)
        self.prepared.append((function, arguments))

    def ask(self, function: Callable[..., Any], *arguments: Any, answer: Any = None, limit: float | None = None) -> Any:
        """What `function`, at the top of a module, returns there, as the type `answer`.

        Raises UsageError, EmptySelection and NotWritten as the function does, AskedFailed for any other exception of
        it, and Gone where the process dies or has no answer within `limit` seconds.
        """
        return self.answer(self.put(function, *arguments), answer, limit)

    def put(self, function: Callable[..., Any], *arguments: Any) -> int:
        """Ask, and do not wait. Returns the number of the question. What waits to be read must stay small."""
        if self._process is None:
            self._start()
        try:
            self._pipe.send((function, arguments))
        except OSError:
            raise self._gone() from None
        self._given += 1
        return self._given

    def answer(self, number: int, answer: Any, limit: float | None = None) -> Any:
        """The answer to a question that was put; `limit` in seconds. Raises as `ask` does."""
        while number not in self._answers:
            if number <= self._heard:
                raise Gone("died before it came to this question")
            ready = connection.wait([self._pipe, self._process.sentinel], limit)
            if not ready:
                raise self._gone(f"gave no answer within {limit:g} s")
            try:
                if not self._pipe.poll():
                    raise EOFError
                raw = self._pipe.recv_bytes()
            except (EOFError, OSError):
                raise self._gone() from None
            self._heard += 1
            self._answers[self._heard] = raw
        return _decoded(self._answers.pop(number), answer)

    def print_to(self, log: Path) -> None:
        """Append what the process printed, to either of its streams, to `log`, and let it print there from now on."""
        if self._said.exists() and self._said.stat().st_size:
            with log.open("ab") as file:
                file.write(self._said.read_bytes())
        if self._process is None:
            self.prepared.append((print_to, (log,)))
        else:
            self.prepare(print_to, log)

    @property
    def _said(self) -> Path:
        return Path(self._folder.name) / "said"

    def _start(self) -> None:
        context: Any = workers_context(forked=self.forked)
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._said), daemon=True)
        with interrupts_held():
            self._process.start()
        theirs.close()
        for function, arguments in self.prepared:
            self.ask(function, *arguments)

    def _gone(self, how: str | None = None) -> Gone:
        """End what is left of the process, and say how it ended."""
        process = self._process
        if how is None:
            process.join(_TO_END)
        self._end()
        return Gone(how or ended(process.exitcode))

    def _end(self) -> None:
        if self._process is None:
            return
        self._pipe.close()
        if self._process.exitcode is None:
            self._process.kill()
        self._process.join(_TO_END)
        self._process = self._pipe = None
        self._answers.clear()
        self._heard = self._given

    def close_process(self) -> None:
        """End the process, whatever it does; the next question starts it anew."""
        self._end()

    def close(self) -> None:
        """End the process, whatever it does, and ask no more."""
        self._end()
        self._folder.cleanup()


def ended(code: int | None) -> str:
    """How a process ended, from its exit status: `died of SIGSEGV`, `ended with exit status 3`."""
    if code is not None and code < 0:
        return f"died of {signal.Signals(-code).name if -code in set(signal.Signals) else f'signal {-code}'}"
    return f"ended with exit status {code}"


def _decoded(raw: bytes, expected: Any) -> Any:
    answer = msgspec.msgpack.decode(raw, type=_Answer)
    if answer.kind == "value":
        return msgspec.msgpack.decode(answer.value, type=expected)
    if answer.kind in _REFUSED:
        raise _REFUSED[answer.kind](msgspec.msgpack.decode(answer.value, type=str))
    raise AskedFailed(str(msgspec.msgpack.decode(answer.value, type=Fault)))
