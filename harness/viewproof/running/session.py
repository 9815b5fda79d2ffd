"""The plain session: builds a case, calls it, notes the facts. Other targets' sessions add modes of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import torch

from viewproof.catalog.overloads import resolve
from viewproof.evidence.glance import agree_all, agrees, is_alias_of
from viewproof.evidence.observation import Observation, OutputObservation
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.running.outs import write_out
from viewproof.tensors.bases import Base
from viewproof.tensors.build import Builder, BuiltCall
from viewproof.tensors.facts import components, facts_of, strided_facts
from viewproof_reference.layout.model import Output

FACTS = frozenset({"facts"})
"""The probes of an execution of which only metadata, sharing and identity are asked."""

_SEVERAL = frozenset({list, tuple})


def tensors_of(result: Any) -> list[torch.Tensor]:
    """The tensors a call returned, flattened; None results (an absent tangent) are left out."""
    if isinstance(result, torch.Tensor):
        return [result]
    return [one for one in result if isinstance(one, torch.Tensor)]


@lru_cache(maxsize=4096)
def _takes_level(operator: str) -> bool:
    return any(argument.name == "level" for argument in resolve(operator)._schema.arguments)


def error_of(error: BaseException) -> tuple[tuple[str, ...], str]:
    """An exception as plain data: the names of its classes, nearest first, and its first line."""
    names = tuple(one.__name__ for one in type(error).__mro__ if issubclass(one, Exception))
    lines = str(error).splitlines()
    return names, lines[0] if lines else ""


def storages_of(bases: Mapping[str, Base]) -> list[tuple[str, int]]:
    """Which storage each base lies on, noted before a call: an in-place operator may give its operand another."""
    return [(name, base.tensor.untyped_storage()._cdata) for name, base in bases.items()]


def holder_of(output: torch.Tensor, storages: list[tuple[str, int]]) -> str | None:
    """The base whose storage before the call is the output's storage; None where there is none."""
    found = output.untyped_storage()._cdata
    return next((name for name, address in storages if address == found), None)


def lies_on(output: torch.Tensor, wanted: Output, storages: list[tuple[str, int]]) -> bool:
    """Whether the output shares the wanted base's storage of before the call, or, if it must share none, no base's."""
    return holder_of(output, storages) == wanted.shares


