"""Evidence of a view's inverse: from a mutated view it gives a new base, in each of three return modes.

All of it follows from the case: the base's layout, the layouts of its views, and the contents that are laid on their
storages. A target lays the same and shows what came of it; an output that is no view of the operand has None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from viewproof.cases.model import Case, TensorArgument, operand
from viewproof.evidence.components import components_of
from viewproof.evidence.expectation import Expectation
from viewproof.evidence.probe import ANYTHING, Probe
from viewproof.evidence.subject import Subject
from viewproof.tensors.fillings import fillings
from viewproof_reference.inverses import DataTensor, NewBase, Placement, ReturnMode, filled, reverse
from viewproof_reference.layout import Layout, contiguous_strides, element_count, itemsize
from viewproof_reference.layout.reshape import preserved_strides

_LONGEST_ELEMENT = 16


@lru_cache(maxsize=1024)
def contents(storage_bytes: int, dtype: str) -> tuple[bytes, bytes]:
    """The bytes of a base's storage, and those that a mutated view's are taken from; they differ in every byte.

    A float of the second is so much smaller than the first's in its place that no sum of the two equals it, and the
    bytes of an integer differ by an odd number, so that no small number of additions gives it either.
    """
    rows = fillings(storage_bytes, dtype)
    if dtype == "bool":
        return rows[0], rows[-1]
    return bytes([(value - 1) % 32 + 33 for value in rows[0]]), bytes([(value - 1) % 32 + 2 for value in rows[0]])


def guard(storage_bytes: int, dtype: str) -> bytes:
    """The bytes stored after a mutated view: more than the base has, unlike any of `contents`, and valid bools."""
    return (b"\x01" if dtype == "bool" else b"\x50") * (storage_bytes + _LONGEST_ELEMENT)


def mutated_views(expectation: Expectation) -> dict[int, Layout]:
    """The outputs whose inverse is asked for, by their number: views of the first operand, but not itself."""
    return {
        index: output.layout
        for index, output in enumerate(expectation.outputs or ())
        if output.shares == "self" and not output.identity and isinstance(output.layout, Layout)
    }


class Scene(NamedTuple):
    """The inverse of one output: what is laid, and the new base that it must give.

    `before` are the bytes of the base's storage. `mutated` is the mutated view, on a storage of its own, after whose
    bytes those of `behind` lie. `root` is the layout of the tensor that the inverse leads to: the operand, or what it
    is itself a view of.
    """

    before: bytes
    mutated: DataTensor
    behind: bytes
    root: Layout
    wanted: NewBase


Scenes = tuple[Scene | None, ...]


def scenes_of(subject: Subject, mode: ReturnMode) -> Scenes:
    """The scenes of the outputs in one return mode. Worked out once a subject."""
    key = f"inverse {mode.value}"
    known: Scenes | None = subject.known.get(key)
    if known is None:
        views = mutated_views(subject.expectation)
        count = len(subject.expectation.outputs or ())
        known = subject.known[key] = tuple([
            _scene(subject.case, mode, index, views[index]) if index in views else None for index in range(count)
        ])  # fmt: skip
    return known


def _scene(case: Case, mode: ReturnMode, index: int, view: Layout) -> Scene:
    argument = case.args[0]
    if not isinstance(argument, TensorArgument):
        raise TypeError(f"operand: wanted a strided one, got {argument!r}")
    held = components_of(case)["self"].storage_bytes
    base = argument.layout._replace(storage_bytes=held)
    # Torch assumes that a bool's byte is 0 or 1, so that nothing else is stored where bools are read.
    before, changed = contents(held, "bool" if view.dtype == "bool" else base.dtype)
    given = DataTensor(base, before)
    args = [operand(one) for one in case.args[1:]]
    kwargs = {name: operand(value) for name, value in case.kwargs}
    if mode is not ReturnMode.ALWAYS_VIEW:
        # The elements are read at the view's own positions, so that those which name one position agree. Guard bytes
        # follow, so that an inverse that reads out of bounds shows it and does not crash.
        mutated = filled(_dense(view, mode), DataTensor(view, changed).values)
        wanted = reverse(case.operator, given, mutated, mode, index, args, kwargs)
        return Scene(before, mutated, guard(held, view.dtype), base, wanted)
    # The mutated view has the view's positions, on a storage like the base's.
    mutated = DataTensor(view._replace(storage_bytes=len(changed)), changed)
    wanted = reverse(case.operator, given, mutated, mode, index, args, kwargs)
    root = base
    if "view" in argument.flags:
        # The lazy bits of an operand that is a view were set by hand, without autograd's knowledge.
        root = base._replace(size=(argument.layout.storage_bytes // itemsize(base.dtype),), stride=(1,), offset=0)
    if root != base:
        middle = DataTensor(wanted.layout, changed)
        place = [base.size, base.stride, base.offset]
        wanted = reverse("aten.as_strided.default", DataTensor(root, before), middle, mode, 0, place)
    return Scene(before, mutated, b"", root, wanted)


def _dense(view: Layout, mode: ReturnMode) -> Layout:
    """The layout that an operator on the view would return, without a lazy bit.

    It is dense, in the order of the view's strides; where views are made copies, in the order of a copy's.
    """
    copies = mode is ReturnMode.NEVER_VIEW
    stride = contiguous_strides(view.size) if copies else preserved_strides(view.size, view.stride)
    return Layout(view.size, stride, 0, view.dtype, storage_bytes=element_count(view.size) * itemsize(view.dtype))


class Reach(NamedTuple):
    """A tensor that leaves its storage: the bytes that it reaches to, and those that there are."""

    needed: int
    held: int


class NewBaseShown(NamedTuple):
    """The new base of one output. `dtype`, `layout` and `device` are torch's words.

    `note` says why there is none; it is empty where there is one. `beyond` says how it leaves its storage, None where
    it does not; `short` says the same of the new base from a second mutated view, contiguous on a storage of just its
    own elements, or what that is instead of a tensor; None also where it is refused, or was not tried. `elements` are
    their bytes in logical, row-major order, lazy bits resolved; None where they are out of reach.
    """

    note: str
    size: tuple[int, ...] = ()
    dtype: str = ""
    layout: str = ""
    device: str = ""
    beyond: Reach | None = None
    short: Reach | str | None = None
    elements: tuple[bytes, ...] | OpenElements | None = ()


class BasePlaced(NamedTuple):
    """How the new base of one output lies on its storage: `size`, `stride` and `offset` count elements."""

    note: str
    size: tuple[int, ...] = ()
    stride: tuple[int, ...] | SignificantStrides | Any = ()
    offset: int | Any = 0


class BaseBits(NamedTuple):
    """The lazy bits of the new base of one output."""

    note: str
    conj: bool = False
    neg: bool = False


class BaseStorage(NamedTuple):
    """Whose storage the new base of one output lies on: `the mutated view's`, `the operand's`, `its own`."""

    note: str
    on: str = ""


class OpenElements(tuple[bytes | None, ...]):
    """Elements, some of which the contract leaves open: where it has None, any is right."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, tuple)
            and len(self) == len(other)
            and all(one is None or one == seen for one, seen in zip(self, other, strict=True))
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


