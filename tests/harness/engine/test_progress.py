"""Progress says how much is done, how much is left and about how long that takes, wherever it is shown."""

import io

import made_run
import pytest

from viewproof.engine import progress
from viewproof.engine.progress import RunProgress, in_words
from viewproof.records.chunk import Chunk


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


RECORDS = [made_run.record(["f(x)"] * 10, operator=f"aten.f{number}.default") for number in range(4)]


def plan():
    targets, rules = ("eager", "meta"), made_run.RULES
    return [
        Chunk(suite="views", operator=one.operator, family="flat", profile="quick", device="cpu", targets=targets,
              rules=rules)
        for one in RECORDS
    ]  # fmt: skip


def test_the_chunks_of_these_records_are_those_of_the_plan():
    assert [chunk.name for chunk in plan()] == [record.chunk for record in RECORDS]


def test_a_line_every_few_seconds_tells_what_is_left(clock):
    stream = io.StringIO()
    with RunProgress(plan(), stream=stream) as shown:
        clock[0] += 3
        shown.add(RECORDS[0])
        assert stream.getvalue() == "", "it is too early for a line"
        clock[0] += 4
        shown.add(RECORDS[1])
        assert stream.getvalue() == "2/4 chunks, 20 cases, 0 failures, 50 %, 7 s, about 8 s left\n"
        clock[0] += 4
        shown.add(RECORDS[2])
    assert stream.getvalue().splitlines()[1:] == ["3/4 chunks, 30 cases, 0 failures, 75 %, 11 s, about 4 s left"]


def test_a_short_run_says_nothing(clock):
    stream = io.StringIO()
    with RunProgress(plan(), stream=stream) as shown:
        shown.add(RECORDS[0])
    assert stream.getvalue() == ""


def test_shares_are_of_the_costs_that_are_expected(clock):
    costs = dict(zip([record.chunk for record in RECORDS], (1, 1, 2, 6), strict=True))
    shown = RunProgress(plan(), cost_of=lambda chunk: costs[chunk.name], stream=io.StringIO())
    shown.add(RECORDS[0])
    clock[0] += 10
    shown.add(RECORDS[2])
    assert shown.line() == "2/4 chunks, 20 cases, 0 failures, 30 %, 10 s, about 35 s left"


def test_what_was_done_before_says_nothing_of_the_pace(clock):
    stream = io.StringIO()
    with RunProgress(plan(), RECORDS[:2], stream=stream) as shown:
        clock[0] += 100
        shown.add(RECORDS[2])
        assert stream.getvalue() == "3/4 chunks, 30 cases, 0 failures, 75 %, 1 min 40 s\n"
        assert shown.seconds_left() is None, "the start is no part of the pace, and there was nothing else"
        clock[0] += 8
        shown.add(RECORDS[3])
        assert shown.seconds_left() == 0
        assert shown.left_in_words() == ""


def test_a_failure_is_counted_and_a_waived_one_is_not(clock):
    shown = RunProgress(plan(), stream=io.StringIO())
    failures = [made_run.failure("f(x)", operator="aten.f0.default", verdict=one) for one in ("fail", "waived")]
    shown.add(made_run.record(["f(x)"] * 10, failures, operator="aten.f0.default"))
    assert shown.counts() == "1/4 chunks, 10 cases, 1 failures"


@pytest.mark.parametrize(("stream", "bar"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_shown_on_a_terminal_and_nowhere_else_whatever_a_ci_asks_for(monkeypatch, stream, bar):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with RunProgress(plan(), stream=stream) as shown:
        assert (shown.bar is not None) is bar
        shown.add(RECORDS[0])
    assert ("1/4 chunks" in stream.getvalue()) is bar
    monkeypatch.setenv("TERM", "dumb")
    assert RunProgress(plan(), stream=stream).bar is None


def test_a_reader_that_went_away_ends_no_run(clock):
    class Gone(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    with RunProgress(plan(), stream=Gone()) as shown:
        clock[0] += 10
        shown.add(RECORDS[0])
        clock[0] += 10
        shown.add(RECORDS[1])


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.4, "59 s"), (200, "3 min 20 s"), (1800, "30 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_durations_are_coarser_as_they_grow(seconds, said):
    assert in_words(seconds) == said
