"""Runs export's two passes on exported graphs: torch's own (or a vendor's in its place), and the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from viewproof.cases.answers import answers_of
from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.exported.programs import ExportedGraph, programs_of
from viewproof.exported.vendor import REFERENCE, SIDE_EFFECTS, VIEW_TO_COPY, maker_of
from viewproof.running.session import error_of
from viewproof_suites.passes import expected, questions
from viewproof_suites.passes.answers import PassAnswers
from viewproof_suites.passes.saved import saved_values
from viewproof_suites.passes.trial import Trial

MODULES = frozenset({"module"})
#: What is asked of every result, of those of the first pass, and of those of the second.
EVERY = (
    "again", "graph", "input", "layouts", "metadata", "packets", "sound", "vals", "values",
)  # fmt: skip
OF_NAMED = ("modified", "names", "state", "tensor_meta")
OF_VIEWS = ("copies", "fresh", "views")
OF_GRAPHS = ("inner_graphs", "inner_views")
OF_EFFECTS = ("composed", "order", "tokens", "untouched", "violated")
#: What is also asked of the reference's pass, to compare the answers.
COMPARED = frozenset({"graph", "inner_graphs", "order", "refusal", "tokens"})


@lru_cache(maxsize=1)
def kept_programs(cases: tuple[Any, ...], device: str) -> list[ExportedGraph]:
    """The exported programs of a chunk's cases. Those of the last chunk are kept for the other targets."""
    return programs_of(cases, device)


class ModulesSession:
    """A session that exports a chunk's modules together at the end, and tries the pass from `make` on their graphs."""

    def __init__(self, device: str, make: Callable[[], Any]) -> None:
        self.device = device
        self.make = make
        self._waiting: list[tuple[Subject, Observation]] = []

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """An observation that `flush` fills."""
        observation = Observation([], answers=PassAnswers())
        self._waiting.append((subject, observation))
        return observation

    def exported(self) -> Iterator[tuple[ExportedGraph, Subject, Observation]]:
        """The modules that wait, exported; one that raises has the error in its observation, and is left out."""
        waiting, self._waiting = self._waiting, []
        programs = kept_programs(tuple([subject.case for subject, _ in waiting]), self.device)
        for (subject, observation), program in zip(waiting, programs, strict=True):
            if program.error is None:
                yield program, subject, observation
            else:
                observation.error = error_of(program.error)


def ask(names: tuple[str, ...], trial: Trial, reference: Trial, observation: Observation) -> None:
    """Note the answers to these questions about a trial, and those about the reference's where they are compared."""
    found = answers_of(observation, PassAnswers)
    for name in names:
        found.by_question[name] = questions.question(name)(trial)
        if name in COMPARED and (reference.error is None or name == "refusal"):
            found.wanted[name] = questions.question(name)(reference)


class PassSession(ModulesSession):
    """A session that tries the pass on the graph of each module as it was exported."""

    def __init__(self, device: str, which: str, make: Callable[[], Any], other: Callable[[], Any]) -> None:
        super().__init__(device, make)
        self.which = which
        self.other = other

    def flush(self) -> None:
        """Export the modules that wait, and observe every result."""
        results: list[tuple[ExportedGraph, Trial, Observation]] = []
        for program, subject, observation in self.exported():
            exact = "rounds" not in subject.traits.words
            trial = Trial(program.fresh(), self.make, program.inputs, program.forbidden, self.other, exact=exact)
            self.look(subject, program, trial, observation)
            if observation.error is None and trial.error is None:
                results.append((program, trial, observation))
        if self.which == VIEW_TO_COPY:
            saved_values(results, self.make)

    def look(self, subject: Subject, program: ExportedGraph, trial: Trial, observation: Observation) -> None:
        """Ask all questions that apply to the trial, and note the answers in the observation."""
        words = subject.traits.words
        if trial.error is not None and not expected.is_refused(subject.case.operator, words):
            observation.error = error_of(trial.error)
            return
        reference = Trial(program.fresh(), REFERENCE[self.which], program.inputs)
        asked: tuple[str, ...] = ("refusal",)
        if trial.error is None:
            asked = ("refusal", *EVERY, *(OF_VIEWS if self.which == VIEW_TO_COPY else OF_EFFECTS))
            asked += OF_NAMED if program.case.call is None else ()
            asked += OF_GRAPHS if "graphs" in words else ()
        ask(asked, trial, reference, observation)


def opener(which: str, *, reference: bool) -> OpenSession:
    """Opens a session on the pass `which`: the reference's, or torch's or a vendor's in its place."""
    other = SIDE_EFFECTS if which == VIEW_TO_COPY else VIEW_TO_COPY

    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        makers = [REFERENCE[one] if reference else maker_of(one) for one in (which, other)]
        yield PassSession(device, which, *makers)

    return open_session


def any_module(traits: Traits) -> bool:
    return True


def _named(traits: Traits) -> bool:
    return traits.operator.startswith("module.")


VIEW_TO_COPY_PASS = Target(
    "view-to-copy", "torch's pass that replaces views with copies, or a vendor's in its place",
    opener(VIEW_TO_COPY, reference=False), any_module, kinds=MODULES,
)  # fmt: skip
VIEW_TO_COPY_REFERENCE = Target(
    "view-to-copy-reference", "the reference's pass that replaces views with copies, on the same graphs",
    opener(VIEW_TO_COPY, reference=True), any_module, kinds=MODULES,
)  # fmt: skip
SIDE_EFFECTS_PASS = Target(
    "side-effects", "torch's pass that functionalizes side effects, or a vendor's in its place",
    opener(SIDE_EFFECTS, reference=False), _named, kinds=MODULES,
)  # fmt: skip
SIDE_EFFECTS_REFERENCE = Target(
    "side-effects-reference", "the reference's pass that functionalizes side effects, on the same graphs",
    opener(SIDE_EFFECTS, reference=True), _named, kinds=MODULES,
)  # fmt: skip
