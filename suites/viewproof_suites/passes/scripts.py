"""Scripts on export's passes: a module is exported, torch's pass is applied to its graph, and one question is asked.

The module, the trial and the question are functions that depend on torch alone (harness/viewproof/exported/named,
trial.py, questions/): a script has the text of those that it needs.
"""

from __future__ import annotations

import ast
import inspect
import logging
import warnings
from functools import cache
from types import ModuleType
from typing import Any

from viewproof.errors import NoScript
from viewproof.evidence.probe import OneOf
from viewproof.evidence.subject import Subject
from viewproof.exported import programs
from viewproof.exported.modules import ModuleCase
from viewproof.exported.named import builder_of
from viewproof.exported.programs import exported_inputs
from viewproof.exported.vendor import REFERENCE, SIDE_EFFECTS, VIEW_TO_COPY, entry_of
from viewproof.scripts.bases import bases_of, call_of
from viewproof.scripts.frame import Frame, indented
from viewproof.scripts.literals import operator_in_torch
from viewproof.scripts.script import Script
from viewproof_suites.passes import questions, trial
from viewproof_suites.passes.evidence import AsReference, expected_answer
from viewproof_suites.passes.targets.decomposed import preserved_views, preserving_table
from viewproof_suites.passes.targets.passes import kept_programs

#: The targets whose results have a script: those that try torch's own passes.
PASS_TARGETS = frozenset({"view-to-copy", "side-effects", "run-decompositions", "run-decompositions-views"})
_REFERENCES = frozenset({"view-to-copy-reference", "side-effects-reference"})
_HEAD = """\
import copy
import ctypes
import importlib
import io
import math
from collections.abc import Callable
from typing import Any

from torch.export import ExportedProgram
from torch.fx import GraphModule, Interpreter, Node
from torch.utils import _pytree as pytree

ModuleParts = dict[str, Any]
"""
#: Rules whose question has another name than the rule's last word.
_ASKED = {
    "refused": "refusal", "no-view": "views", "no-inner-view": "inner_views", "overloads": "packets",
    "left-effects": "order", "inner-graphs": "inner_graphs", "tensor-meta": "tensor_meta",
}  # fmt: skip
_SAVED = """\
file = io.BytesIO()
torch.export.save(exported._transform_do_not_use(make()), file)
file.seek(0)
loaded = torch.export.load(file)
wanted = run_graph(graph, inputs)
got = run_graph(loaded.graph_module, flat_inputs(loaded, given))
observed = difference(wanted, got, {exact}) or "the program's values"
"""
_DECOMPOSED = """\
wanted = run_graph(exported.graph_module, flat_inputs(exported, given))
got = run_graph(graph, inputs)
observed = difference(wanted, got[len(got) - len(wanted):], {exact}) or "the program's"
"""
_PRESERVED = """\
observed = "called" if {name!r} in [str(node.target) for node in graph.graph.nodes] else "gone"
"""


def pass_script(frame: Frame) -> Script:
    """The script of a result of `passes.*`. Raises NoScript where there is none."""
    return Script(_pass_lines(frame.subject, frame.target, frame.rule))


def _pass_lines(subject: Subject, target: str, rule: str) -> list[str]:
    """Lines that set `expected` and `observed` for the rule's question. Raises NoScript where there is none."""
    if target in _REFERENCES:
        raise NoScript(f"target {target!r}: wanted torch's pass, got the reference's, which no script can do without")
    if not rule.startswith("passes."):
        raise NoScript(f"rule {rule!r}: wanted a rule on the passes")
    case: Any = subject.case
    word = rule.removeprefix("passes.")
    name = _ASKED.get(word, word)
    body, needed = _body(subject, target, name)
    lines = [*_HEAD.splitlines(), *_sources(needed), "", *_module(case), ""]
    checked = [*_exported(target), *body]
    return [
        *lines,
        f"expected = {_wanted(subject, target, name)!r}",
        "try:",
        *indented(checked),
        "except Exception as error:",
        "    # What raises where it is accepted breaks every rule.",
        '    expected, observed = "no exception", f"{type(error).__name__}: {error}".partition("\\n")[0]',
    ]


def _wanted(subject: Subject, target: str, name: str) -> str:
    """The right answer to the question."""
    right = expected_answer(subject, name)
    if isinstance(right, AsReference):
        return _of_reference(subject, target, name)
    return str(right[0] if isinstance(right, OneOf) else right)


