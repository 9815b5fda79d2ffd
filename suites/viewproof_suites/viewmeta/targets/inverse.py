"""Runs a view's inverse, in each of its three return modes: from a mutated view it gives a new base.

`inverse` calls autograd's recorded reverse function (always a view). The two others are functionalization's, with views
reapplied (a view or a scatter) and without (never a view): the mutated view replaces the view's value, and the base is
synchronized from it. No write operator takes part in that, so that every dtype and lazy bit can be tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import torch

from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.outputs import OutputFacts
from viewproof.evidence.probe import Evidence, Raised, raised
from viewproof.evidence.subject import Subject, Traits
from viewproof.running.session import FactsSession, facts_of_output
from viewproof.tensors.bases import Base
from viewproof.tensors.bound import placed
from viewproof.tensors.build import DTYPE_OF
from viewproof.tensors.elements import with_bits_resolved
from viewproof.tensors.facts import Unreadable
from viewproof.tensors.freed import scribble
from viewproof.tensors.memory import cells_of, gather, reach
from viewproof.tensors.storage_bytes import Unreadable as NoMemory
from viewproof.tensors.storage_bytes import lay, upload
from viewproof_reference.inverses import ReturnMode, Sharing
from viewproof_reference.layout import DTYPES, Layout, contiguous_strides, element_count
from viewproof_suites.viewmeta.inverses import (
    FLAGS,
    INVERSE,
    PLACEMENT,
    PROBES,
    SHARES,
    BaseBits,
    BasePlaced,
    BaseStorage,
    NewBaseShown,
    Reach,
    Scene,
    scenes_of,
)

original_views: Callable[[bool], AbstractContextManager[Any]] = torch.autograd._force_original_view_tracking  # type: ignore[attr-defined]
_OPERANDS = "the operand's"


class Mutated(NamedTuple):
    """The mutated view that an inverse is given, and the storage that it lies on."""

    tensor: torch.Tensor
    storage: torch.UntypedStorage


class Given(NamedTuple):
    """What an inverse gave. `found` is the new base, whatever it is; `note` says why there is none.

    `short` is the new base from a second mutated view, `tried` whether there is one: it may have been refused.
    """

    note: str
    found: Any = None
    tried: bool = False
    short: Any = None


def reverse_of(view: torch.Tensor) -> Callable[[torch.Tensor], Any]:
    """Autograd's recorded reverse of a view."""
    return view._rev_view_func_unsafe  # type: ignore[attr-defined, no-any-return]


def _tensor_on(content: bytes, layout: Layout, device: str) -> Mutated:
    """A tensor of `layout` on a new storage on `device` that holds `content`."""
    storage = upload(content, device)
    tensor = placed(storage, DTYPE_OF[layout.dtype], layout.size, layout.stride, layout.offset)
    torch._C._set_conj(tensor, layout.conj)
    torch._C._set_neg(tensor, layout.neg)
    return Mutated(tensor, storage)


def mutated_view(scene: Scene, device: str) -> Mutated:
    """The scene's mutated view, on a new storage on `device`."""
    return _tensor_on(scene.mutated.storage + scene.behind, scene.mutated.layout, device)


def short_view(scene: Scene, device: str) -> torch.Tensor:
    """A view of the same size and dtype, contiguous on a storage of just its own elements, which are zero."""
    size, _, _, dtype, _, _, _ = scene.mutated.layout
    layout = Layout(size, contiguous_strides(size), 0, dtype)
    return _tensor_on(bytes(element_count(size) * DTYPES[dtype].itemsize), layout, device).tensor


