"""Interleaving and calibration, on a clock that the test winds."""

import gc
from collections import Counter
from contextlib import contextmanager

import pytest

from viewproof.bench.measure import MOST_CALLS, TimedCall, calibrate, interleave
from viewproof.bench.noise import reference_loop


class FakeClock:
    """Each call costs what the test says, in nanoseconds; what was measured is noted."""

    name = "fake"

    def __init__(self, cost=1_000.0):
        self.cost = cost
        self.drift = 0.0
        self.seen = []

    def measure(self, call, count):
        self.seen.append((call, count))
        self.cost += self.drift
        return self.cost * count


def nothing():
    return None


@pytest.mark.parametrize(("cost", "calls"), [(1_000, 250), (100_000, 2), (10_000_000, 1), (1, MOST_CALLS)])
def test_a_sample_lasts_about_as_long_as_wanted(cost, calls):
    assert calibrate(TimedCall(nothing, FakeClock(cost)), 250.0) == calls


def test_samples_are_microseconds_a_call():
    (found,), loops = interleave([TimedCall(nothing, FakeClock(2_000))], FakeClock(50_000), 5, 250.0)
    assert found.microseconds == [2.0] * 5
    assert set(loops) == {50.0}


def test_every_round_measures_every_call_once_and_the_reference_loop():
    clock = FakeClock()
    calls = [lambda place=place: place for place in range(6)]
    interleave([TimedCall(call, clock) for call in calls], clock, 8, 250.0)
    # What calibration measured comes first.
    measured = [call for call, _ in clock.seen]
    rounds = measured[measured.index(reference_loop) :]
    assert Counter(rounds) == Counter(dict.fromkeys(calls, 8)) + Counter({reference_loop: 16})
    length = len(rounds) // 8
    for turn in range(8):
        one = rounds[turn * length : (turn + 1) * length]
        assert set(one) == {*calls, reference_loop}
    assert len({tuple(rounds[turn * length : (turn + 1) * length]) for turn in range(8)}) > 4, "the order turns"


def test_a_drift_falls_on_no_call():
    """A machine that gets slower all the time: measured one call after the other, the last would look twice as slow."""
    clock = FakeClock()
    calls = [TimedCall(lambda place=place: place, clock) for place in range(8)]
    for timed in calls:
        calibrate(timed, 250.0)
    clock.drift = 1.0
    found, _ = interleave(calls, FakeClock(), 16, 250.0)
    means = [sum(one.microseconds) / len(one.microseconds) for one in found]
    assert max(means) / min(means) < 1.02


def test_each_sample_is_inside_and_its_entering_is_not_timed():
    events = []

    class Clock(FakeClock):
        def measure(self, call, count):
            events.append("sample")
            return super().measure(call, count)

    @contextmanager
    def inside():
        events.append("in")
        yield
        events.append("out")

    interleave([TimedCall(nothing, Clock(), inside)], FakeClock(), 2, 1.0)
    assert events[-6:] == ["in", "sample", "out"] * 2


def test_no_collection_falls_into_a_sample():
    states = []
    interleave([TimedCall(lambda: states.append(gc.isenabled()), RealCalls())], FakeClock(), 3, 1.0)
    assert states[-3:] == [False] * 3
    assert gc.isenabled()


class RealCalls(FakeClock):
    def measure(self, call, count):
        call()
        return super().measure(call, count)


def test_the_collector_is_as_it_was_after_a_call_that_raises():
    class Broken(Exception):
        pass

    class Breaks(FakeClock):
        def measure(self, call, count):
            if not gc.isenabled():
                raise Broken
            return super().measure(call, count)

    with pytest.raises(Broken):
        interleave([TimedCall(nothing, Breaks())], FakeClock(), 3, 1.0)
    assert gc.isenabled()
