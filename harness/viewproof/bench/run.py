"""Runs a whole bench: one operator after another, all its calls in the same rounds; what looks wrong, twice."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, NamedTuple

import torch

from viewproof import __version__
from viewproof.bench.clocks import HostClock, clock_of
from viewproof.bench.compare import changes, faster, slower, unmatched
from viewproof.bench.flat import growing
from viewproof.bench.measure import TimedCall, interleave
from viewproof.bench.model import FLAT_VARIANTS, VARIANTS, Bench, Block, Finding, Omission, Series, Settings
from viewproof.bench.noise import spread
from viewproof.bench.subjects import MeasuredOperator, Point, subject_of
from viewproof.bench.variants import TimingPlace, Unavailable, ready
from viewproof.cases import format_case
from viewproof.cases.model import DualArgument
from viewproof.engine.environment import fingerprint

#: Called with every operator before it is measured: its name, its place, and how many there are.
Tell = Callable[[str, int, int], None]


class Sitting(NamedTuple):
    """The results of one operator in one sitting: a set of rounds in which all its calls are timed in turn."""

    series: tuple[Series, ...]
    absent: tuple[Omission, ...]
    block: Block | None


def measure_operator(subject: MeasuredOperator, place: TimingPlace, settings: Settings, began: float) -> Sitting:
    """Time everything about one operator, interleaved. `began` is when the bench did, by `time.monotonic`."""
    timed: list[tuple[str, Point, TimedCall]] = []
    absent: list[Omission] = []
    with _level(subject):
        for variant, point in wanted(subject, settings):
            try:
                timed.append((variant, point, ready(variant, point, place)))
            except Unavailable as error:
                where = "" if point == subject.home else f" (rank {point.rank}, {point.elements} elements)"
                said = Omission(subject.operator, variant, f"{error}{where}")
                # A variant that is missing on the home base is missing everywhere, and is reported once.
                if not any((one.operator, one.variant) == (said.operator, said.variant) for one in absent):
                    absent.append(said)
        if not timed:
            return Sitting((), tuple(absent), None)
        at = time.monotonic() - began
        samples, loops = interleave([one for *_, one in timed], HostClock(), settings.rounds, settings.sample_us)
    reference = spread(loops)
    spreads = [spread(one.microseconds) for one in samples]
    eager = {point: one.median for (variant, point, _), one in zip(timed, spreads, strict=True) if variant == "eager"}
    series = tuple(
        Series(
            operator=subject.operator,
            variant=variant,
            rank=point.rank,
            elements=point.elements,
            case=format_case(point.case),
            calls=one.calls,
            samples=len(one.microseconds),
            microseconds=found,
            noise=reference.relative,
            relative=found.median / reference.median,
            ratio=found.median / eager[point] if eager.get(point) else None,
        )
        for (variant, point, _), one, found in zip(timed, samples, spreads, strict=True)
    )
    return Sitting(series, tuple(absent), Block(subject.operator, at, reference))


def wanted(subject: MeasuredOperator, settings: Settings) -> list[tuple[str, Point]]:
    """An operator's calls to measure: every variant on the home base; the call and its copy at every size; variants of
    constant cost on the smallest and the largest base; the call itself at every rank.
    """
    found: dict[tuple[str, Point], None] = {(name, subject.home): None for name in settings.variants}
    ends = {subject.sizes[0], subject.sizes[-1]} if subject.sizes else set()
    for point in subject.sizes:
        for name in settings.variants:
            if name in ("eager", "copy") or (name in FLAT_VARIANTS and point in ends):
                found[name, point] = None
    if "eager" in settings.variants:
        found |= dict.fromkeys([("eager", point) for point in subject.ranks])
    return list(found)


def _level(subject: MeasuredOperator) -> AbstractContextManager[Any]:
    """The forward-mode level that dual bases are made at."""
    case = subject.home.case
    takes_level = any(isinstance(one, DualArgument) for one in case.args) or any(
        argument.name == "level" for argument in _schema_arguments(subject.operator)
    )
    return torch.autograd.forward_ad.dual_level() if takes_level else nullcontext()


def _schema_arguments(operator: str) -> Iterable[Any]:
    from viewproof.catalog.overloads import resolve

    return resolve(operator)._schema.arguments


def bench(
    operators: Sequence[str], device: str, settings: Settings, *, old: Bench | None = None, tell: Tell | None = None
) -> Bench:
    """Measure `operators` on `device`. What seems to grow, or to be slower than `old`, is measured again at the end,
    in a sitting of its own, and is a finding only if it shows both times.
    """
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    place = TimingPlace(device, clock_of(device))
    series: list[Series] = []
    absent = [
        Omission(name, variant, "left out by --quick")
        for name in operators
        for variant in VARIANTS
        if variant not in settings.variants
    ]
    blocks: list[Block] = []
    subjects: dict[str, MeasuredOperator] = {}
    with _settled():
        for turn, operator in enumerate(operators):
            if tell is not None:
                tell(operator, turn, len(operators))
            subject = subject_of(operator, settings)
            if subject is None:
                absent.append(Omission(operator, "eager", "the reference accepts no call of it that shares storage"))
                continue
            subjects[operator] = subject
            if subject.fixed:
                absent.append(Omission(operator, "by size and rank", subject.fixed))
            sitting = measure_operator(subject, place, settings, began)
            series += sitting.series
            absent += sitting.absent
            blocks += [] if sitting.block is None else [sitting.block]
        suspects = suspicious(series, old)
        again: list[Series] = []
        for operator in dict.fromkeys(one.operator for one in suspects):
            sitting = measure_operator(subjects[operator], place, settings, began)
            again += sitting.series
            blocks += [] if sitting.block is None else [sitting.block]
        findings = confirmed(suspects, suspicious(again, old))
    return Bench(
        viewproof=__version__,
        torch=str(torch.__version__),
        device=device,
        timer=place.clock.name,
        started=started,
        seconds=time.monotonic() - began,
        settings=settings,
        environment=fingerprint(),
        blocks=tuple(blocks),
        series=tuple(series),
        absent=tuple(absent),
        findings=tuple(findings),
        unmatched=0 if old is None else unmatched(old.series, series),
        faster=() if old is None else faster(changes(old.series, series)),
    )


@contextmanager
def _settled() -> Iterator[None]:
    """One thread for torch, and none of its warnings: a prototype's costs a line the first time only."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_num_threads(threads)


def suspicious(series: Sequence[Series], old: Bench | None) -> list[Finding]:
    """The findings in these series, before they are confirmed."""
    return growing(series) + ([] if old is None else slower(changes(old.series, series)))


def confirmed(first: Sequence[Finding], second: Sequence[Finding]) -> list[Finding]:
    """Those of the first sitting that the second one shows too: same kind, same call, same variant."""
    seen = {(one.kind, one.variant, one.case) for one in second}
    return [one for one in first if (one.kind, one.variant, one.case) in seen]
