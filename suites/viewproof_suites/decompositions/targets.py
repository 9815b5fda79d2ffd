"""Runs samples by the decompositions of their operators, on newly made operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from viewproof.catalog.overloads import resolve
from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.probe import Evidence
from viewproof.evidence.subject import Subject, Traits
from viewproof.samples.build import build_sample
from viewproof.samples.run import SampleRun, run_sample
from viewproof.samples.tables import Decomposition, decompose, export_table, exported, registered
from viewproof_suites.decompositions.evidence import (
    CONTENTS,
    LEAVES,
    OPERANDS,
    RESULTS,
    contents_of,
    leaves_of,
    operands_of,
    results_of,
)

SAMPLES = frozenset({"sample"})

Ways = Callable[[Any, list[str]], Callable[..., Any]]


class DecompositionSession:
    """A session that runs the samples of one operator by its decomposition, on tensors of `device`.

    `way` makes the function that runs the decomposition; the operators that this ends in are added to `way`'s list.
    """

    def __init__(self, operator: str, way: Ways, device: str = "cpu") -> None:
        self.device = device
        self.overload = resolve(operator)
        self.several = len(self.overload._schema.returns) > 1
        self.way = way

    def observe(self, asked: Sequence[tuple[Subject, tuple[str, ...]]]) -> list[Evidence]:
        """See `Session.observe`."""
        return [self._look(subject, probes) for subject, probes in asked]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`: operands are made for each call."""
        return False

    def _look(self, subject: Subject, probes: tuple[str, ...]) -> Evidence:
        call = subject.case.call  # type: ignore[attr-defined]
        leaves: list[str] = []
        ran = run_sample(self.way(self.overload, leaves), build_sample(call, self.device), self.several)
        if ran.raised is not None:
            return ran.raised
        return tuple([leaves_of(leaves) if probe == LEAVES.name else _SHOWN[probe](ran) for probe in probes])


_SHOWN: dict[str, Callable[[SampleRun], Any]] = {
    RESULTS.name: results_of, CONTENTS.name: contents_of, OPERANDS.name: operands_of,
}  # fmt: skip


def _registered(overload: Any, leaves: list[str]) -> Callable[..., Any]:
    name = str(overload)
    return _unless_declined(overload, registered().get(name) or registered("pre_autograd")[name])


def _meta_kernel(overload: Any, leaves: list[str]) -> Callable[..., Any]:
    return _unless_declined(overload, registered("meta")[str(overload)])


def _unless_declined(overload: Any, decomposition: Decomposition) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        result = decomposition(*args, **kwargs)
        # A decomposition that returns NotImplemented leaves the call to its operator, as under a dispatch mode.
        return overload(*args, **kwargs) if result is NotImplemented else result

    return call


def _exported(overload: Any, leaves: list[str]) -> Callable[..., Any]:
    return decompose(overload, export_table(), leaves)


def opener(make: Callable[[str], Session]) -> OpenSession:
    """Opens the session that `make` gives for an operator."""

    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        yield make(operator)

    return open_session


def _has_registered(traits: Traits) -> bool:
    return traits.operator in registered() or traits.operator in registered("pre_autograd")


def _known_by_shape(operator: str) -> bool:
    """Whether the metadata of an overload's results depends on that of its operands alone, as meta tensors need."""
    return _OF_DATA.isdisjoint(resolve(operator).tags)


_OF_DATA = frozenset({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape})


def _has_registered_by_shape(traits: Traits) -> bool:
    return _has_registered(traits) and _known_by_shape(traits.operator)


def _has_meta_kernel(traits: Traits) -> bool:
    return traits.operator in registered("meta") and _known_by_shape(traits.operator)


def _has_exported(traits: Traits) -> bool:
    return traits.operator in exported()


DECOMPOSED = Target(
    "decomposed",
    "the registered decomposition of an operator, called on real tensors",
    opener(lambda operator: DecompositionSession(operator, _registered)),
    _has_registered,
    (RESULTS, CONTENTS, OPERANDS),
    kinds=SAMPLES,
)
DECOMPOSED_EXPORT = Target(
    "decomposed-export",
    "the operator decomposed by the export table until no operator of the table is left",
    opener(lambda operator: DecompositionSession(operator, _exported)),
    _has_exported,
    (RESULTS, CONTENTS, OPERANDS, LEAVES),
    kinds=SAMPLES,
)
DECOMPOSED_META = Target(
    "decomposed-meta",
    "the registered decomposition of an operator, called on meta tensors",
    opener(lambda operator: DecompositionSession(operator, _registered, "meta")),
    _has_registered_by_shape,
    (RESULTS,),
    on_meta=True,
    kinds=SAMPLES,
)
META_REGISTERED = Target(
    "meta-registered",
    "the function that is registered for an operator in the decomposition table of meta tensors",
    opener(lambda operator: DecompositionSession(operator, _meta_kernel, "meta")),
    _has_meta_kernel,
    (RESULTS,),
    on_meta=True,
    kinds=SAMPLES,
)