class InverseSession(FactsSession):
    """A session that runs the inverse of each case's view, in one return mode."""

    def __init__(self, device: str, operator: str, mode: ReturnMode) -> None:
        # Bases are made for each case: what autograd records of one that is a view depends on the mode at that time.
        super().__init__(device, operator, fresh=True)
        self.mode = mode

    def look(self, subject: Subject, probes: tuple[str, ...]) -> Evidence:
        """See `FactsSession.look`; what all the probes show is of one run."""
        found: list[Mapping[str, Any] | None] = []
        for index, scene in enumerate(scenes_of(subject, self.mode)):
            shown = None if scene is None else self._inverse(subject, scene, index)
            if isinstance(shown, Raised):
                return shown
            found.append(shown)
        return tuple([tuple([None if one is None else one[probe] for one in found]) for probe in probes])

    def _inverse(self, subject: Subject, scene: Scene, index: int) -> Mapping[str, Any] | Raised:
        """The data of each probe for one output."""
        built = self.build(subject)
        if isinstance(built, Raised):
            return built
        args, kwargs, bases = built
        base = bases["self"]
        lay(base.storage, scene.before)
        mutated = mutated_view(scene, self.device)
        if self.mode is ReturnMode.ALWAYS_VIEW:
            given = self._by_autograd(args, kwargs, mutated.tensor, short_view(scene, self.device), index)
        else:
            given = self._by_functionalization(args, kwargs, base, mutated.tensor, index)
        if isinstance(given, Raised):
            return given
        if given.note:
            return _absent(given.note)
        try:
            return _shown(given, scene, base, mutated, self.word)
        except Unreadable as error:
            return raised(error)

    def _by_autograd(
        self, args: Sequence[Any], kwargs: dict[str, Any], mutated: torch.Tensor, second: torch.Tensor, index: int
    ) -> Given | Raised:
        try:
            result = self.invoke(args, kwargs)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        outputs = self.listed(result)
        view = outputs[index] if index < len(outputs) else None
        if not isinstance(view, torch.Tensor):
            return Given("not a tensor")
        # A tensor of another class may take part in every reading of it.
        with torch._C.DisableTorchFunctionSubclass():
            return self._reversed(view, mutated, second)

    def _reversed(self, view: torch.Tensor, mutated: torch.Tensor, second: torch.Tensor) -> Given | Raised:
        try:
            note = _unlike(view, mutated, "the view", autograds=True)
        except BaseException as error:  # noqa: BLE001  what the view itself raises, of whatever class it is
            return raised(error)
        if note:
            return Given(note)
        try:
            with torch.no_grad():
                found = reverse_of(view)(mutated)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        try:
            with torch.no_grad():
                short = reverse_of(view)(second)
        except RuntimeError as error:
            return Given("", found) if "out of bounds" in str(error) else raised(error)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        return Given("", found, True, short)

    def _by_functionalization(
        self, args: Sequence[Any], kwargs: dict[str, Any], base: Base, mutated: torch.Tensor, index: int
    ) -> Given | Raised:
        with torch.no_grad():
            try:
                wrapper = torch._to_functional_tensor(base.tensor)
            except BaseException as error:  # noqa: BLE001  what torch raises is evidence
                return raised(error)
            arguments = [wrapper if one is base.tensor else one for one in args]
            torch._enable_functionalization(reapply_views=self.mode is ReturnMode.VIEW_OR_SCATTER)
            try:
                result = self.call(*arguments, **kwargs)
            except BaseException as error:  # noqa: BLE001  what torch raises is evidence
                return raised(error)
            finally:
                torch._disable_functionalization()
            outputs = self.listed(result)
            view = outputs[index] if index < len(outputs) else None
            if not isinstance(view, torch.Tensor):
                return Given("not a tensor")
            try:
                value = torch._from_functional_tensor(view)
                # A tensor of another class may take part in every reading of it.
                with torch._C.DisableTorchFunctionSubclass():
                    note = _unlike(value, mutated, "the functional view")
            except BaseException as error:  # noqa: BLE001  what torch, or the view itself, raises is evidence
                return raised(error)
            if note:
                return Given(note)
            try:
                torch._functionalize_replace(view, mutated)
                torch._functionalize_commit_update(view)
                torch._functionalize_sync(wrapper)
                return Given("", torch._from_functional_tensor(wrapper))
            except BaseException as error:  # noqa: BLE001  what torch raises is evidence
                return raised(error)


def _unlike(view: torch.Tensor, mutated: torch.Tensor, name: str, *, autograds: bool = False) -> str:
    """Why no mutated view can be put in the place of `view`; empty where it can. `autograds`: by autograd's record."""
    if view.layout is not torch.strided or view.is_nested:
        return "not a strided tensor"
    if autograds and not view._is_view():
        return "not a view to autograd"
    if (view.size(), view.dtype) != (mutated.size(), mutated.dtype):
        return f"{name} has another size or dtype"
    return ""


