"""Real programs as exported modules: each lent a name, and judged as the suites `passes` judge a module of that name.

What export gives calls views that have no copy, until it is decomposed: there, the passes are to refuse alike. So each
model is a second subject, decomposed, on which the view pass has something to do.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time
from typing import Any, NamedTuple

import torch
from torch.fx import GraphModule
from torch.utils import _pytree as pytree

from programs.program import Program
from viewproof.contract.installed import find_suite
from viewproof.engine.check import check_in_place
from viewproof.exported.modules import MODULE, ModuleCase
from viewproof.exported.named import ModuleParts, lent
from viewproof.exported.vendor import SIDE_EFFECTS, VIEW_TO_COPY, maker_of, replaced_targets
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord, Failure
from viewproof_suites.passes.questions.effects import effect_names
from viewproof_suites.passes.questions.graph import graphs_of, view_names
from viewproof_suites.passes.targets.passes import kept_programs

#: What planning knows of a model as it is exported, and of one that is decomposed.
EXPORTED, DECOMPOSED = frozenset({"composite", "rounds"}), frozenset({"rounds"})


class Forward(torch.nn.Module):
    """A model that takes its inputs by place, as the passes' subjects do, and returns the tensors of its output."""

    def __init__(self, model: Any, names: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *given: torch.Tensor) -> list[torch.Tensor]:
        """The output's tensors, flat; a cache of keys and values that no pytree knows is left out."""
        output = self.model(**dict(zip(self.names, given, strict=True)))
        return [one for one in pytree.tree_leaves(output) if isinstance(one, torch.Tensor)]


def maker(program: Program, *, decomposed: bool) -> Callable[[], ModuleParts]:
    """What makes the program's module and its arguments: in eval mode, the same weights each time."""

    def make() -> ModuleParts:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model, inputs = program.make()
        made: ModuleParts = {"module": Forward(model.eval(), tuple(inputs)), "args": tuple(inputs.values())}
        return made | {"decomposed": True} if decomposed else made

    return make


class Cause(NamedTuple):
    """A failure that is a known issue of the suites, by its cause: which `issue`, on which target, under which rule,
    of which module, and what is observed, each in whole (a regular expression).
    """

    issue: str
    target: str
    rule: str
    operator: str
    observed: str


#: Each was traced to the known issue's cause; what differs in anything else is a finding.
CAUSES = (
    Cause("pass-modified-always", "view-to-copy", "passes.modified", ".*", "first time modified, .*"),
    Cause("pass-modified-again", "view-to-copy", "passes.modified", ".*", "second time modified, the graph alike"),
    Cause("pass-names", "view-to-copy", "passes.names", ".*", r"([a-z_]+?)(_\d+)? became \1(_\d+)?"),
    Cause("pass-tensor-meta", "view-to-copy", "passes.tensor-meta", ".*", r"tensor_meta of a \w+ is gone"),
    # Export saw the operator's layout, in which a view of the result is one; the decomposition's result has another.
    Cause(
        "decomposition-flash-attention-returns-attention-3", "run-decompositions(-views)?", r"passes\.decomposed",
        r"module\.program_gpt_2", "ValueError: Cannot view a tensor with shape .* and strides .*",
    ),
)  # fmt: skip


def cause_of(failure: Failure) -> str | None:
    """The known issue that explains a failure, None for a finding; nothing is known of a backend's own pass."""
    if failure.target in replaced_targets():
        return None
    for cause in CAUSES:
        wanted = zip(cause[1:], (failure.target, failure.rule, failure.operator, failure.observed), strict=True)
        if all(re.fullmatch(one, other) for one, other in wanted):
            return cause.issue
    return None


