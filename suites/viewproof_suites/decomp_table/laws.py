"""The reference's answers on decomposition tables, and the comparisons with what was observed, as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from viewproof.cases.answers import answers_of
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof_reference.replacements.table_contents import part_of
from viewproof_reference.tables import OPERATIONS, OWN, ROLES, Operation, Step, beginning, situation, step, written
from viewproof_suites.decomp_table.answers import EntriesAnswers, HistoryAnswers, StepAnswers, TableAnswers
from viewproof_suites.decomp_table.cases import EntriesCase, HistoryCase

_NAMED = 6
"""How many operators a difference names at most."""


def history_answers(case: HistoryCase) -> HistoryAnswers:
    """The situation before the last operation: which custom roles are deleted, loaded, perhaps taken by `popitem`."""
    return HistoryAnswers(situation(case.operations[:-1]))


def entries_answers(case: EntriesCase) -> EntriesAnswers:
    """The names of the operators that belong in the part, from the present state of torch's dispatcher."""
    return EntriesAnswers(part_of(case.part))


def last_operation(subject: Subject) -> Operation:
    """The operation that the history's law is about."""
    case: Any = subject.case
    return cast("HistoryCase", case).operations[-1]


def expected_step(subject: Subject, observation: Observation) -> Step:
    """What the last operation should give, computed from the entries observed before it."""
    before = answers_of(subject.expectation, HistoryAnswers).situation
    return step(answers_of(observation, StepAnswers).before, before, last_operation(subject))


def goes_wrong(subject: Subject, observation: Observation) -> tuple[str, str] | None:
    """The last operation's expected and observed result, or entries after it; None where nothing differs."""
    wanted, seen = expected_step(subject, observation), answers_of(observation, StepAnswers)
    operation, others = last_operation(subject), seen.others
    copied = OPERATIONS[operation.word].copies
    text = written(operation)
    if wanted.result != seen.result:
        return f"{text}: {said(wanted.result, others)}", f"{text}: {said(seen.result, others)}"
    if wanted.after != seen.after:
        return f"after {text}: {said(wanted.after, others)}", f"after {text}: {said(seen.after, others)}"
    if copied and (not seen.aside_after or seen.aside_after[-1] != seen.before):
        found = said(seen.aside_after[-1], others) if seen.aside_after else "none"
        return f"the copied table: {said(seen.before, others)}", f"the copied table: {found}"
    return None


def starts_wrong(observation: Observation) -> tuple[str, str] | None:
    """The expected and the observed entries of a table that was just made; None where they agree."""
    seen = answers_of(observation, TableAnswers)
    wanted = beginning(range(seen.others))
    return None if wanted == seen.after else (said(wanted, seen.others), said(seen.after, seen.others))


def set_aside_changed(subject: Subject, observation: Observation) -> tuple[str, str] | None:
    """The entries, before and after the last operation, of a table set aside that it changed; None where none is."""
    answers = answers_of(observation, StepAnswers)
    before, after, others = answers.aside_before, answers.aside_after, answers.others
    for wanted, seen in zip(before, after, strict=False):
        if wanted != seen:
            return f"the table set aside: {said(wanted, others)}", f"the table set aside: {said(seen, others)}"
    return None if len(before) <= len(after) else (f"{len(before)} tables", f"{len(after)} tables")


def entries_differ(subject: Subject, observation: Observation) -> tuple[str, str] | None:
    """The operators of a part that the table lacks or wrongly has; None where there are none."""
    wanted, seen = (answers_of(side, EntriesAnswers).entries for side in (subject.expectation, observation))
    lacking, added = sorted(wanted - seen), sorted(seen - wanted)
    if not lacking and not added:
        return None
    text = f"lacks {_some(lacking)}; has {_some(added)}, which the reference has not"
    return f"{len(wanted)} operators", f"{len(seen)} operators: {text}"


def _some(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names) or "none"
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def said(answer: Any, others: int) -> str:
    """An answer as text: roles by name, operators without a role by their number, `others` being that of all."""
    if isinstance(answer, Mapping):
        named = ", ".join(f"{role}: {answer[role]}" for role in ROLES if role in answer)
        unknown = f", {answer['unknown']} of an unknown operator" if "unknown" in answer else ""
        own = sum(not isinstance(key, str) and word == OWN for key, word in answer.items())
        return f"{{{named}}}{unknown}{_number(own, others)}"
    if isinstance(answer, tuple | list) and len(answer) > len(ROLES):
        named = ", ".join(str(one) for one in answer if isinstance(one, str))
        return f"[{named}]{_number(sum(not isinstance(one, str) for one in answer), others)}"
    return str(answer)


def _number(own: int, others: int) -> str:
    if others in (0, own):
        return " and all others" if others else ""
    return f" and all others but {others - own}" if own > others // 2 else f" and {own or 'no'} others"