@dataclass(frozen=True, slots=True, eq=False)
class SignificantStrides:
    """Equal to the strides that are these in each dimension that has more than one element."""

    size: tuple[int, ...]
    stride: tuple[int, ...]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, tuple)
            and len(other) == len(self.stride)
            and all(extent < 2 or one == seen for extent, one, seen in zip(self.size, self.stride, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash(self.size)

    def __repr__(self) -> str:
        return str(self.stride)


def _shown(scene: Scene, word: str) -> NewBaseShown:
    values = scene.wanted.values
    elements = OpenElements(values) if None in values else values
    return NewBaseShown("", scene.root.size, scene.root.dtype, "strided", word, None, None, elements)  # type: ignore[arg-type]


def _placed(scene: Scene, word: str) -> BasePlaced:
    wanted, _, _, placement = scene.wanted
    if placement is Placement.FREE or 0 in wanted.size:
        return BasePlaced("", wanted.size, ANYTHING, ANYTHING)
    offset = wanted.offset if placement is Placement.EXACT else ANYTHING
    return BasePlaced("", wanted.size, SignificantStrides(wanted.size, wanted.stride), offset)


def _bits(scene: Scene, word: str) -> BaseBits:
    return BaseBits("", scene.wanted.layout.conj, scene.wanted.layout.neg)


def _storage(scene: Scene, word: str) -> BaseStorage:
    return BaseStorage("", scene.wanted.shares.value)


INVERSE, PLACEMENT, FLAGS, SHARES = "inverse", "inverse-placement", "inverse-flags", "inverse-shares"
_EXPECTED: dict[str, Callable[[Scene, str], Any]] = {
    INVERSE: _shown, PLACEMENT: _placed, FLAGS: _bits, SHARES: _storage,
}  # fmt: skip


def _probe(name: str, mode: ReturnMode) -> Probe:
    one = _EXPECTED[name]

    def expected(subject: Subject, word: str) -> tuple[Any, ...]:
        return tuple([None if scene is None else one(scene, word) for scene in scenes_of(subject, mode)])

    return Probe(name, expected)


#: What each return mode owes. An inverse that may be a view or a scatter owes no storage, one that never views no
#: strides; both may resolve lazy bits.
PROBES: dict[ReturnMode, tuple[Probe, ...]] = {
    mode: tuple([_probe(name, mode) for name in names])
    for mode, names in (
        (ReturnMode.ALWAYS_VIEW, (INVERSE, PLACEMENT, FLAGS, SHARES)),
        (ReturnMode.VIEW_OR_SCATTER, (INVERSE, PLACEMENT)),
        (ReturnMode.NEVER_VIEW, (INVERSE, SHARES)),
    )
}
