"""Answers on one call under a crossref: what torch's reports and should report; what the reference's finds."""

from __future__ import annotations

from typing import NamedTuple

from viewproof.cases.answers import Answers
from viewproof_reference.replacements.crossref.verdict import Finding


class Statement(NamedTuple):
    """What a crossref reports of one call: nothing (`fact` empty), the mismatch that it stops at, or what it raised.

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
    """What is observed of every crossref: how many calls it `checked`, and the `state` that it left changed, if any."""

    checked: int
    state: str | None = None


class TorchAnswers(CrossrefAnswers, kw_only=True):
    """What torch's crossref reports: for each call that it checks, what it should report and what it does.

    `alarm` is what it raises and functionalization alone does not, as `fact: message`; empty where there is none.
    """

    said: tuple[tuple[Statement, Statement], ...]
    alarm: str


class ReferenceAnswers(CrossrefAnswers, kw_only=True):
    """What the reference's crossref reports: its findings, and what the call raised (`class: message`), else empty."""

    findings: tuple[Finding, ...]
    raised: str
