"""What a crossref shows of one call: torch's, what it says beside what it has to say; the reference's, its findings."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.cases.answers import Answers
from viewproof_reference.replacements.crossref.verdict import Finding


class Statement(NamedTuple):
    """What a crossref says of one call: nothing (`fact` empty), the mismatch that it stops at, or what it raised.

    `fact` is `size`, `dtype`, `stride`, `structure`, or the class of what the fake run raised. The call as text, the
    output's number, both values and the dimension are there where torch's message has them.
    """

    fact: str = ""
    call: str = ""
    place: int | None = None
    fake: str = ""
    functional: str = ""
    dimension: int | None = None


class CrossrefAnswers(Answers, kw_only=True):
    """What every crossref shows: how many calls it `checked`, and the `state` that it left changed, if any."""

    checked: int
    state: str | None = None


class TorchAnswers(CrossrefAnswers, kw_only=True):
    """What torch's crossref shows: for each call that it checks, what it has to say of it and what it says.

    `alarm` is what it raises and functionalization alone does not, as `fact: message`; empty where there is none.
    """

    said: tuple[tuple[Statement, Statement], ...]
    alarm: str


class ReferenceAnswers(CrossrefAnswers, kw_only=True):
    """What the reference's crossref shows: its findings, and what the call raised (`class: message`), else empty."""

    findings: tuple[Finding, ...]
    raised: str