class FactsSession:
    """Runs cases and notes facts, sharing and identity; reads no data. Base class of the sessions that do.

    A context manager: it enters the forward-mode level that an operator with a `level` argument needs.
    """

    _level: AbstractContextManager[Any] | None = None

    def __init__(self, device: str, operator: str, *, fresh: bool = False) -> None:
        self.device = device
        self.word = device.split(":", maxsplit=1)[0]
        self.operator = operator
        self.overload = resolve(operator)
        self.call = self.overload._op
        self.builder = Builder(device, fresh=fresh)
        self.operands = self.builder.operands
        self.inplace = operator_traits(operator).inplace

    def __enter__(self) -> Self:
        if _takes_level(self.operator):
            self._level = torch.autograd.forward_ad.dual_level()
            self._level.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._level is not None:
            self._level.__exit__(kind, error, trace)

    def arguments(self, subject: Subject) -> tuple[Sequence[Any], dict[str, Base]] | None:
        """A case's arguments and bases where all are built already; None where `prepare` has to make them."""
        case = subject.case
        if subject.plain:
            kept = self.operands.get(id(case.args[0]))
            return None if kept is None else ((kept[0], *case.args[1:]), kept[1])
        return self.builder.arguments(case)

    def prepare(self, subject: Subject) -> BuiltCall:
        """The case's arguments as this target takes them."""
        return self.builder.build(subject.case)

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """See `Session.observe`."""
        built = self.prepare(subject)
        storages = storages_of(built.bases) if self.inplace else []
        try:
            result = self.invoke(built)
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            return Observation([], error_of(error))
        return self.note(result, built, storages)

    def glance(self, subject: Subject, probes: frozenset[str]) -> Observation | None:
        """None where the case agrees in all that `probes` ask for; else what `observe` says.

        Where only facts are asked, the observation is of the same execution; elsewhere the case is run again, and the
        observation is `doubted`: rules that find nothing wrong with it contradict the glance.
        """
        return self.glance_at_facts(subject) if probes == FACTS else self.observe(subject, probes)

    def glance_at_facts(self, subject: Subject) -> Observation | None:
        """`glance` where only facts are asked: the innermost loop, where a plain case goes straight through."""
        case = subject.case
        kept = self.operands.get(id(case.args[0])) if subject.plain else None
        if kept is None:
            return self._glance_at_any(subject)
        operand, bases = kept
        try:
            result = self.call(operand, *case.args[1:])
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            if self.builder.drop(case):
                return self._glance_at_any(subject)
            return Observation([], error_of(error))
        wanted = subject.expectation.outputs or ()
        if type(result) is torch.Tensor:
            if len(wanted) == 1 and agrees(result, wanted[0], bases, operand, self.word):
                return None
        elif type(result) in _SEVERAL and agree_all(result, wanted, bases, operand, self.word):
            return None
        if self.builder.drop(case):
            # An earlier call may have changed the operand: only the result on operands made anew counts.
            return self._glance_at_any(subject)
        return self.note(result, BuiltCall([operand, *case.args[1:]], {}, bases), [])

    def _glance_at_any(self, subject: Subject) -> Observation | None:
        known = self.arguments(subject)
        built = None
        if known is None:
            built = self.prepare(subject)
            known = built.args, built.bases
        args, bases = known
        storages = storages_of(bases) if self.inplace else []
        try:
            result = self.call(*args) if built is None else self.invoke(built)
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            if built is None and self.builder.drop(subject.case):
                return self._glance_at_any(subject)
            return Observation([], error_of(error))
        wanted = subject.expectation.outputs or ()
        if len(wanted) == 1 and isinstance(result, torch.Tensor):
            if agrees(result, wanted[0], bases, args[0], self.word) and (
                not storages or lies_on(result, wanted[0], storages)
            ):
                return None
        elif type(result) in _SEVERAL and agree_all(result, wanted, bases, args[0], self.word):
            return None
        if built is None and self.builder.drop(subject.case):
            return self._glance_at_any(subject)
        return self.note(result, BuiltCall([*args], {}, bases), storages)

    def invoke(self, built: BuiltCall) -> Any:
        """The call itself."""
        if "out" in built.kwargs:
            return write_out(self.call, built)
        return self.call(*built.args, **built.kwargs)

    def note(self, result: Any, built: BuiltCall, storages: list[tuple[str, int]]) -> Observation:
        """The facts of what a call returned."""
        operand = built.args[0]
        if self.inplace:
            return Observation([self._output(one, operand, built, storages) for one in tensors_of(result)])
        if type(result) is torch.Tensor and result.layout is torch.strided and not result.is_nested:
            return Observation([self._strided(result, operand, built)])
        outputs = [result] if isinstance(result, torch.Tensor) else tensors_of(result)
        return Observation([
            self._strided(one, operand, built)
            if one.layout is torch.strided and not one.is_nested
            else OutputObservation(facts_of(one), self._composite_share(one, built), one is operand)
            for one in outputs
        ])  # fmt: skip

    def _strided(self, output: torch.Tensor, operand: torch.Tensor, built: BuiltCall) -> OutputObservation:
        for name, base in built.bases.items():
            if is_alias_of(output, base.tensor):
                return OutputObservation(strided_facts(output, base.storage_bytes), name, output is operand)
        return OutputObservation(strided_facts(output, output.untyped_storage().nbytes()), None, output is operand)

    def _output(
        self, output: torch.Tensor, operand: Any, built: BuiltCall, storages: list[tuple[str, int]]
    ) -> OutputObservation:
        if output.layout is torch.strided and not output.is_nested:
            return OutputObservation(facts_of(output), holder_of(output, storages), output is operand)
        return OutputObservation(facts_of(output), self._composite_share(output, built), output is operand)

    def _composite_share(self, output: torch.Tensor, built: BuiltCall) -> str | None:
        # A composite output is on the storage of the operand's component that its own values lie on.
        values = output.values() if output.is_nested else components(output)[-1][1]
        return next((name for name, base in built.bases.items() if is_alias_of(values, base.tensor)), None)

    def flush(self) -> None:
        """Does nothing: this target reads no data."""
