"""Renders a job's results as Markdown: a row for each setting, then all differences, and what a preload breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from viewproof.records.model import VERDICTS
from viewproof.reports.markdown_table import Markup, code, escaped, table
from viewproof.stability.outcome import Outcome
from viewproof.stability.runs import REFERENCE
from viewproof.stability.settings import MissingLibrary, NotPossible, Setting
from viewproof.visible import visible

#: Differences of one run that are listed; `viewproof diff` has all.
SHOWN = 50
_HEADERS = ("run", "setting", "asked for", "read back as", "verdicts", "differences")

Aside = Sequence[tuple[Setting, NotPossible | MissingLibrary]]


def status_of(outcomes: Sequence[Outcome], aside: Aside) -> int:
    """3 where a run gave no evidence; else 1 where a verdict changed or a setting was not had; else 0."""
    if any(one.why_none is not None for one in outcomes):
        return 3
    lacking = any(isinstance(why, MissingLibrary) for _, why in aside)
    changed = any(one.changes for one in outcomes)
    lost = any(not reading.arrived for one in outcomes for reading in one.readings)
    return 1 if lacking or changed or lost else 0


def render(outcomes: Sequence[Outcome], aside: Aside) -> str:
    """The whole page."""
    rows = [row for one in outcomes for row in _rows(one, outcomes[0])]
    rows += [("-", code(setting.name), *_not_tried(why), "-", "-") for setting, why in aside]
    parts = ["# The same verdicts under other settings", _headline(outcomes, aside), table(_HEADERS, rows)]
    parts += [section for one in outcomes for section in _sections(one)]
    return "\n\n".join(parts) + "\n"


def _rows(one: Outcome, reference: Outcome) -> Iterator[tuple[str, ...]]:
    came_to = ("no evidence", "-") if one.why_none is not None else (_counts(one.verdicts or {}), _differences(one))
    if not one.run.asked:
        yield one.run.name, "none: the default", "-", "-", *came_to
    if one.why_none is not None:
        yield from ((one.run.name, code(setting.name), ask.wanted, "-", *came_to) for setting, ask in one.run.asked)
    for reading in one.readings:
        got = Markup(f"{'' if reading.arrived else '**did not arrive**: '}{escaped(reading.got)}")
        if reference.place is not None and reference.content is not None:
            default = reading.setting.read(reference.place, reference.content)
            got = Markup(f"{got} (as by default)") if default == reading.got else got
        yield one.run.name, code(reading.setting.name), reading.wanted, got, *came_to


def _not_tried(why: NotPossible | MissingLibrary) -> tuple[str, str]:
    if isinstance(why, NotPossible):
        return "-", f"not possible here: {why.reason}"
    return "-", Markup(f"**{escaped(why.reason)}**")


def _counts(verdicts: Mapping[str, int]) -> str:
    return ", ".join(f"{verdicts[word]:,} {word}" for word in VERDICTS if verdicts.get(word))


def _differences(one: Outcome) -> str:
    if one.run.name == REFERENCE:
        return "-"
    explained = f"; {len(one.explained)} that the preload makes" if one.explained else ""
    return Markup(f"{f'**{len(one.changes)}**' if one.changes else 0}{explained}")


def _headline(outcomes: Sequence[Outcome], aside: Aside) -> str:
    status = status_of(outcomes, aside)
    changed = sum(len(one.changes) for one in outcomes)
    readings = [reading for one in outcomes for reading in one.readings]
    lost = [reading.setting.name for reading in readings if not reading.arrived]
    lacking = [setting.name for setting, why in aside if isinstance(why, MissingLibrary)]
    impossible = [setting.name for setting, why in aside if isinstance(why, NotPossible)]
    said = {0: "No verdict changed.", 1: "**Not the same.**", 3: "**No evidence: a run failed.**"}[status]
    lines = [
        f"{said} {len(outcomes)} runs; {len(readings) - len(lost)} settings arrived, {len(lost)} did not, "
        f"{len(lacking)} lack something, {len(impossible)} are not possible here; {changed} differences."
    ]
    lines += [f"Did not arrive: {', '.join(map(code, lost))}."] if lost else []
    return "\n".join(lines)


def _sections(one: Outcome) -> Iterator[str]:
    name = one.run.name
    if one.why_none is not None:
        yield f"## {name}: no evidence\n\n" + "\n".join(f"    {visible(line)}" for line in one.why_none.splitlines())
    if one.changes:
        yield f"## {name}: {len(one.changes)} differences\n\n{_listed(one.changes)}"
    if one.broken:
        proofs = "\n".join(f"- {code(broken)}" for broken in one.broken)
        yield f"## {name}: what the preload itself breaks\n\nSeen in its environment, and without it:\n\n{proofs}"
    if one.explained:
        yield f"So differ, of these overloads and dtypes alone:\n\n{_listed(one.explained)}"


def _listed(changes: Sequence[object]) -> str:
    lines = [f"- {code(' '.join(str(change).split()))}" for change in changes[:SHOWN]]
    more = [f"- ... and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else []
    return "\n".join([*lines, *more])
