"""Runs executions of a chunk on one target: all in one session, or one by itself, with what each leaves put back.

What is left changed is looked at once after many executions. Where something was, each is run again by itself, and
the one that leaves it again is the one that left it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from viewproof.cases.model import TENSOR_ARGUMENTS
from viewproof.catalog.overloads import draws
from viewproof.contract.state import Left
from viewproof.contract.target import Session
from viewproof.engine.answers import Sight
from viewproof.engine.assignment import TargetWork
from viewproof.engine.whereabouts import Noted, begin_target
from viewproof.engine.workload import Equal
from viewproof.errors import first_line
from viewproof.evidence.probe import Evidence, Raised, may_be_the_users
from viewproof.evidence.subject import Subject
from viewproof.records.chunk import Chunk
from viewproof.running.process_state import LASTING, OF_IMPORTS
from viewproof.running.settings import state_kept

Keeping = Callable[[], state_kept]

#: What an operator with the tag for it may move.
_DRAWN = "torch's generator"

_lasting: set[str] = set()


def must_renew() -> bool:
    """Whether an execution left in this process what cannot be put back: no more should be run in it."""
    return bool(_lasting)


def run_all(
    chunk: Chunk, one: TargetWork, places: Sequence[int], keeping: Keeping
) -> tuple[list[Evidence | Equal], dict[int, Left]]:
    """What is seen of the executions at these places, and what those of them left changed that did, by place.

    They run in one session, or one by one where anything was left changed.
    """
    kept = keeping()
    seen: list[Evidence | Equal] = []
    try:
        with kept:
            seen = _seen(chunk, one, places)
    except BaseException as error:
        if not left_of(chunk.operator, kept.left) or may_be_the_users(error):
            raise
    if not left_of(chunk.operator, kept.left):
        return seen, {}
    # All that ran after the guilty one ran under what it left: each is run again by itself.
    sights = [run_alone(chunk, one, place, keeping) for place in places]
    left = {place: sight.left for place, sight in zip(places, sights, strict=True) if sight.left}
    found = {name for names in left.values() for name in names}
    strange = [name for name in left_of(chunk.operator, kept.left) if name not in found and name not in OF_IMPORTS]
    if strange:
        # None of them leaves it a second time. That is said of the first one.
        left[places[0]] = tuple(sorted({*left.get(places[0], ()), *strange}))
    return [sight.evidence for sight in sights], left


def run_alone(chunk: Chunk, one: TargetWork, place: int, keeping: Keeping) -> Sight:
    """What is seen of one execution, in a session of its own and on operands made anew.

    What the operator's call leaves changed is put back before its results are read, where the session lets the call be
    made for it (`session.call`).
    """
    subject, names = one.subjects[place], one.rules[place].names
    kept, within = keeping(), list[str]()
    begin_target(chunk.targets.index(one.target.name))
    try:
        with kept, one.target.open(chunk.device, chunk.operator) as session:
            session.renew(subject)
            _put_back_after_call(session, keeping, within)
            (evidence,) = session.observe(Noted([(subject, names)], [place]))
    except BaseException as error:
        if not left_of(chunk.operator, within or kept.left) or may_be_the_users(error):
            raise
        # A class of its own: a case that must be refused is not refused by this.
        text = f"under the state that the call left, {type(error).__name__}: {first_line(error)}"
        evidence = Raised(("StateLeftChanged",), text)
    # What the call itself left is the whole of it: around the call the same shows again, more or less.
    left = left_of(chunk.operator, within or kept.left)
    _lasting.update(LASTING.intersection(left))
    return Sight(evidence, left)


def _put_back_after_call(session: Session, keeping: Keeping, left: list[str]) -> None:
    call: Any = getattr(session, "call", None)
    if not callable(call):
        return

    def kept_call(*args: Any, **kwargs: Any) -> Any:
        kept = keeping()
        try:
            with kept:
                return call(*args, **kwargs)
        finally:
            left.extend(kept.left)

    session.call = kept_call  # type: ignore[attr-defined]


def _seen(chunk: Chunk, one: TargetWork, places: Sequence[int]) -> list[Evidence | Equal]:
    """What one session on the target sees of the executions at these places.

    What differs is looked at once more, on operands made anew: an earlier call may have changed those that are kept.
    Where none has, the first answer was the kernel's own, and stands.
    """
    subjects, rules, expected = one.subjects, one.rules, one.expected
    asked = [(subjects[place], rules[place].names) for place in places]
    begin_target(chunk.targets.index(one.target.name))
    with one.target.open(chunk.device, chunk.operator) as session:
        seen: list[Evidence | Equal] = [*session.observe(Noted(asked, places))]
        if len(seen) != len(places):
            raise AssertionError(f"target {one.target.name}: wanted evidence of {len(places)} cases, got {len(seen)}")
        wanted = [expected[place] for place in places]
        if seen == wanted:
            return seen
        unsure: dict[int, Evidence] = {}
        for number, (subject, names) in enumerate(asked):
            if seen[number] == wanted[number]:
                continue
            changed = _has_changed(session, subject)
            if session.renew(subject):
                (again,) = session.observe(Noted([(subject, names)], [places[number]]))
                if changed or again == seen[number]:
                    seen[number] = again
                else:
                    unsure[number] = again
        if unsure:
            spoiled = _spoiled(session, one)
            for number, again in unsure.items():
                if not spoiled.isdisjoint(_operands(asked[number][0])):
                    seen[number] = again
    return seen


def _spoiled(session: Any, one: TargetWork) -> set[Any]:
    """The operands that a call of the target's work changes, each made anew before it.

    That one is as it was made once all have run says nothing: two calls may undo each other's change.
    """
    found: set[Any] = set()
    for place, (subject, rules) in enumerate(zip(one.subjects, one.rules, strict=True)):
        session.renew(subject)
        session.observe(Noted([(subject, rules.names)], [place]))
        if session.has_changed(subject):
            session.renew(subject)
            found.update(_operands(subject))
    return found


def _operands(subject: Subject) -> list[Any]:
    return [one for one in subject.case.args if type(one) in TENSOR_ARGUMENTS]


def _has_changed(session: Any, subject: Subject) -> bool:
    """Whether a call has changed the operands that a session keeps of a case: so it may be, where it cannot say so."""
    return bool(session.has_changed(subject)) if hasattr(session, "has_changed") else True


def left_of(operator: str, names: Iterable[str]) -> Left:
    """What was left changed by calls of the operator and may not be."""
    return tuple(sorted({name for name in names if name != _DRAWN or not draws(operator)}))
