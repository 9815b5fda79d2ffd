"""Makes the tensors of a program: bases from a pool, refilled each time, and the values to write, kept by content."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch

from viewproof.cases.model import TENSOR_ARGUMENTS, Case, TensorArgument
from viewproof.evidence.subject import Subject
from viewproof.running.values import fill_storage
from viewproof.tensors.bases import Base
from viewproof.tensors.bound import placed
from viewproof.tensors.build import DTYPE_OF, Builder
from viewproof.tensors.memory import cells_of
from viewproof.tensors.storage_bytes import upload
from viewproof_reference.layout import Layout, contiguous_strides
from viewproof_suites.functionalization.program import MutatingProgram

_KEPT_TENSORS = 16384
_MOST = 16384
_MOST_ALIKE = 64
"""Up to which number bases of one kind are dropped: more than any pack holds."""
_MOST_VALUES = 1024
"""For how many programs the values to write are kept: more than a chunk has."""


@lru_cache(maxsize=_KEPT_TENSORS)
def _tensor_of(dtype: torch.dtype, size: tuple[int, ...], content: bytes, device: str) -> torch.Tensor:
    """A row-major tensor of these element bytes. Read by programs, never written."""
    return placed(upload(content, device), dtype, size, contiguous_strides(size), 0)


class ProgramTensors(NamedTuple):
    """A program's tensors: the call's arguments, the base on a storage of its own, and the values to be written.

    `inputs` are the tensor operands, the base first, and `others` the places of the rest among the arguments; `bases`
    are all of them;
    `values` hold one value for each view, and last the base's.
    """

    args: list[Any]
    kwargs: dict[str, Any]
    base: Base
    inputs: list[torch.Tensor]
    others: tuple[int, ...]
    values: list[torch.Tensor | int | bool]
    bases: list[Base]


_Values = list[torch.Tensor | int | bool]


class Pool:
    """Bases that programs of all operators and targets reuse: each is refilled for every program.

    A base serves one program of a pack at most: the pool holds as many of a kind as a pack has programs on it. The
    values that a program writes are kept as well, for the next targets that run it.
    """

    def __init__(self) -> None:
        self._bases: dict[tuple[int, int, str], tuple[TensorArgument, Base]] = {}
        self._values: dict[tuple[int, str], tuple[MutatingProgram, _Values]] = {}
        #: What programs around plain calls were laid on: those that run on several targets are laid once.
        self.laid: dict[tuple[int, int, str], tuple[MutatingProgram, ProgramTensors]] = {}

    def values(self, program: MutatingProgram, device: str) -> _Values:
        """One value for each view that the program takes, and last the base's."""
        key = id(program), device
        kept = self._values.get(key)
        if kept is None:
            if len(self._values) >= _MOST_VALUES:
                self.forget_values()
            views = zip(program.layouts, program.constant, program.seen.writes, strict=True)
            values: _Values = [
                (True if layout.dtype == "bool" else 2) if constant else _value(layout, elements, device)
                for layout, constant, elements in views
            ]
            values.append(_value(program.base, program.seen.base_write, device))
            kept = self._values[key] = (program, values)
        return kept[1]

    def base(self, argument: TensorArgument, number: int, builder: Builder, case: Case) -> Base:
        """Base number `number` of those that `argument` describes."""
        key = (id(argument), number, builder.device)
        kept = self._bases.get(key)
        if kept is None:
            if len(self._bases) >= _MOST:
                self._bases.clear()
                self.laid.clear()
            made: list[Base] = []
            builder.strided(argument, "self", case, {}, made)
            kept = self._bases[key] = (argument, made[0])
        return kept[1]

    def forget_values(self) -> None:
        """Forget all values to write, and what was laid with them."""
        self._values.clear()
        self.laid.clear()

    def drop_changed(self, case: Case, laid: ProgramTensors, device: str) -> bool:
        """Forget all bases that the case's arguments describe if a run changed more of its own than content.

        Whether it did.
        """
        if all(base.is_untouched() for base in laid.bases):
            return False
        self.laid.clear()
        for argument in case.args:
            for number in range(_MOST_ALIKE):
                self._bases.pop((id(argument), number, device), None)
        return True

    def renew(self, case: Case, laid: ProgramTensors, program: MutatingProgram, device: str) -> bool:
        """Forget what a run found changed that is not laid anew for each: bases, and values. Whether there was any."""
        changed = self.drop_changed(case, laid, device)
        if not _hold(laid.values, program):
            # The same tensors may stand in other programs: they are kept by content.
            self.forget_values()
            _tensor_of.cache_clear()
            changed = True
        return changed


def _hold(values: _Values, program: MutatingProgram) -> bool:
    """Whether the values to write are what they were."""
    wanted = (*program.seen.writes, program.seen.base_write)
    return all(
        cells_of(value.untyped_storage()).tobytes() == content
        for value, content in zip(values, wanted, strict=True)
        if isinstance(value, torch.Tensor)
    )


POOL = Pool()


def lay(subject: Subject, program: MutatingProgram, builder: Builder, numbers: dict[int, int]) -> ProgramTensors:
    """A program's tensors, all newly made where the operator may change more of its operand than its content.

    `numbers` counts the programs of this pack on each kind of base, and is updated.
    """
    case = subject.case
    first = case.args[0]
    plain = subject.plain and not program.aliases and _pooled(first)
    if plain:
        number = numbers[id(first)] = numbers.get(id(first), -1) + 1
        key = id(program), number, builder.device
        kept = POOL.laid.get(key)
        if kept is None:
            base = POOL.base(first, number, builder, case)
            values = POOL.values(program, builder.device)
            laid = ProgramTensors([base.tensor, *case.args[1:]], {}, base, [base.tensor], (), values, [base])
            kept = POOL.laid[key] = program, laid
        return kept[1]
    values = POOL.values(program, builder.device)
    if program.aliases or case.kwargs or case.storages or not all(map(_pooled, case.args)):
        built = builder.build(case)
        places = [place for place, one in enumerate(built.args) if isinstance(one, torch.Tensor)]
        inputs = [built.args[place] for place in places]
        bases = [*built.bases.values()]
        return ProgramTensors(built.args, built.kwargs, bases[0], inputs, tuple(places[1:]), values, bases)
    number = numbers[id(first)] = numbers.get(id(first), -1) + 1
    base = POOL.base(first, number, builder, case)
    args, others, bases = [base.tensor], [], [base]
    for place, one in enumerate(case.args[1:], 1):
        if type(one) is TensorArgument:
            number = numbers[id(one)] = numbers.get(id(one), -1) + 1
            other = POOL.base(one, number, builder, case)
            args.append(other.tensor)
            others.append(place)
            bases.append(other)
        else:
            args.append(builder.plain(one))
    inputs = [base.tensor, *[args[place] for place in others]]
    return ProgramTensors(args, {}, base, inputs, tuple(others), values, bases)


def _pooled(argument: Any) -> bool:
    """Whether an argument is no tensor, or one for the pool: strided, on its own storage, values not given."""
    if type(argument) is TensorArgument:
        return argument.values is None and argument.storage is None
    return type(argument) not in TENSOR_ARGUMENTS


def refill(laid: ProgramTensors, program: MutatingProgram) -> None:
    """Write the base's initial content to its storage again, as far as that goes: a run before may have resized it."""
    if program.fill:
        fill_storage(laid.base, program.fill)


def _value(layout: Layout, elements: bytes, device: str) -> torch.Tensor:
    return _tensor_of(DTYPE_OF[layout.dtype], layout.size, elements, device)
