"""The plain session: builds a case, calls it, notes the facts. Other targets' sessions add modes and looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from types import TracebackType
from typing import Any, NamedTuple, Self

import torch

from viewproof.catalog.overloads import resolve
from viewproof.evidence.outputs import OutputFacts
from viewproof.evidence.probe import Evidence, Raised, raised
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.running.outs import write_out
from viewproof.tensors.bases import Base
from viewproof.tensors.build import BaseNotMade, Builder, BuiltCall
from viewproof.tensors.facts import DTYPE_WORD, Unreadable, components, facts_of

FACTS = ("facts",)
"""The probes of an execution of which only metadata, sharing and identity are asked."""

#: What a session is asked: a subject, and the probes whose data it is to give, in order.
Asked = tuple[Subject, tuple[str, ...]]

_TENSOR, _STRIDED = torch.Tensor, torch.strided


def outputs_of(result: Any) -> list[Any]:
    """What a call returned, as a list, whatever it is."""
    return list(result) if isinstance(result, (list, tuple)) else [result]


def tensors_of(result: Any) -> list[torch.Tensor]:
    """The tensors a call returned, flattened; None results (an absent tangent) are left out."""
    return [one for one in outputs_of(result) if isinstance(one, torch.Tensor)]


class OperatorShape(NamedTuple):
    """What a schema says of a call: it needs a level of forward mode; results may be absent (None)."""

    level: bool
    absent: bool


@lru_cache(maxsize=4096)
def _shape_of(operator: str) -> OperatorShape:
    schema = resolve(operator)._schema
    return OperatorShape(any(one.name == "level" for one in schema.arguments), len(schema.returns) > 1)


def owners_of(bases: Mapping[str, Base]) -> dict[int, str]:
    """Which base lies on a storage, by the identity of the storage, noted before a call. The bases keep them alive."""
    found: dict[int, str] = {}
    for name, base in bases.items():
        found.setdefault(id(base.storage), name)
    return found


def facts_of_output(output: Any, owners: Mapping[int, str], operand: Any, kind: type = torch.Tensor) -> OutputFacts:
    """The facts of one thing that a call returned. Raises Unreadable where torch cannot show a component of it.

    The layout word of a tensor of another class than `kind`, and than the operand, tells its class.
    """
    if not isinstance(output, torch.Tensor):
        return OutputFacts((), (), 0, "none", False, False, 0, type(output).__name__, "none", (), None, False)
    # A tensor of another class may take part in every reading of it.
    with torch._C.DisableTorchFunctionSubclass():
        found = _facts_of_tensor(output, owners, operand)
    if type(output) is kind or output is operand or found.layout == "nested":
        return found
    return found._replace(layout=f"{found.layout} of {type(output).__name__}")


def _facts_of_tensor(output: torch.Tensor, owners: Mapping[int, str], operand: Any) -> OutputFacts:
    size, stride, offset, dtype, layout, device, conj, neg, held, detail = facts_of(output)
    # A composite output is on the storage of the operand's component that its own values lie on.
    try:
        on: Any = output
        if output.is_nested:
            on = output.values()
        elif output.layout is not _STRIDED:
            on = components(output)[-1][1]
        storage = on.untyped_storage()
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(error) from error
    on_name = owners.get(id(storage))
    return OutputFacts(
        size, stride, offset, dtype, conj, neg, held, layout, device, detail, on_name, output is operand
    )  # fmt: skip


def plain_facts(output: torch.Tensor, owners: Mapping[int, str], operand: torch.Tensor) -> Any:
    """The facts of a strided output of torch's own class, as a plain tuple. Raises Unreadable where it has no storage.

    A wrapper that a transform of torch's has left behind has torch's own class, too.
    """
    try:
        on = output.untyped_storage()
    except Exception as error:
        raise Unreadable(error) from error
    return (
        output.size(), output.stride(), output.storage_offset(), DTYPE_WORD[output.dtype], output.is_conj(),
        output.is_neg(), on.nbytes(), "strided", "cpu" if output.is_cpu else output.device.type, (),
        owners.get(id(on)), output is operand,
    )  # fmt: skip


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
        #: Whether a plain case's operand is taken as the builder keeps it.
        self.direct = not fresh
        self.inplace = operator_traits(operator).inplace
        #: The class that outputs are of.
        self.kind: type = torch.Tensor
        self.shape = _shape_of(operator)
        #: The looks that this session has, by the name of the probe: each gives its data, or what was raised.
        self.looks: dict[str, Callable[[Subject], Any]] = {}

    def __enter__(self) -> Self:
        if self.shape.level:
            self._level = torch.autograd.forward_ad.dual_level()
            self._level.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._level is not None:
            self._level.__exit__(kind, error, trace)

    def observe(self, asked: Sequence[Asked]) -> list[Evidence]:
        """See `Session.observe`."""
        facts, look = self.facts, self.look
        return [facts(subject) if probes == FACTS else look(subject, probes) for subject, probes in asked]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`."""
        return self.builder.drop(subject.case)

    def has_changed(self, subject: Subject) -> bool:
        """Whether a call has changed the operands that are kept of a case."""
        return self.builder.has_changed(subject.case)

    def facts(self, subject: Subject) -> Evidence:
        """The evidence where only facts are asked: the innermost loop, where a plain case goes straight through."""
        if not (subject.plain and self.direct):
            return self._any_facts(subject)
        case = subject.case
        kept = self.operands.get(id(case.args[0]))
        if kept is None:
            try:
                kept = self.builder.operand(case.args[0])
            except BaseNotMade as error:
                return raised(error.error or error)
        operand, bases = kept
        try:
            result = self.call(operand, *case.args[1:])
            plain = type(result) is _TENSOR and result.layout is _STRIDED and not result.is_nested
            on: Any = result.untyped_storage() if plain else None
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        if plain:
            # `plain_facts`, spelled out: a call costs as much as two facts.
            return ((
                (
                    result.size(), result.stride(), result.storage_offset(), DTYPE_WORD[result.dtype], result.is_conj(),
                    result.is_neg(), on.nbytes(), "strided", "cpu" if result.is_cpu else result.device.type, (),
                    "self" if on is bases["self"].storage else None, result is operand,
                ),
            ),)  # fmt: skip
        return self.evidence(result, operand, {id(bases["self"].storage): "self"})

    def _any_facts(self, subject: Subject) -> Evidence:
        built = self.build(subject)
        if isinstance(built, Raised):
            return built
        args, kwargs, bases = built
        owners = owners_of(bases)
        try:
            result = self.invoke(args, kwargs)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        return self.evidence(result, args[0], owners)

    def evidence(self, result: Any, operand: Any, owners: Mapping[int, str]) -> Evidence:
        """The facts of what a call returned, as the evidence of that one probe."""
        kind = type(result)
        try:
            if kind is _TENSOR:
                if result.layout is _STRIDED and not result.is_nested:
                    return ((plain_facts(result, owners, operand),),)
            elif kind is list or kind is tuple:
                for one in result:
                    if type(one) is not _TENSOR or one.layout is not _STRIDED or one.is_nested:
                        break
                else:
                    return (tuple([plain_facts(one, owners, operand) for one in result]),)
            return (self.outputs(result, operand, owners),)
        except Unreadable as error:
            return raised(error)

    def outputs(self, result: Any, operand: Any, owners: Mapping[int, str]) -> tuple[OutputFacts, ...]:
        """The facts of each thing that a call returned. Raises Unreadable."""
        return tuple(
            [
                OutputFacts._make(plain_facts(one, owners, operand))
                if type(one) is _TENSOR and one.layout is _STRIDED and not one.is_nested and self.kind is _TENSOR
                else facts_of_output(one, owners, operand, self.kind)
                for one in self.listed(result)
            ]
        )

    def listed(self, result: Any) -> list[Any]:
        """What a call returned as a list; a result that the schema lets be absent is left out."""
        found = outputs_of(result)
        return [one for one in found if one is not None] if self.shape.absent else found

    def look(self, subject: Subject, probes: tuple[str, ...]) -> Evidence:
        """The evidence of any probes that the session has, one look after the other."""
        found = []
        for probe in probes:
            if probe == "facts":
                one = self.facts(subject)
                seen = one if isinstance(one, Raised) else one[0]
            else:
                seen = self.looks[probe](subject)
            if isinstance(seen, Raised) and not subject.traits.refused:
                return seen
            found.append(seen)
        return found[0] if len(found) == 1 and type(found[0]) is Raised else tuple(found)

    def build(self, subject: Subject) -> tuple[Sequence[Any], dict[str, Any], dict[str, Base]] | Raised:
        """A case's arguments and bases, kept or made; what was raised where they cannot be made."""
        kept = self.kept(subject)
        if kept is not None:
            return kept
        try:
            built = self.prepare(subject)
        except BaseNotMade as error:
            return raised(error.error or error)
        return built.args, built.kwargs, built.bases

    def kept(self, subject: Subject) -> tuple[Sequence[Any], dict[str, Any], dict[str, Base]] | None:
        """A case's arguments and bases where all are built already; None where `prepare` has to make them."""
        case = subject.case
        if subject.plain:
            kept = self.operands.get(id(case.args[0]))
            return None if kept is None else ((kept[0], *case.args[1:]), {}, kept[1])
        return self.builder.arguments(case)

    def prepare(self, subject: Subject) -> BuiltCall:
        """The case's arguments as this target takes them."""
        return self.builder.build(subject.case)

    def invoke(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The call itself."""
        if "out" in kwargs:
            return write_out(self.call, BuiltCall([*args], kwargs, {}))
        return self.call(*args, **kwargs)
