"""A chunk: the unit of work, of splitting and of the journal. Plain data that names its cases and holds none."""

from __future__ import annotations

import msgspec


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """What another suite's chunk on the same cases, which runs before, observes on a target: for these rules."""

    target: str
    rules: tuple[str, ...]


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """The cases of one operator on one family of bases, for one suite, on the targets and rules that were asked for.

    `case` is a case name and replaces the generator's cases (a query named it). `start` and `stop` cut the generated
    sequence of the suite's cases (stop None: to the end); splitting a chunk narrows them, or `targets`. `seed` says in
    which order a worker goes about it (None: as named); it is no part of what the chunk is, nor of its name. `loans`
    say which executions take their evidence from one that another suite ran; `lends`, that another chunk has such a
    loan.
    """

    suite: str
    operator: str
    family: str
    profile: str
    device: str
    targets: tuple[str, ...]
    rules: tuple[str, ...]
    case: str | None = None
    start: int = 0
    stop: int | None = None
    seed: int | None = None
    loans: tuple[Loan, ...] = ()
    lends: bool = False

    @property
    def name(self) -> str:
        """The chunk's stable name: it identifies the chunk in the journal and in the plan's hash."""
        stop = "" if self.stop is None else self.stop
        cut = "" if self.start == 0 and self.stop is None else f"[{self.start}:{stop}]"
        subject = self.case if self.case is not None else f"{self.operator}@{self.family}"
        asked = f"{'+'.join(self.targets)}/{'+'.join(self.rules)}"
        return f"{self.suite}/{self.profile}/{self.device}/{subject}{cut}/{asked}"