def _of_reference(subject: Subject, target: str, name: str) -> str:
    """The answer for the reference's pass on the graph that the script will make; `accepted` if export makes none."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            (program,) = kept_programs((subject.case,), "cpu")
            if program.error is not None or program.whole is None:
                return "accepted"
            graph, inputs = program.fresh(), program.inputs
            if target.startswith("run-decompositions"):
                table = None if target == "run-decompositions" else preserving_table()
                exported = program.whole.exported.run_decompositions(table)
                graph, inputs = exported.graph_module, list(exported_inputs(exported, program.whole.given).values())
            which = SIDE_EFFECTS if target == "side-effects" else VIEW_TO_COPY
            return questions.question(name)(trial.Trial(graph, REFERENCE[which], inputs))
    finally:
        logging.disable(disabled)


def _body(subject: Subject, target: str, name: str) -> tuple[list[str], list[str]]:
    """The lines that ask the question, and the functions that they need."""
    needed = ["flat_inputs", "run_graph", "difference"]
    exact = "rounds" not in subject.traits.words
    if name == "decomposed":
        return _DECOMPOSED.format(exact=exact).splitlines(), needed
    if name == "preserved":
        return _PRESERVED.format(name=subject.case.operator).splitlines(), needed
    which, other = (SIDE_EFFECTS, VIEW_TO_COPY) if target == "side-effects" else (VIEW_TO_COPY, SIDE_EFFECTS)
    makers = []
    for variable, entry in (("make", entry_of(which)), ("other", entry_of(other))):
        module, _, found = entry.partition(":")
        # Of a backend's passes the names are the user's, or those that a run.json gives.
        makers.append(f"{variable} = getattr(importlib.import_module({module!r}), {found!r})")
    if name == "saved":
        return [*makers, *_SAVED.format(exact=exact).splitlines()], needed
    lines = [
        *makers,
        f"trial = Trial(graph, make, inputs, forbidden, other, exact={exact})",
        *([] if name == "refusal" else ["if trial.error is not None:", "    raise trial.error"]),
        f"observed = ask_{name}(trial)",
    ]
    return lines, [*needed, "Trial", f"ask_{name}"]


def _module(case: ModuleCase) -> list[str]:
    """Lines that set `made`, as the maker of a named module does."""
    if case.call is None:
        function = builder_of(str(case.name))
        return [*inspect.getsource(function).splitlines(), "", "", f"made = {function.__name__}()"]
    bases = bases_of(case.call, "cpu", "mask")
    return [
        "mask = 0  # each byte of a base holds the lowest bit of its place",
        *bases.lines,
        "",
        "",
        "class Module(torch.nn.Module):",
        "    def forward(self, *given):",
        f"        {', '.join(bases.tensors)}, = given",
        f"        return {call_of(case.call, bases)}",
        "",
        "",
        f'made = {{"module": Module(), "args": ({", ".join(bases.tensors)},)}}',
    ]


def _exported(target: str) -> list[str]:
    """Lines that set `exported`, `graph`, `given`, `inputs` and `forbidden`."""
    lines = [
        'given = made["args"]',
        'exported = torch.export.export(made["module"], given, dynamic_shapes=made.get("dynamic"), strict=False)',
        'made.get("edit", lambda graph: None)(exported.graph_module)',
        'forbidden = [flat_inputs(exported, one) for one in made.get("forbidden", [])]',
    ]
    if target.startswith("run-decompositions"):
        lines.append("table = torch.export.default_decompositions()")
        if target == "run-decompositions-views":
            kept = ", ".join(map(operator_in_torch, sorted(preserved_views())))
            lines += [f"for operator in [{kept}]:", "    del table[operator]"]
        lines.append("decomposed = exported.run_decompositions(table)")
        lines += ["graph, inputs = decomposed.graph_module, flat_inputs(decomposed, given)"]
    else:
        lines.append("graph, inputs = exported.graph_module, flat_inputs(exported, given)")
    return lines


@cache
def _available() -> dict[str, tuple[str, frozenset[str]]]:
    """The text of every function and class of those files, and the names that each mentions."""
    files: tuple[ModuleType, ...] = (trial, *questions.THEMES, programs)
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for file in files:
        text = inspect.getsource(file)
        for node in ast.parse(text).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                mentioned = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                found[node.name] = (str(ast.get_source_segment(text, node)), frozenset(mentioned))
    return found


def _sources(wanted: list[str]) -> list[str]:
    """The text of the wanted functions and of all that they mention, in the order of the files."""
    known = _available()
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in known and name not in needed:
            needed.add(name)
            waiting += known[name][1]
    lines: list[str] = []
    for name, (text, _) in known.items():
        if name in needed:
            lines += ["", "", *text.splitlines()]
    return lines