def _absent(note: str) -> Mapping[str, Any]:
    return {
        INVERSE: NewBaseShown(note), PLACEMENT: BasePlaced(note), FLAGS: BaseBits(note), SHARES: BaseStorage(note),
    }  # fmt: skip


def _shown(given: Given, scene: Scene, base: Base, mutated: Mutated, word: str) -> Mapping[str, Any]:
    """What the new base shows, by the probe. Raises Unreadable where torch cannot show a component of it."""
    found = given.found
    owners = {id(base.storage): _OPERANDS, id(mutated.storage): Sharing.VIEW.value}
    facts = facts_of_output(found, owners, None)
    held = facts.storage_bytes
    if facts.on == Sharing.VIEW.value:
        # The guard bytes after the mutated view do not count as its storage.
        held = min(held, len(scene.mutated.storage))
    beyond = _beyond(found, facts, held)
    elements = _elements(found, facts, word) if beyond is None else None
    short: Reach | str | None = None
    if given.tried:
        other = facts_of_output(given.short, {}, None)
        strided = other.layout == "strided"
        short = _beyond(given.short, other, other.storage_bytes) if strided else f"is {other.layout}"
    size = tuple(facts.size)
    return {
        INVERSE: NewBaseShown("", size, facts.dtype, facts.layout, facts.device, beyond, short, elements),
        PLACEMENT: BasePlaced("", size, tuple(facts.stride), facts.offset),
        FLAGS: BaseBits("", facts.conj, facts.neg),
        SHARES: BaseStorage("", facts.on or Sharing.OWN.value),
    }


def _beyond(tensor: Any, facts: OutputFacts, held: int) -> Reach | None:
    if facts.layout != "strided":
        return None
    needed = reach((facts.size, facts.stride, facts.offset), tensor.element_size())
    return None if 0 <= needed <= held else Reach(needed, held)


def _elements(tensor: Any, facts: OutputFacts, word: str) -> tuple[bytes, ...] | None:
    """The elements of a tensor that lies within its storage; None where that has no memory to be read."""
    if facts.layout != "strided" or facts.device != word:
        return None
    storage = tensor.untyped_storage()
    # What a wrong kernel has freed must not look alive.
    scribble((storage.nbytes(),))
    try:
        found = cells_of(storage)
    except NoMemory:
        return None
    width = tensor.element_size()
    content = gather(found, (facts.size, facts.stride, facts.offset), width)
    content = with_bits_resolved(content, facts.dtype, facts.conj, facts.neg)
    return tuple([content[start : start + width] for start in range(0, len(content), width)])


def _session(mode: ReturnMode) -> OpenSession:
    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        # Else autograd replays by as_strided wherever it can, and records no reverse.
        with original_views(mode is ReturnMode.ALWAYS_VIEW):
            yield InverseSession(device, operator, mode)

    return open_session


def _takes(traits: Traits) -> bool:
    return traits.strided and not traits.inplace and not traits.refused


def _takes_followed(traits: Traits) -> bool:
    # Of a view that autograd does not follow it records no reverse.
    return _takes(traits) and not traits.severs


BY_AUTOGRAD = Target(
    "inverse",
    "autograd's reverse of a view, always a view",
    _session(ReturnMode.ALWAYS_VIEW),
    _takes_followed,
    PROBES[ReturnMode.ALWAYS_VIEW],
)
INVERSE_SCATTER = Target(
    "inverse-scatter",
    "functionalization's inverse with views reapplied: a view or a scatter",
    _session(ReturnMode.VIEW_OR_SCATTER),
    _takes,
    PROBES[ReturnMode.VIEW_OR_SCATTER],
)
INVERSE_COPY = Target(
    "inverse-copy",
    "functionalization's inverse without views: never a view",
    _session(ReturnMode.NEVER_VIEW),
    _takes,
    PROBES[ReturnMode.NEVER_VIEW],
)
