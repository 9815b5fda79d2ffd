"""What is owed and not given is missing; what is given and not owed is a harness error that says itself."""

from dataclasses import replace

import msgspec
import pytest

from viewproof.engine.owed import Owed, owed_in
from viewproof.engine.settlement import settled_by
from viewproof.engine.split import UNCOUNTED, Death, condemn
from viewproof.records.chunk import Chunk
from viewproof.records.counts import balanced
from viewproof.records.model import Tally

CHUNK = Chunk(
    suite="views", operator="aten.alias.default", family="flat", profile="quick", device="cpu",
    targets=("eager", "meta"), rules=("layout.size", "layout.stride"),
)  # fmt: skip


def verdicts(record):
    found = {}
    for tally in record.tallies:
        for verdict, number in balanced(tally).items():
            found[verdict] = found.get(verdict, 0) + number
    return found


def add(record, target, rule):
    record.tallies.append(Tally(target=target, rule=rule, planned=1, verdicts={"pass": 1}))


def settled(fake, change=lambda record: None, owed=None):
    record = fake.check(CHUNK)
    change(record)
    return settled_by(fake.owed(CHUNK) if owed is None else owed, record, CHUNK, fake.WORK)


def test_a_record_that_gives_what_it_owes_is_left_as_it_is(fake):
    assert settled(fake) == fake.check(CHUNK)


def test_what_is_not_given_is_missing_though_the_record_plans_no_more(fake):
    def half(record):
        for tally in record.tallies:
            tally.planned, tally.verdicts = 4, {"pass": 4}
        record.executions //= 2

    record = settled(fake, half)
    assert verdicts(record) == {"pass": 16, "missing": 16}
    assert sum(tally.planned for tally in record.tallies) == 32


def test_a_pair_that_the_record_does_not_know_is_missing(fake):
    record = settled(fake, lambda record: record.tallies.pop())
    assert verdicts(record) == {"pass": 24, "missing": 8}
    assert (record.tallies[-1].target, record.tallies[-1].rule) == ("meta", "layout.stride")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one.tallies[1].verdicts.update({"pass": 9}), "eager/layout.stride: wanted 8 verdicts, got 9"),
        (lambda one: add(one, "fake", "layout.size"), "fake/layout.size: wanted 0 verdicts, got 1"),
        (lambda record: setattr(record, "cases", 7), "cases: wanted 8, got 7"),
        (lambda record: setattr(record, "accepted", 7), "accepted: wanted 8, got 7"),
        (lambda record: setattr(record, "executions", 15), "executions: wanted 16, got 15"),
    ],
    ids=["more", "another", "cases", "accepted", "executions"],
)  # fmt: skip
def test_what_is_not_owed_is_a_harness_error_of_the_whole_chunk(fake, change, said):
    record = settled(fake, change)
    assert verdicts(record) == {"harness_error": 32}
    assert {failure.observed for failure in record.failures} == {f"{CHUNK.name}: {said}"}


def test_a_chunk_that_cannot_be_counted_is_a_harness_error_that_says_why(fake):
    work = replace(fake.WORK, planned=None)  # it cannot be counted here either
    owed = Owed(CHUNK.name, fault="ValueError: no such base (raised at viewproof/generate/grid.py:3, in bases)")
    record = settled_by(owed, fake.check(CHUNK), CHUNK, work)
    assert verdicts(record) == {"harness_error": 1}
    assert record.failures[0].observed.startswith("ValueError: no such base (raised at viewproof/generate/grid.py:3")
    assert record.failures[0].difference == UNCOUNTED


@pytest.mark.parametrize("verdict", ["crash", "timeout", "harness_error"])
def test_a_death_of_what_owes_nothing_still_shows(fake, verdict):
    nothing = replace(fake.WORK, planned=lambda chunk: msgspec.structs.replace(fake.planned(chunk), tallies=[]))
    record = condemn(CHUNK, Death(verdict, "SIGSEGV", "the process died"), nothing)
    owed = msgspec.structs.replace(fake.owed(CHUNK), planned=())
    assert verdicts(settled_by(owed, record, CHUNK, nothing)) == {verdict: 1}


def test_a_pass_that_nothing_owes_is_not_taken_for_a_death(fake):
    owed = msgspec.structs.replace(fake.owed(CHUNK), planned=())
    record = fake.check(CHUNK)
    record.tallies = [Tally(target="eager", rule="layout.size", planned=1, verdicts={"pass": 1})]
    assert "harness_error" in verdicts(settled_by(owed, record, CHUNK, fake.WORK))


def test_what_a_record_owes_is_read_from_what_it_plans(fake):
    owed = owed_in(fake.planned(CHUNK))
    assert (owed.chunk, owed.cases, owed.accepted, owed.executions) == (CHUNK.name, 8, 8, 16)
    assert owed.planned[0] == ("eager", "layout.size", 8)
    assert len(owed.planned) == 4
