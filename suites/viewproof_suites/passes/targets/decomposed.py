"""Runs `run_decompositions` as users do, with the default table or with views kept, and the view pass on its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from viewproof.cases.answers import answers_of
from viewproof.catalog import catalog
from viewproof.catalog.overloads import resolve
from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.exported.modules import MODULE
from viewproof.exported.programs import Export, ExportedGraph, exported_inputs, level_of, pieces
from viewproof.exported.vendor import REFERENCE, VIEW_TO_COPY, maker_of
from viewproof.running.session import error_of
from viewproof_suites.passes import expected
from viewproof_suites.passes.answers import PassAnswers
from viewproof_suites.passes.targets.passes import (
    MODULES,
    OF_GRAPHS,
    OF_VIEWS,
    ModulesSession,
    any_module,
    ask,
    kept_programs,
)
from viewproof_suites.passes.trial import Trial, difference, run_graph

_ASKED = ("again", "graph", "layouts", "values", *OF_VIEWS)
_VIEW_KINDS = ("view", "view-or-copy", "inverse")


@cache
def preserved_views() -> frozenset[str]:
    """The view operators of the catalog that torch's default table decomposes, which a user may take out of it."""
    table = torch.export.default_decompositions()
    views = [name for name, entry in catalog().items() if entry.kind in _VIEW_KINDS]
    return frozenset(name for name in views if resolve(name) in table)


def preserving_table() -> dict[Any, Callable[..., Any]]:
    """Torch's default table without the views."""
    table = torch.export.default_decompositions()
    for name in preserved_views():
        del table[resolve(name)]
    return table


class DecomposedSession(ModulesSession):
    """A session that exports and decomposes a chunk's modules together at the end, and observes each result alone."""

    def __init__(self, device: str, make: Callable[[], Any], table: Callable[[], Any] | None) -> None:
        super().__init__(device, make)
        self.table = table

    def flush(self) -> None:
        """Export and decompose the modules that wait, and observe every result."""
        packs: dict[int, list[tuple[ExportedGraph, Subject, Observation]]] = {}
        for program, subject, observation in self.exported():
            packs.setdefault(id(program.whole), []).append((program, subject, observation))
        for members in packs.values():
            self._decompose(members)

    def _decompose(self, members: list[tuple[ExportedGraph, Subject, Observation]]) -> None:
        whole = members[0][0].whole
        assert whole is not None
        try:
            table = None if self.table is None else self.table()
            with level_of(members[0][1].case.operator):
                decomposed = whole.exported.run_decompositions(table)
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            self._apart(members, error)
            return
        graphs = _graphs(whole, decomposed)
        for (program, subject, observation), (graph, inputs) in zip(members, graphs, strict=True):
            self._look(program, subject, observation, graph, inputs)

    def _apart(self, members: list[tuple[ExportedGraph, Subject, Observation]], error: Exception) -> None:
        """Decompose a pack call by call, after it raised `error` as a whole."""
        if len(members) == 1:
            members[0][2].error = error_of(error)
            return
        for program, subject, observation in members:
            (alone,) = kept_programs((program.case,), self.device)
            if alone.error is None:
                self._decompose([(alone, subject, observation)])
            else:
                observation.error = error_of(alone.error)

    def _look(
        self, program: ExportedGraph, subject: Subject, observation: Observation, graph: GraphModule, inputs: list[Any]
    ) -> None:
        assert program.graph is not None
        wanted = run_graph(program.graph, program.inputs)
        got = run_graph(graph, inputs)
        exact = "rounds" not in subject.traits.words
        answers = answers_of(observation, PassAnswers).by_question
        # After a decomposition, the new contents of written buffers come first among the outputs.
        answers["decomposed"] = difference(wanted, got[len(got) - len(wanted) :], exact) or "the program's"
        operator = subject.case.operator
        if operator in preserved_views():
            called = {str(node.target) for node in graph.graph.nodes}
            answers["preserved"] = "called" if str(resolve(operator)) in called else "gone"
        trial = Trial(graph, self.make, inputs, exact=exact)
        reference = Trial(graph, REFERENCE[VIEW_TO_COPY], inputs)
        if trial.error is not None and not expected.is_refused(operator, subject.traits.words, decomposed=True):
            observation.error = error_of(trial.error)
            return
        asked: tuple[str, ...] = ("refusal",)
        if trial.error is None:
            asked = ("refusal", *_ASKED, *(OF_GRAPHS if "graphs" in subject.traits.words else ()))
        ask(asked, trial, reference, observation)


def _graphs(whole: Export, decomposed: ExportedProgram) -> list[tuple[GraphModule, list[Any]]]:
    if whole.taken:
        return pieces(whole, decomposed)
    inputs = list(exported_inputs(decomposed, whole.given).values())
    return [(decomposed.graph_module, inputs)]


def _open(table: Callable[[], Any] | None) -> OpenSession:
    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        yield DecomposedSession(device, maker_of(VIEW_TO_COPY), table)

    return open_session


def _keeps_views(traits: Traits) -> bool:
    # Graphs inside are left to the other target, since the same table decomposes them.
    named = traits.operator.startswith(MODULE) and "graphs" not in traits.words
    return named or traits.operator in preserved_views()


RUN_DECOMPOSITIONS = Target(
    "run-decompositions", "run_decompositions with the default table, then the view pass",
    _open(None), any_module, kinds=MODULES,
)  # fmt: skip
RUN_DECOMPOSITIONS_VIEWS = Target(
    "run-decompositions-views", "run_decompositions with the view operators kept, then the view pass",
    _open(preserving_table), _keeps_views, kinds=MODULES,
)  # fmt: skip
