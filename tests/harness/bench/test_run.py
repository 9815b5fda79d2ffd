"""A bench's flow: what is measured of an operator, and that what looks wrong is measured twice."""

from contextlib import nullcontext

import pytest
import torch

from viewproof.bench import run as module
from viewproof.bench.model import FLAT_VARIANTS, QUICK, VARIANTS, Block, Omission, Settings, Spread
from viewproof.bench.run import Sitting, bench, confirmed, measure_operator, suspicious, wanted
from viewproof.bench.subjects import subject_of
from viewproof.bench.variants import TimingPlace

FEW = Settings(rounds=3, sample_us=20.0, sizes=(100, 1_000, 10_000), ranks=(1, 3), variants=VARIANTS[:-1])


def test_what_is_measured_of_an_operator():
    subject = subject_of("aten.select.int", Settings())
    some = wanted(subject, Settings())
    assert len(some) == len(set(some))
    assert {name for name, point in some if point == subject.home} == set(VARIANTS)
    for variant in VARIANTS:
        sizes = {point.elements for name, point in some if name == variant and point in subject.sizes}
        ends = {100, 1_000_000, 1_000} if variant in FLAT_VARIANTS else {1_000}
        assert sizes == (set(Settings().sizes) if variant in ("eager", "copy") else ends), variant
    assert {point.rank for name, point in some if name == "eager" and point in subject.ranks} == {1, 2, 3, 4, 6}


def test_one_operator_measured_for_real():
    subject = subject_of("aten.select.int", FEW)
    sitting = measure_operator(subject, TimingPlace("cpu", module.clock_of("cpu")), FEW, 0.0)
    assert sitting.absent == (Omission("aten.select.int", "decomposed", "torch._decomp has no decomposition of it"),)
    keys = [one.key for one in sitting.series]
    assert len(keys) == len(set(keys))
    for one in sitting.series:
        assert one.samples == FEW.rounds
        assert 0 < one.microseconds.low <= one.microseconds.median <= one.microseconds.high
        assert one.relative == pytest.approx(one.microseconds.median / sitting.block.reference.median)
        assert (one.ratio == 1.0) if one.variant == "eager" else (one.ratio > 0)


def test_an_operator_that_cannot_run_is_absent_and_says_why(monkeypatch):
    def refuse(variant, point, place):
        raise module.Unavailable("broken")

    monkeypatch.setattr(module, "ready", refuse)
    found = bench(["aten.t.default"], "cpu", QUICK)
    assert (found.series, found.blocks) == ((), ())
    assert Omission("aten.t.default", "eager", "broken") in found.absent
    assert Omission("aten.t.default", "aot_eager", "left out by --quick") in found.absent
    assert len(found.absent) == len(VARIANTS), "once a variant, not once a point"


def test_a_dual_base_is_measured_at_its_level():
    found = bench(["aten._make_dual.default"], "cpu", FEW)
    assert [one.variant for one in found.series if one.variant == "eager"] == ["eager"]
    assert Omission("aten._make_dual.default", "by size and rank", "its base is not strided") in found.absent
    assert torch.autograd.forward_ad._current_level == -1


@pytest.fixture
def sittings(monkeypatch, series):
    """`sittings([...])` says what each sitting in turn will measure, instead of measuring."""

    def play(scripts):
        left = iter(scripts)

        def sit(subject, place, settings, began):
            medians = next(left)
            found = [
                series(median, elements=size, operator=subject.operator)
                for size, median in zip((100, 1_000_000), medians, strict=True)
            ]
            return Sitting(tuple(found), (), Block(subject.operator, 0.0, Spread(100.0, 99.0, 101.0)))

        monkeypatch.setattr(module, "measure_operator", sit)
        return left

    return play


def test_growth_that_shows_twice_is_a_finding(sittings):
    left = sittings([(2.0, 2.0), (2.0, 500.0), (2.0, 450.0)])
    found = bench(["aten.t.default", "aten.alias.default"], "cpu", QUICK)
    assert [(one.kind, one.operator) for one in found.findings] == [("growth", "aten.alias.default")]
    assert len(found.blocks) == 3
    assert next(left, None) is None


def test_growth_that_shows_once_is_the_machine(sittings):
    sittings([(2.0, 500.0), (2.0, 2.1)])
    assert bench(["aten.t.default"], "cpu", QUICK).findings == ()


def test_nothing_wrong_is_measured_once(sittings):
    left = sittings([(2.0, 2.0), "never"])
    bench(["aten.t.default"], "cpu", QUICK)
    assert next(left) == "never"


def test_slower_than_an_older_bench_has_to_show_twice(sittings, series, made_up):
    old = made_up([series(2.0, elements=100, operator="aten.t.default")])
    sittings([(5.0, 5.0), (5.2, 5.2)])
    found = bench(["aten.t.default"], "cpu", QUICK, old=old)
    assert [one.kind for one in found.findings] == ["slower"]
    sittings([(5.0, 5.0), (2.0, 2.0)])
    assert bench(["aten.t.default"], "cpu", QUICK, old=old).findings == ()
    sittings([(1.0, 1.0)])
    found = bench(["aten.t.default"], "cpu", QUICK, old=old)
    assert (found.findings, len(found.faster)) == ((), 1)


def test_confirming_asks_for_the_same_call_in_the_same_way(series):
    first = suspicious([series(2.0, elements=100), series(500.0, elements=1_000_000)], None)
    other = suspicious(
        [series(2.0, elements=100, variant="meta"), series(500.0, elements=1_000_000, variant="meta")], None
    )
    assert confirmed(first, first) == first
    assert confirmed(first, other) == []


def test_threads_are_as_they_were(sittings, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "subject_of", lambda *_: seen.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    found = bench(["aten.t.default"], "cpu", QUICK)
    assert (seen, torch.get_num_threads()) == ([1], before)
    assert any("accepts no call" in one.why for one in found.absent)


def test_no_level_where_none_is_needed():
    assert isinstance(module._level(subject_of("aten.t.default", QUICK)), nullcontext)
