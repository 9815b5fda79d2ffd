"""Runs export's two passes on exported graphs: torch's own (or a vendor's in its place), and the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from viewproof.contract.target import OpenSession, Session, Target
from viewproof.evidence.probe import Evidence, raised
from viewproof.evidence.subject import Subject, Traits
from viewproof.exported.programs import ExportedGraph, programs_of
from viewproof.exported.vendor import REFERENCE, SIDE_EFFECTS, VIEW_TO_COPY, maker_of
from viewproof_suites.passes import expected, questions
from viewproof_suites.passes.evidence import COMPARED, SILENT, Compared, probe_name, probe_of, question_of
from viewproof_suites.passes.saved import saved_values
from viewproof_suites.passes.trial import Trial

MODULES = frozenset({"module"})
#: What is asked of every result, of those of the first pass, and of those of the second.
EVERY = (
    "again", "input", "layouts", "metadata", "modified", "names", "packets", "sound", "state", "tensor_meta", "vals",
    "values",
)  # fmt: skip
OF_VIEWS = ("fresh", "inner_views", "views")
OF_EFFECTS = ("composed", "order", "tokens", "untouched", "violated")
#: What is asked of a pass that is not the reference's own; of the view pass also whether its result can be saved, which
#: takes longer than all else, and is the same of an equal graph.
OF_OTHERS = ("graph", "inner_graphs")


@lru_cache(maxsize=1)
def kept_programs(cases: tuple[Any, ...], device: str) -> list[ExportedGraph]:
    """The exported programs of a chunk's cases. Those of the last chunk are kept for the other targets."""
    return programs_of(cases, device)


Asked = tuple[Subject, tuple[str, ...]]


class ModulesSession:
    """A session that exports the modules that it is asked about together, and tries the pass from `make` on graphs.

    `refuses` says of which modules the pass must refuse the graph.
    """

    def __init__(self, device: str, make: Callable[[], Any], refuses: Callable[[Traits], bool]) -> None:
        self.device = device
        self.make = make
        self.refuses = refuses

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`: each module is exported on operands of its own."""
        return False

    def exported(self, asked: Sequence[Asked]) -> tuple[list[Evidence], list[int], list[ExportedGraph]]:
        """The modules exported: the evidence of those that raise, empty for others; the others' places and programs."""
        programs = kept_programs(tuple([subject.case for subject, _ in asked]), self.device)
        found: list[Evidence] = [() if one.error is None else raised(one.error) for one in programs]
        places = [place for place, one in enumerate(programs) if one.error is None]
        return found, places, [programs[place] for place in places]

    def answers(self, asked: Asked, trial: Trial, reference: Callable[[], Trial], known: dict[str, str]) -> Evidence:
        """The answers to what is asked about a trial: those that are `known`, and those that the questions give.

        `reference` makes the trial of the reference's pass on the same graph. What the pass raises where it must accept
        the graph stands in the place of all answers.
        """
        subject, probes = asked
        if trial.error is not None and not self.refuses(subject.traits):
            return raised(trial.error)
        names = [question_of(probe) for probe in probes]
        told: dict[str, Any] = {name: known.get(name) or questions.question(name)(trial) for name in names}
        if not set(COMPARED).isdisjoint(names):
            other = reference()
            for name in names:
                if name in COMPARED:
                    silent = other.error is not None and name != "refusal"
                    told[name] = Compared(SILENT if silent else questions.question(name)(other), told[name])
        return tuple([told[name] for name in names])


class PassSession(ModulesSession):
    """A session that tries the pass on the graph of each module as it was exported."""

    def __init__(
        self, device: str, which: str, makers: Sequence[Callable[[], Any]], refuses: Callable[[Traits], bool]
    ) -> None:
        super().__init__(device, makers[0], refuses)
        self.which = which
        self.other = makers[1]

    def observe(self, asked: Sequence[Asked]) -> list[Evidence]:
        """See `Session.observe`."""
        found, places, programs = self.exported(asked)
        trials = [self._trial(asked[place][0], program) for place, program in zip(places, programs, strict=True)]
        saved = dict.fromkeys(places, "")
        kept = [
            (place, program, trial)
            for place, program, trial in zip(places, programs, trials, strict=True)
            if trial.error is None and _SAVED in asked[place][1]
        ]
        said = saved_values([(program, trial) for _, program, trial in kept], self.make)
        saved.update(zip([place for place, _, _ in kept], said, strict=True))
        for place, program, trial in zip(places, programs, trials, strict=True):
            known = {"saved": saved[place]} if saved[place] else {}
            found[place] = self.answers(asked[place], trial, partial(self._reference, program), known)
        return found

    def _trial(self, subject: Subject, program: ExportedGraph) -> Trial:
        exact = "rounds" not in subject.traits.words
        return Trial(program.fresh(), self.make, program.inputs, program.forbidden, self.other, exact=exact)

    def _reference(self, program: ExportedGraph) -> Trial:
        return Trial(program.fresh(), REFERENCE[self.which], program.inputs)


_SAVED = probe_name("saved")


def refused_as_exported(traits: Traits) -> bool:
    """Whether the pass that replaces views must refuse the module as it was exported."""
    return expected.is_refused(traits.operator, traits.words)


def _accepted(traits: Traits) -> bool:
    return not refused_as_exported(traits)


def opener(which: str, *, reference: bool) -> OpenSession:
    """Opens a session on the pass `which`: the reference's, or torch's or a vendor's in its place."""
    other = SIDE_EFFECTS if which == VIEW_TO_COPY else VIEW_TO_COPY

    @contextmanager
    def open_session(device: str, operator: str) -> Iterator[Session]:
        makers = [REFERENCE[one] if reference else maker_of(one) for one in (which, other)]
        yield PassSession(device, which, makers, refused_as_exported if which == VIEW_TO_COPY else _none)

    return open_session


def _none(traits: Traits) -> bool:
    return False


def any_module(traits: Traits) -> bool:
    return True


def _named(traits: Traits) -> bool:
    return traits.operator.startswith("module.")


_OF_VIEWS = (
    probe_of("refusal"),
    *[probe_of(name, _accepted) for name in ("copies", *EVERY, *OF_VIEWS)],
)
_OF_EFFECTS = tuple([probe_of(name) for name in (*EVERY, *OF_EFFECTS)])

VIEW_TO_COPY_PASS = Target(
    "view-to-copy", "torch's pass that replaces views with copies, or a vendor's in its place",
    opener(VIEW_TO_COPY, reference=False), any_module,
    (*_OF_VIEWS, *[probe_of(name, _accepted) for name in ("saved", *OF_OTHERS)]), kinds=MODULES,
)  # fmt: skip
VIEW_TO_COPY_REFERENCE = Target(
    "view-to-copy-reference", "the reference's pass that replaces views with copies, on the same graphs",
    opener(VIEW_TO_COPY, reference=True), any_module, _OF_VIEWS, kinds=MODULES,
)  # fmt: skip
SIDE_EFFECTS_PASS = Target(
    "side-effects", "torch's pass that functionalizes side effects, or a vendor's in its place",
    opener(SIDE_EFFECTS, reference=False), _named,
    (*_OF_EFFECTS, *[probe_of(name) for name in OF_OTHERS]), kinds=MODULES,
)  # fmt: skip
SIDE_EFFECTS_REFERENCE = Target(
    "side-effects-reference", "the reference's pass that functionalizes side effects, on the same graphs",
    opener(SIDE_EFFECTS, reference=True), _named, _OF_EFFECTS, kinds=MODULES,
)  # fmt: skip
