"""Runs the calls of a chunk under torch's crossref, and computes what it should report of each by the reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch._dispatch.python as python_dispatch
from torch._ops import OpOverload
from torch._subclasses.fake_tensor import FakeTensorMode

from viewproof.contract.target import Session, Target
from viewproof.evidence.probe import raised
from viewproof.evidence.subject import Traits
from viewproof_reference.replacements.crossref import (
    FakeRun,
    Fakes,
    Result,
    call_text,
    functionalization_suspended,
    functionalized,
    is_torchs,
    lenient_verdict,
    taken_apart,
    tensors_in,
)
from viewproof_suites.crossref.evidence import SAYS, STATE, Statement, Told, TorchSays
from viewproof_suites.crossref.targets.session import CrossrefSession

_MESSAGE = re.compile(
    r"(?P<call>.*) output (?P<place>\d+): (?P<fact>sizes|dtype|strides) (?P<fake>.*) != (?P<functional>.*?)"
    r"(?: \(mismatch at index (?P<index>\d+)\))?",
    re.DOTALL,
)
_FACTS = {"sizes": "size", "dtype": "dtype", "strides": "stride"}


def read_message(error: BaseException) -> Statement:
    """What torch's crossref reported by an exception."""
    kind = type(error).__name__
    if not isinstance(error, AssertionError):
        return Statement(kind)
    text = str(error)
    match = _MESSAGE.fullmatch(text)
    if match is None:
        numbers = re.fullmatch(r"(\d+) != (\d+)", text)
        return Statement(kind) if numbers is None else Statement("structure", "", None, numbers[1], numbers[2])
    fake, functional = match["fake"], match["functional"]
    if match["fact"] == "sizes":
        fake, functional = _plain_size(fake), _plain_size(functional)
    index = None if match["index"] is None else int(match["index"])
    return Statement(_FACTS[match["fact"]], match["call"], int(match["place"]), fake, functional, index)


def _plain_size(text: str) -> str:
    return str(tuple([int(one) for one in re.findall(r"\d+", text)]))


def _count(result: Result) -> str:
    return str(len(result.leaves))


class TorchSession(CrossrefSession):
    """A session that makes calls under torch's mode. Torch makes the handlers; each is wrapped to note its results.

    `fault` is what the wrapper itself raised, a fault of ours: it comes out of `show`, whatever torch makes of it.
    """

    def __init__(self, device: str, operator: str, *, reapply: bool) -> None:
        super().__init__(device, operator, reapply=reapply)
        self.fakes = Fakes()
        self.quiet = False
        self.told: list[Told] = []
        self.fault: Exception | None = None
        self._noted: BaseException | None = None

    @contextmanager
    def mode(self) -> Iterator[None]:
        """See `CrossrefSession.mode`."""
        make = python_dispatch.make_crossref_functionalize

        def made(op: OpOverload[..., Any], key: Any) -> Any:
            handler: Any = make(op, key)
            return self._watched(op, handler) if callable(handler) else handler

        python_dispatch.make_crossref_functionalize = made  # type: ignore[assignment]  # it has the same calls
        try:
            with python_dispatch.enable_crossref_functionalize():
                yield
        finally:
            python_dispatch.make_crossref_functionalize = make

    def _watched(self, op: OpOverload[..., Any], handler: Callable[..., Any]) -> Callable[..., Any]:
        plain = functionalized(op)

        def watched(*args: Any, **kwargs: Any) -> Any:
            if self.quiet:
                return plain(*args, **kwargs)
            try:
                due = self._due(op, plain, args, kwargs)
            except Exception as error:
                self.fault = error
                raise
            try:
                result = handler(*args, **kwargs)
            except BaseException as error:
                # An exception from a call inside this one was already noted there.
                if error is not self._noted:
                    self._noted = error
                    self.told.append(Told(due, read_message(error)))
                raise
            self.told.append(Told(due, Statement()))
            return result

        return watched

    def _due(
        self, op: OpOverload[..., Any], plain: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Statement:
        """What torch's crossref should report: the reference's own runs, compared as leniently as torch does."""
        call = call_text(op, args, kwargs, bare=True)
        with functionalization_suspended():
            try:
                result = FakeRun(self.fakes, op, args, kwargs, tensors_in(args, kwargs), whole=True).run()
            except BaseException as error:
                if not is_torchs(error):
                    raise
                # What the fake run raises is what torch's crossref raises.
                return Statement(type(error).__name__)
            fake = taken_apart(result)
        self.quiet = True
        try:
            result = plain(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  what the call itself raises comes through torch's crossref
            return Statement(type(error).__name__)
        finally:
            self.quiet = False
        try:
            functional = taken_apart(result)
        except BaseException as error:
            if not is_torchs(error):
                raise
            # A tensor of another class that answers for itself; torch asks it for the same.
            return Statement(type(error).__name__)
        try:
            found = lenient_verdict(fake, functional)
        except TypeError:
            # Torch asks what is no tensor for its size.
            return Statement(AttributeError.__name__)
        if found is None:
            return Statement()
        if found.fact == "structure":
            return Statement("structure", "", None, _count(fake), _count(functional))
        place = [leaf.place for leaf in fake.leaves].index(found.place)
        return Statement(found.fact, call, place, found.fake, found.functional, found.dimension)

    def show(self, args: list[Any], kwargs: dict[str, Any]) -> TorchSays:
        """See `CrossrefSession.show`: what was reported of each checked call, and the `alarm` if the call raised."""
        self.told = []
        self.fault = None
        came: BaseException | None = None
        try:
            self.overload(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  what torch's crossref raises is evidence
            came = error
        if self.fault is not None:
            raise self.fault
        alarm = "" if came is None else self._alarm(came, args, kwargs)
        # An exception keeps the frames that it came through, and what these are to put back.
        self._noted = came = None
        return TorchSays(len(self.told), tuple(self.told), alarm)

    def _alarm(self, error: BaseException, args: list[Any], kwargs: dict[str, Any]) -> str:
        """What the crossref alone raised, as `fact: message`; empty where the call raises that class without it too."""
        self.quiet = True
        try:
            self.overload(*args, **kwargs)
        except BaseException as other:  # noqa: BLE001  the same call, for comparison
            if type(other) is type(error):
                return ""
        finally:
            self.quiet = False
        return f"{read_message(error).fact}: {raised(error).message}"


def takes_call(traits: Traits) -> bool:
    """Whether a crossref can be called on the case: its tensors have functional wrappers."""
    return traits.strided


@contextmanager
def _open_views(device: str, operator: str) -> Iterator[Session]:
    # Torch's crossref uses the fake modes' cache, which all modes share: chunks must not depend on earlier ones.
    FakeTensorMode.cache_clear()
    yield TorchSession(device, operator, reapply=True)


@contextmanager
def _open_copies(device: str, operator: str) -> Iterator[Session]:
    FakeTensorMode.cache_clear()
    yield TorchSession(device, operator, reapply=False)


CROSSREF_VIEWS = Target(
    "crossref-views", "torch's crossref, views reapplied", _open_views, takes_call, (SAYS, STATE)
)  # fmt: skip
CROSSREF_COPIES = Target(
    "crossref-copies", "torch's crossref, views made copies", _open_copies, takes_call, (SAYS, STATE)
)
