"""Runs `run_decompositions` as users do, with the default table or with views kept, and the view pass on its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule

from viewproof.catalog import catalog
from viewproof.catalog.overloads import resolve
from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.probe import Evidence, raised
from viewproof.evidence.subject import Traits
from viewproof.exported.composite import loaded_once
from viewproof.exported.modules import MODULE
from viewproof.exported.programs import Export, ExportedGraph, exported_inputs, level_of, pieces
from viewproof.exported.vendor import REFERENCE, VIEW_TO_COPY, maker_of
from viewproof_suites.passes import expected
from viewproof_suites.passes.evidence import RIGHT, probe_of
from viewproof_suites.passes.targets.passes import (
    MODULES,
    OF_OTHERS,
    OF_VIEWS,
    Asked,
    ModulesSession,
    any_module,
    kept_programs,
)
from viewproof_suites.passes.trial import Trial, difference, run_graph

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
    """A session that exports and decomposes the modules that it is asked about together, and looks at each result."""

    def __init__(self, device: str, make: Callable[[], Any], table: Callable[[], Any] | None) -> None:
        super().__init__(device, make, refused_decomposed)
        self.table = table

    def observe(self, asked: Sequence[Asked]) -> list[Evidence]:
        """See `Session.observe`."""
        found, places, programs = self.exported(asked)
        packs: dict[int, list[tuple[int, ExportedGraph]]] = {}
        for place, program in zip(places, programs, strict=True):
            packs.setdefault(id(program.whole), []).append((place, program))
        for members in packs.values():
            seen = self._decompose([(asked[place], program) for place, program in members])
            for (place, _), evidence in zip(members, seen, strict=True):
                found[place] = evidence
        return found

    def _decompose(self, members: list[tuple[Asked, ExportedGraph]]) -> list[Evidence]:
        whole = members[0][1].whole
        assert whole is not None
        table = None if self.table is None else self.table()
        try:
            with level_of(members[0][1].case.operator), loaded_once():
                decomposed = whole.exported.run_decompositions(table)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return [raised(error)] if len(members) == 1 else [self._alone(*one) for one in members]
        graphs = _graphs(whole, decomposed)
        return [self._look(*member, *graph) for member, graph in zip(members, graphs, strict=True)]

    def _alone(self, asked: Asked, program: ExportedGraph) -> Evidence:
        """What is seen of a call that is decomposed by itself, after its pack could not be as a whole."""
        (alone,) = kept_programs((program.case,), self.device)
        return self._decompose([(asked, alone)])[0] if alone.error is None else raised(alone.error)

    def _look(self, asked: Asked, program: ExportedGraph, graph: GraphModule, inputs: list[Any]) -> Evidence:
        assert program.graph is not None
        subject = asked[0]
        try:
            wanted = run_graph(program.graph, program.inputs)
            got = run_graph(graph, inputs)
        except BaseException as error:  # noqa: BLE001  what a program raises is evidence
            return raised(error)
        exact = "rounds" not in subject.traits.words
        called = {str(node.target) for node in graph.graph.nodes}
        known = {
            # After a decomposition, the new contents of written buffers come first among the outputs.
            "decomposed": difference(wanted, got[max(0, len(got) - len(wanted)) :], exact) or RIGHT["decomposed"],
            "preserved": "called" if subject.case.operator in called else "gone",
        }
        trial = Trial(graph, self.make, inputs, exact=exact)
        return self.answers(asked, trial, lambda: Trial(graph, REFERENCE[VIEW_TO_COPY], inputs), known)


def refused_decomposed(traits: Traits) -> bool:
    """Whether the pass that replaces views must refuse the module's graph, once it is decomposed."""
    return expected.is_refused(traits.operator, traits.words, decomposed=True)


def _accepted(traits: Traits) -> bool:
    return not refused_decomposed(traits)


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


def _preserves(traits: Traits) -> bool:
    return traits.operator in preserved_views()


def _keeps_views(traits: Traits) -> bool:
    # Graphs inside are left to the other target, since the same table decomposes them.
    named = traits.operator.startswith(MODULE) and "graphs" not in traits.words
    return named or traits.operator in preserved_views()


_PROBES = (
    probe_of("decomposed"),
    probe_of("refusal"),
    *[probe_of(name, _accepted) for name in ("again", "layouts", "values", *OF_VIEWS, *OF_OTHERS)],
)


RUN_DECOMPOSITIONS = Target(
    "run-decompositions", "run_decompositions with the default table, then the view pass",
    _open(None), any_module, _PROBES, kinds=MODULES,
)  # fmt: skip
RUN_DECOMPOSITIONS_VIEWS = Target(
    "run-decompositions-views", "run_decompositions with the view operators kept, then the view pass",
    _open(preserving_table), _keeps_views, (*_PROBES, probe_of("preserved", _preserves)), kinds=MODULES,
)  # fmt: skip
