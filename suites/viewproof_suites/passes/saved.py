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

from viewproof.exported.carve import carved
from viewproof.exported.programs import Export, ExportedGraph, flat_inputs, programs_of
from viewproof_suites.passes.trial import Trial, difference, raised, run_graph

SAME = "the program's values"


def saved_values(results: Sequence[tuple[ExportedGraph, Trial]], make: Callable[[], Any]) -> list[str]:
    """The answer to the question `saved` for each result: what it computes once it is saved and loaded."""
    packs: dict[int, list[tuple[int, ExportedGraph, Trial]]] = {}
    for place, (program, trial) in enumerate(results):
        packs.setdefault(id(program.whole), []).append((place, program, trial))
    answers: dict[int, str] = {}
    for members in packs.values():
        whole = members[0][1].whole
        assert whole is not None
        # A pack consists of views, which are all exact, or of a single network.
        exact = all(trial.exact for _, _, trial in members)
        said = saved_and_loaded(whole, make, exact)
        for place, program, _ in members:
            answers[place] = said
            if said != SAME and program.case.call is not None:
                (again,) = programs_of([program.case], "cpu")
                answers[place] = said if again.whole is None else saved_and_loaded(again.whole, make, exact)
    return [answers[place] for place in range(len(results))]


def saved_and_loaded(whole: Export, make: Callable[[], Any], exact: bool = True) -> str:
    """`the program's values`, or what went wrong; also the former if torch cannot save the unchanged program either.

    `exact` is that of `Trial`.
    """
    if whole.edited:
        return SAME
    said = _said(whole, make, exact)
    return SAME if said != SAME and isinstance(round_trip(whole.exported), Exception) else said


def _said(whole: Export, make: Callable[[], Any], exact: bool) -> str:
    exported = whole.exported
    try:
        changed = transformed(exported, make)
    except Exception as error:  # noqa: BLE001  what a pass and torch raise is evidence
        return raised(error)
    loaded = round_trip(changed)
    if isinstance(loaded, Exception):
        return raised(loaded)
    try:
        # Which inputs it takes, the loaded program says.
        got = run_graph(loaded.graph_module, flat_inputs(loaded, whole.given))
        wanted = run_graph(exported.graph_module, flat_inputs(exported, whole.given))
    except Exception as error:  # noqa: BLE001  what torch raises is evidence
        return raised(error)
    return difference(wanted, got, exact) or SAME


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
