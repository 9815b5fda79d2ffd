"""Observes schemas: the answers of torchgen's functionalization API on a view group, and the live ViewMeta classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from viewproof.contract.target import Session, Target
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.running.hazard import REPEATS, TRIES, ending
from viewproof.running.session import error_of
from viewproof_reference.viewmeta import LiveClass, sample_tuple
from viewproof_suites.viewmeta.answers import SchemaAnswers
from viewproof_suites.viewmeta.groups import classes_of, groups
from viewproof_suites.viewmeta.targets.live_classes import live_class_names, observed_types, round_trip
from viewproof_suites.viewmeta.targets.torchgen_api import observed_answers


class TorchgenSession:
    """Asks torchgen about each schema's view group."""

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """Torchgen's answers; what it raises is the observation's error."""
        group = groups().get(subject.case.operator)
        try:
            return Observation([], answers=SchemaAnswers({} if group is None else observed_answers(group.name)))
        except Exception as error:  # noqa: BLE001  what torchgen raises is the observation
            return Observation([], error_of(error))

    def flush(self) -> None:
        """Nothing to do: `observe` completes each observation."""


class LiveClassSession:
    """Observes the live classes of each schema, and constructs one of each where that cannot crash."""

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """Which classes there are, the types of their tuples, and what comes back of a tuple."""
        found: dict[str, str] = {}
        names = live_class_names()
        for live in classes_of(subject.case.operator):
            there = live.name in names
            found[f"live.{live.name}.exists"] = "yes" if there else "no"
            if there:
                types = observed_types(live.name)
                found |= {f"live.{live.name}.{what}": said for what, said in types.items()}
                found[f"live.{live.name}.round_trip"] = came_back(live)
        return Observation([], answers=SchemaAnswers(found))

    def flush(self) -> None:
        """Nothing to do: `observe` completes each observation."""


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
    yield TorchgenSession()


@contextmanager
def _open_live(device: str, operator: str) -> Iterator[Session]:
    yield LiveClassSession()


def _grouped(traits: Traits) -> bool:
    return traits.operator in groups()


def _has_classes(traits: Traits) -> bool:
    return bool(classes_of(traits.operator))


TORCHGEN = Target("torchgen", "torchgen's functionalization API", _open_torchgen, _grouped, kinds=frozenset({"schema"}))
LIVE_CLASS = Target(
    "live-class", "the ViewMeta classes of the installed torch", _open_live, _has_classes, kinds=frozenset({"schema"})
)