@dataclass(slots=True)
class Judged:
    """One subject, judged. `error` is what export raised, and then nothing else is known of it.

    `refused` is what torch's view pass raised. `verdicts` counts the verdicts `pass`, `known` and `fail` by rule.
    """

    name: str
    nodes: int = 0
    views: int = 0
    replaced: int = 0
    effects: int = 0
    functional: int = 0
    refused: str = ""
    error: str = ""
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    known: list[tuple[str, Failure]] = field(default_factory=list)
    findings: list[Failure] = field(default_factory=list)
    seconds: float = 0.0


def short_name(program: Program) -> str:
    """The program's name without its second act, which is not exported."""
    return program.name.partition(", and ")[0]


def word_of(program: Program, *, decomposed: bool) -> str:
    """The name that the program's module is lent: no suite has one that begins so."""
    word = re.sub(r"[^a-z0-9]+", "_", short_name(program).lower()).strip("_")
    return f"program_{word}_decomposed" if decomposed else f"program_{word}"


def judged(program: Program, *, decomposed: bool) -> Judged:
    """Export the program, try both passes and run_decompositions on it, and judge all by the suites' own rules."""
    began = process_time()
    word = word_of(program, decomposed=decomposed)
    found = Judged(f"{short_name(program)}, decomposed" if decomposed else short_name(program))
    words = (DECOMPOSED if decomposed else EXPORTED) | program.words
    # Export warns of uses that are torch's own.
    with warnings.catch_warnings(action="ignore"), lent(word, words, maker(program, decomposed=decomposed)):
        _count(found, ModuleCase(None, word))
        if not found.error:
            for suite in ("passes",) if decomposed else ("passes", "decomposed_passes"):
                _add(found, check_in_place(_chunk(suite, word)))
    found.seconds = process_time() - began
    return found


def _chunk(suite: str, word: str) -> Chunk:
    known = find_suite(suite)
    return Chunk(
        suite=suite, operator=f"{MODULE}{word}", family="module", profile="quick", device="cpu",
        targets=known.targets, rules=known.rules, case=f"module({word})",
    )  # fmt: skip


def _count(found: Judged, case: ModuleCase) -> None:
    """What is in the graph, and what torch's passes, or those in their place, make of it."""
    (exported,) = kept_programs((case,), "cpu")
    if exported.error is not None:
        found.error = in_a_line(exported.error)
        return
    before = exported.fresh()
    found.nodes = sum(len(one.graph.nodes) for one in _graphs(before))
    found.views, found.effects = _number(before, view_names), _number(before, effect_names)
    try:
        after = maker_of(VIEW_TO_COPY)()(exported.fresh()).graph_module
        found.replaced = found.views - _number(after, view_names)
    except Exception as error:  # noqa: BLE001  what a pass raises is in the table
        found.refused = in_a_line(error)
    after = maker_of(SIDE_EFFECTS)()(exported.fresh()).graph_module
    found.functional = sum("_functional_" in str(node.target) for node in after.graph.nodes)


def _graphs(module: GraphModule) -> list[GraphModule]:
    return [module, *graphs_of(module)]


def _number(module: GraphModule, names: Callable[[GraphModule], list[str]]) -> int:
    return sum(len(names(one)) for one in _graphs(module))


def _add(found: Judged, record: ChunkRecord) -> None:
    known: set[tuple[str, str]] = set()
    raised: set[str] = set()
    for failure in record.failures:
        issue = failure.known_issue or cause_of(failure)
        if issue is None:
            found.findings.append(failure)
        else:
            found.known.append((issue, failure))
            known.add((failure.target, failure.rule))
            # One that raised is one failure, and every rule that the target owed fails with it.
            if failure.difference.startswith("raises "):
                raised.add(failure.target)
    for tally in record.tallies:
        counts = found.verdicts.setdefault(tally.rule, {})
        explained = tally.target in raised or (tally.target, tally.rule) in known
        for verdict, number in tally.verdicts.items():
            word = "known" if verdict == "waived" or (verdict == "fail" and explained) else verdict
            counts[word] = counts.get(word, 0) + number


def in_a_line(error: Exception) -> str:
    """An error, in a line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:160] if lines else ''}"
