"""Runs samples twice: by the operator itself, and by its decomposition, on newly made operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from viewproof.catalog.overloads import resolve
from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.samples.build import build_sample
from viewproof.samples.run import run_sample
from viewproof.samples.tables import Decomposition, decompose, export_table, exported, registered
from viewproof_suites.decompositions.answers import DecompositionAnswers

SAMPLES = frozenset({"sample"})

Ways = Callable[[Any, list[str]], Callable[..., Any]]


class DecompositionSession:
    """A session that runs samples of one operator, also by its decomposition on tensors of `device`.

    `way` makes the function that runs the decomposition; the operators that this ends in are added to `way`'s list.
    """

    def __init__(self, operator: str, way: Ways, device: str = "cpu") -> None:
        self.device = device
        self.overload = resolve(operator)
        self.several = len(self.overload._schema.returns) > 1
        self.way = way

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """Both executions, and the operators that the decomposition ended in, if it was decomposed further.

        A decomposition that raises where the operator does not is the observation's error.
        """
        call = subject.case.call  # type: ignore[attr-defined]
        leaves: list[str] = []
        operator = run_sample(self.overload, build_sample(call), self.several)
        decomposed = run_sample(self.way(self.overload, leaves), build_sample(call, self.device), self.several)
        if decomposed.error and not operator.error:
            return Observation([], ((decomposed.error,), decomposed.message))
        return Observation([], answers=DecompositionAnswers(operator, decomposed, tuple(leaves)))

    def flush(self) -> None:
        """Nothing to do: `observe` completes each observation."""


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
    """Opens the session that `make` gives for an operator; the default generator's state is put back at the end."""

    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        state = torch.get_rng_state()
        try:
            yield make(operator)
        finally:
            torch.set_rng_state(state)

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
    kinds=SAMPLES,
)
DECOMPOSED_EXPORT = Target(
    "decomposed-export",
    "the operator decomposed by the export table until no operator of the table is left",
    opener(lambda operator: DecompositionSession(operator, _exported)),
    _has_exported,
    kinds=SAMPLES,
)
DECOMPOSED_META = Target(
    "decomposed-meta",
    "the registered decomposition of an operator, called on meta tensors",
    opener(lambda operator: DecompositionSession(operator, _registered, "meta")),
    _has_registered_by_shape,
    on_meta=True,
    kinds=SAMPLES,
)
META_REGISTERED = Target(
    "meta-registered",
    "the function that is registered for an operator in the decomposition table of meta tensors",
    opener(lambda operator: DecompositionSession(operator, _meta_kernel, "meta")),
    _has_meta_kernel,
    on_meta=True,
    kinds=SAMPLES,
)
