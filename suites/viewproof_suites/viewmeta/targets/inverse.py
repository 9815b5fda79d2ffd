"""Runs a view's inverse, in each of its three return modes: from a mutated view it gives a new base.

`inverse` calls autograd's recorded reverse function (always a view). The two others are functionalization's, with views
reapplied (a view or a scatter) and without (never a view): the mutated view replaces the view's value, and the base is
synchronized from it. No write operator takes part in that, so that every dtype and lazy bit can be tested.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any

import torch

from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.running.session import FactsSession, error_of, tensors_of
from viewproof.tensors.bases import Base, upload
from viewproof.tensors.build import BuiltCall
from viewproof.tensors.facts import TensorFacts, strided_facts
from viewproof.tensors.fillings import fillings
from viewproof_reference.inverses import DataTensor, ReturnMode, filled
from viewproof_reference.layout import Layout
from viewproof_reference.layout.positions import needed_bytes
from viewproof_suites.viewmeta.answers import InverseAnswers, ObservedBase

_LONGEST_ELEMENT = 16

shares_storage: Callable[[torch.Tensor, torch.Tensor], bool] = torch._C._is_alias_of  # type: ignore[attr-defined]
original_views: Callable[[bool], AbstractContextManager[Any]] = torch.autograd._force_original_view_tracking  # type: ignore[attr-defined]


def reverse_of(view: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Autograd's recorded reverse of a view."""
    return view._rev_view_func_unsafe  # type: ignore[attr-defined, no-any-return]


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


def layout_of(tensor: torch.Tensor) -> Layout:
    """A strided tensor's layout, as the reference spells it."""
    facts = strided_facts(tensor, tensor.untyped_storage().nbytes())
    return Layout(
        tuple(facts.size), tuple(facts.stride), facts.offset, facts.dtype, facts.conj, facts.neg, facts.storage_bytes
    )


def bytes_of(storage: torch.UntypedStorage) -> bytes:
    """The storage's content."""
    home = storage.cpu()
    return ctypes.string_at(home.data_ptr(), home.nbytes()) if home.nbytes() else b""


def tensor_on(content: bytes, layout: Layout, like: torch.Tensor) -> torch.Tensor:
    """A tensor of `layout` on a new storage that holds `content`, with the dtype and on the device of `like`."""
    tensor = torch.empty(0, dtype=like.dtype, device=like.device)
    storage = upload(content, like.device.type) if content else torch.UntypedStorage(0, device=like.device)
    tensor.set_(storage, layout.offset, layout.size, layout.stride)
    torch._C._set_conj(tensor, layout.conj)
    torch._C._set_neg(tensor, layout.neg)
    return tensor


