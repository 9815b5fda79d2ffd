"""Whether a pass's result can be saved and loaded again, as part of the exported program that it belongs to.

A pack is saved whole: the pass is applied to all of it. Where that fails, each program of it is exported and saved by
itself, so that one call's failure is not another's.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.export import ExportedProgram

from viewproof.cases.answers import answers_of
from viewproof.evidence.observation import Observation
from viewproof.exported.carve import carved
from viewproof.exported.programs import Export, ExportedGraph, flat_inputs, programs_of
from viewproof_suites.passes.answers import PassAnswers
from viewproof_suites.passes.trial import Trial, difference, raised, run_graph

SAME = "the program's values"


def saved_values(results: Sequence[tuple[ExportedGraph, Trial, Observation]], make: Callable[[], Any]) -> None:
    """Answer the question `saved` in each observation: what the result computes once it is saved and loaded."""
    packs: dict[int, list[tuple[ExportedGraph, Trial, Observation]]] = {}
    for result in results:
        packs.setdefault(id(result[0].whole), []).append(result)
    for members in packs.values():
        whole = members[0][0].whole
        assert whole is not None
        # A pack consists of views, which are all exact, or of a single network.
        exact = all(trial.exact for _, trial, _ in members)
        said = saved_and_loaded(whole, make, exact)
        for program, _, observation in members:
            alone = said
            if said != SAME and program.case.call is not None:
                (again,) = programs_of([program.case], "cpu")
                alone = said if again.whole is None else saved_and_loaded(again.whole, make, exact)
            answers_of(observation, PassAnswers).by_question["saved"] = alone


def saved_and_loaded(whole: Export, make: Callable[[], Any], exact: bool = True) -> str:
    """`the program's values`, or what went wrong; also the former if torch cannot save the unchanged program either.

    `exact` is that of `Trial`.
    """
    if whole.edited:
        return SAME
    exported = whole.exported
    try:
        loaded = round_trip(transformed(exported, make))
        if isinstance(loaded, Exception):
            raise loaded
        got = run_graph(loaded.graph_module, flat_inputs(loaded, whole.given))
        wanted = run_graph(exported.graph_module, flat_inputs(exported, whole.given))
        said = difference(wanted, got, exact) or SAME
    except Exception as error:  # noqa: BLE001  what torch raises is the observation
        said = raised(error)
    return SAME if said != SAME and isinstance(round_trip(exported), Exception) else said


def round_trip(exported: ExportedProgram) -> ExportedProgram | Exception:
    """The program, saved to memory and loaded again; or what that raised."""
    file = io.BytesIO()
    try:
        torch.export.save(exported, file)
        file.seek(0)
        return torch.export.load(file)
    except Exception as error:  # noqa: BLE001  what torch raises is the answer
        return error


def transformed(exported: ExportedProgram, make: Callable[[], Any]) -> ExportedProgram:
    """The exported program with the pass's result as its graph; torch computes its signature and its ranges again."""
    untouched = copy.copy(exported)
    untouched._graph_module = carved(exported.graph_module, None, None)
    return untouched._transform_do_not_use(make())
