"""The records a run is made of: msgspec structs, so that a journal line and a published schema are one definition."""

from __future__ import annotations

import msgspec

from viewproof.records.spelled import spelled, spelled_out

#: Every verdict's word. `unseen`: the rule applies, and the expected evidence has nothing to compare. `flaky`: the
#: execution was run a second time, and the verdict was another one.
VERDICTS = (
    "pass",
    "fail",
    "crash",
    "timeout",
    "unsupported",
    "waived",
    "flaky",
    "unseen",
    "missing",
    "harness_error",
)
#: Verdicts on something that was looked at.
SEEN = ("pass", "fail", "crash", "timeout", "waived", "flaky")
#: Verdicts that mean that torch does not conform.
WRONG = ("fail", "crash", "timeout", "flaky")
#: Verdicts one of which makes a run no evidence.
LACKING = ("harness_error", "missing")


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict that is not a pass, whole.

    `difference` is the shape of the difference, the same for every case that shows the same fault; it groups failures
    to findings. `known_issue` names the waiver, if any (then `verdict` is `waived`).
    """

    suite: str
    target: str
    rule: str
    operator: str
    case: str
    verdict: str
    expected: str
    observed: str
    difference: str
    known_issue: str | None = None

    def __post_init__(self) -> None:
        """Spell out what no file can hold: the texts are an operator's, a target's or a case's, and may be anything."""
        for name in _TEXTS_OF_A_FAILURE:
            text = getattr(self, name)
            if not text.isascii():
                msgspec.structs.force_setattr(self, name, spelled(text))

    @property
    def result(self) -> str:
        """Its address: SUITE/TARGET/RULE/CASE."""
        return f"{self.suite}/{self.target}/{self.rule}/{self.case}"


_TEXTS_OF_A_FAILURE = ("suite", "target", "rule", "operator", "case", "expected", "observed", "difference")


class Tally(msgspec.Struct, kw_only=True):
    """What one rule came to on one target in one chunk: planned verdicts, and how many of each there were."""

    target: str
    rule: str
    planned: int
    verdicts: dict[str, int]


class ChunkRecord(msgspec.Struct, kw_only=True):
    """The journal's line: everything a finished chunk has to say.

    `accepted` counts cases that the reference accepts. `executions` are case x target; `reused` says how many of them
    take their evidence from the same execution for another suite, as the plan decides. `signatures` are 64-bit hashes
    of the case names, so that a case met in two suites counts once. `too_wide` lists `issue: case` where a waived case
    conformed. Times are in seconds of this process; `checking_seconds` leaves out start-up and case generation.
    """

    chunk: str
    suite: str
    operator: str
    family: str
    cases: int
    accepted: int
    executions: int
    reused: int = 0
    tallies: list[Tally]
    failures: list[Failure]
    signatures: list[int]
    issues_shown: dict[str, int]
    too_wide: list[str]
    checking_seconds: float
    generating_seconds: float

    def __post_init__(self) -> None:
        """Spell out what no file can hold, as each failure does for itself."""
        for text in (self.chunk, self.operator, self.family, *self.too_wide):
            if not text.isascii():
                self.chunk, self.operator = spelled(self.chunk), spelled(self.operator)
                self.family, self.too_wide = spelled(self.family), spelled_out(self.too_wide)
                return
