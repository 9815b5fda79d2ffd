"""Observes schemas: the answers of torchgen's functionalization API on a view group, and the live ViewMeta classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from viewproof.contract.target import Session, Target
from viewproof.evidence.probe import Evidence
from viewproof.evidence.subject import Subject, Traits
from viewproof.running.hazard import REPEATS, TRIES, ending
from viewproof.running.session import Asked
from viewproof_reference.viewmeta import LiveClass, sample_tuple
from viewproof_suites.viewmeta.answers import API, LIVE, SchemaAnswers
from viewproof_suites.viewmeta.groups import classes_of, groups
from viewproof_suites.viewmeta.targets.live_classes import live_class_names, observed_types, round_trip
from viewproof_suites.viewmeta.targets.torchgen_api import observed_answers


class SchemaSession:
    """Asks about each schema, one after the other, what its `answer` asks."""

    def __init__(self, answer: Callable[[str], SchemaAnswers]) -> None:
        self.answer = answer

    def observe(self, asked: Sequence[Asked]) -> list[Evidence]:
        """See `Session.observe`: each target here has one probe."""
        return [(self.answer(subject.case.operator),) for subject, _ in asked]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`: a schema has no operands."""
        return False


def torchgens(operator: str) -> SchemaAnswers:
    """Torchgen's answers on the overload's view group."""
    return SchemaAnswers(observed_answers(groups()[operator].name))


def live_classes(operator: str) -> SchemaAnswers:
    """Which live classes of the overload there are, the types of their tuples, and what comes back of a tuple.

    One of each is constructed, in processes of their own, since that may end the process.
    """
    found: dict[str, str] = {}
    names = live_class_names()
    for live in classes_of(operator):
        there = live.name in names
        found[f"live.{live.name}.exists"] = "yes" if there else "no"
        if there:
            types = observed_types(live.name)
            found |= {f"live.{live.name}.{what}": said for what, said in types.items()}
            found[f"live.{live.name}.round_trip"] = came_back(live)
    return SchemaAnswers(found)


def came_back(live: LiveClass) -> str:
    """What a step of the class gives back for a sample tuple, tried many times in child processes."""
    sample = sample_tuple(live)

    def ask() -> None:
        for _ in range(REPEATS):
            if round_trip(live, sample) != sample:
                raise ValueError(live.name)

    # Freed memory may still hold its old content: one child that ends well proves nothing.
    ended = next((end for end in (ending(ask) for _ in range(TRIES)) if end != "well"), "well")
    return {"well": "the same tuple", "raises": "another tuple"}.get(ended, f"the process died with {ended}")


@contextmanager
def _open_torchgen(device: str, operator: str) -> Iterator[Session]:
    yield SchemaSession(torchgens)


@contextmanager
def _open_live(device: str, operator: str) -> Iterator[Session]:
    yield SchemaSession(live_classes)


def _grouped(traits: Traits) -> bool:
    return traits.operator in groups()


def _has_classes(traits: Traits) -> bool:
    return bool(classes_of(traits.operator))


_SCHEMAS = frozenset({"schema"})
TORCHGEN = Target("torchgen", "torchgen's functionalization API", _open_torchgen, _grouped, (API,), kinds=_SCHEMAS)
LIVE_CLASS = Target(
    "live-class", "the ViewMeta classes of the installed torch", _open_live, _has_classes, (LIVE,), kinds=_SCHEMAS
)