class InverseSession(FactsSession):
    """A session that runs the inverse of each case's view, in one return mode."""

    def __init__(self, device: str, operator: str, mode: ReturnMode) -> None:
        # Bases are made for each case: what autograd records of one that is a view depends on the mode at that time.
        super().__init__(device, operator, fresh=True)
        self.mode = mode

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """See `Session.observe`."""
        wanted = subject.expectation.outputs or ()
        seen: list[ObservedBase] = []
        try:
            for index, output in enumerate(wanted):
                if output.shares == "self" and not output.identity and isinstance(output.layout, Layout):
                    seen.append(self._inverse(subject, output.layout, index))
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            return Observation([], error_of(error))
        return Observation([], answers=InverseAnswers(self.mode, tuple(seen)))

    def _inverse(self, subject: Subject, view: Layout, index: int) -> ObservedBase:
        built = self.prepare(subject)
        base = built.bases["self"]
        # Torch assumes that a bool's byte is 0 or 1, so that nothing else is stored where bools are read.
        before, changed = contents(base.storage_bytes, "bool" if view.dtype == "bool" else base.dtype)
        if before:
            base.storage.copy_(upload(before, self.device), False)
        given = DataTensor(layout_of(base.tensor), before)
        if self.mode is ReturnMode.ALWAYS_VIEW:
            return self._by_autograd(built, base, given, changed, index)
        return self._by_functionalization(built, base, given, DataTensor(view, changed), index)

    def _by_autograd(self, built: BuiltCall, base: Base, given: DataTensor, changed: bytes, index: int) -> ObservedBase:
        view = tensors_of(self.invoke(built))[index]
        # The mutated view has the view's positions, on a storage like the base's.
        mutated = DataTensor(layout_of(view), changed)
        # The lazy bits of an operand that is a view were set by hand, without autograd's knowledge.
        root = layout_of(base.root)._replace(conj=given.layout.conj, neg=given.layout.neg)
        if not view._is_view():
            return ObservedBase(index, given, mutated, root, None, note="not a view to autograd")
        with torch.no_grad():
            tensor = tensor_on(changed, mutated.layout, view)
            found = reverse_of(view)(tensor)
            elsewhere = _elsewhere(view)
        return _seen(index, given, mutated, root, tensor, found)._replace(elsewhere=elsewhere)

    def _by_functionalization(
        self, built: BuiltCall, base: Base, given: DataTensor, changed: DataTensor, index: int
    ) -> ObservedBase:
        with torch.no_grad():
            wrapper = torch._to_functional_tensor(base.tensor)
            arguments = [wrapper if one is base.tensor else one for one in built.args]
            torch._enable_functionalization(reapply_views=self.mode is ReturnMode.VIEW_OR_SCATTER)
            try:
                view = tensors_of(self.call(*arguments, **built.kwargs))[index]
            finally:
                torch._disable_functionalization()
            value = torch._from_functional_tensor(view)
            made, wanted = layout_of(value), changed.layout
            if (made.size, made.dtype) != (wanted.size, wanted.dtype):
                note = "the functional view has another size or dtype"
                return ObservedBase(index, given, changed, given.layout, None, note=note)
            # The layout that an operator on the view would return: dense, in the order of its strides, no lazy bit.
            layout = layout_of(torch.empty_like(value))._replace(offset=0, conj=False, neg=False)
            # Its values are read at the view's own positions, so that elements which name one position agree.
            mutated = filled(layout, changed.values)
            # Guard bytes follow, so that an inverse that reads out of bounds shows it and does not crash.
            behind = guard(base.storage_bytes, changed.layout.dtype)
            tensor = tensor_on(mutated.storage + behind, mutated.layout, value)
            torch._functionalize_replace(view, tensor)
            torch._functionalize_commit_update(view)
            torch._functionalize_sync(wrapper)
            found = torch._from_functional_tensor(wrapper)
        return _seen(index, given, mutated, given.layout, tensor, found)


def _elsewhere(view: torch.Tensor) -> TensorFacts | None:
    other = torch.zeros(view.size(), dtype=view.dtype, device=view.device)
    try:
        found = reverse_of(view)(other)
    except RuntimeError as error:
        if "out of bounds" in str(error):
            return None
        raise
    return strided_facts(found, found.untyped_storage().nbytes())


def _seen(  # noqa: PLR0917  -- a record's fields, in its order
    index: int, given: DataTensor, mutated: DataTensor, root: Layout, tensor: torch.Tensor, found: torch.Tensor
) -> ObservedBase:
    shares = shares_storage(tensor, found)
    # The guard bytes after the mutated view do not count as its storage.
    length = len(mutated.storage) if shares else found.untyped_storage().nbytes()
    facts = strided_facts(found, length)
    within = needed_bytes(layout_of(found)) <= length
    content = bytes_of(found.untyped_storage())[:length] if within else b""
    return ObservedBase(index, given, mutated, root, facts, shares, content)


def _session(mode: ReturnMode) -> OpenSession:
    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        # Else autograd replays by as_strided wherever it can, and records no reverse.
        with original_views(mode is ReturnMode.ALWAYS_VIEW):
            yield InverseSession(device, operator, mode)

    return open_session


def _takes(traits: Traits) -> bool:
    return traits.strided and not traits.inplace and not traits.refused


INVERSE = Target("inverse", "autograd's reverse of a view, always a view", _session(ReturnMode.ALWAYS_VIEW), _takes)
INVERSE_SCATTER = Target(
    "inverse-scatter",
    "functionalization's inverse with views reapplied: a view or a scatter",
    _session(ReturnMode.VIEW_OR_SCATTER),
    _takes,
)
INVERSE_COPY = Target(
    "inverse-copy", "functionalization's inverse without views: never a view", _session(ReturnMode.NEVER_VIEW), _takes
)
