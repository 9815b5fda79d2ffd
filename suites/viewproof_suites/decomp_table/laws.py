"""How what a table shows differs from what its laws say, as text: what was expected and what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viewproof_reference.tables import OWN, ROLES, written
from viewproof_suites.decomp_table.evidence import Aside, Beginning, Entries, Law, Made, Outcome, Unchanged

_NAMED = 6
"""How many operators a difference names at most."""


def goes_wrong(law: Law, seen: Outcome) -> tuple[str, str] | None:
    """The last operation's expected and observed result, or entries after it; None where nothing differs."""
    wanted, others = law.wanted(seen), others_of(seen.before)
    text = written(law.operation)
    if wanted.result != seen.result:
        return f"{text}: {said(wanted.result, others)}", f"{text}: {said(seen.result, others)}"
    if wanted.after != seen.after:
        return f"after {text}: {said(wanted.after, others)}", f"after {text}: {said(seen.after, others)}"
    kept = seen.before if law.copies else None
    if seen.copied != kept:
        before, after = ("none" if one is None else said(one, others) for one in (kept, seen.copied))
        return f"the copied table: {before}", f"the copied table: {after}"
    return None


def starts_wrong(law: Beginning, seen: Made) -> tuple[str, str] | None:
    """The expected and the observed entries of a table that was just made; None where they agree."""
    wanted = law.wanted(seen)
    return None if wanted == seen.after else (said(wanted, seen.others), said(seen.after, seen.others))


def set_aside_changed(law: Unchanged, seen: Aside) -> tuple[str, str] | None:
    """The entries, before and after the last operation, of a table set aside that it changed; None where none is."""
    for wanted, found in zip(seen.before, seen.after, strict=False):
        if wanted != found:
            others = others_of(wanted)
            return f"the table set aside: {said(wanted, others)}", f"the table set aside: {said(found, others)}"
    counts = {len(seen.before), len(seen.after)} - {law.count}
    return (f"{law.count} tables", f"{min(counts)} tables") if counts else None


def entries_differ(wanted: frozenset[str], seen: frozenset[str]) -> tuple[str, str] | None:
    """The operators of a part that the table lacks or wrongly has; None where there are none."""
    lacking, added = sorted(wanted - seen), sorted(seen - wanted)
    if not lacking and not added:
        return None
    text = f"lacks {_some(lacking)}; has {_some(added)}, which the reference has not"
    return f"{len(wanted)} operators", f"{len(seen)} operators: {text}"


def _some(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names) or "none"
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def others_of(entries: Entries) -> int:
    """How many operators without a role the entries have."""
    return sum(not isinstance(key, str) for key in entries)


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
