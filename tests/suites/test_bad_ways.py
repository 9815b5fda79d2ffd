"""A backend may do its worst: each guilty case has its own verdict, and every other one its pass."""

from collections import Counter

import bad_ways
import pytest
from bad_ways import WAYS, case_of

from viewproof.engine import pool
from viewproof.engine.run import RunRequest, execute
from viewproof.records.outdir import Selection


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One run of every way, each among good cases of its operator."""
    out = tmp_path_factory.mktemp("bad")
    queries = tuple(f"views/eager/*/{case_of(way, size)}" for way in WAYS for size in (2, bad_ways.GUILTY, 5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(bad_ways.VARIABLE, "1")
        patch.setattr(pool, "EXECUTION_LIMITS", {"quick": 1.0})
        # Twice what a worker of torch holds; the greedy one asks for more.
        patch.setattr(pool, "memory_limit", lambda _: 640 << 20)
        return execute(RunRequest(Selection(queries=queries, imports=("bad_ways",)), out / "out", jobs=2))


def test_no_verdict_is_missing_or_a_fault_of_ours(finished):
    summary = finished.summary
    assert finished.status == 1
    assert summary.planned == sum(summary.verdicts.values())
    assert not any(summary.verdicts[word] for word in ("missing", "harness_error", "flaky"))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.harm.__name__)
def test_a_way_costs_its_own_case_its_own_verdict(finished, way):
    failed = [one for record in finished.records for one in record.failures if one.operator == way.operator]
    assert {one.case for one in failed} == ({case_of(way)} if way.difference else set())
    assert {(one.verdict, one.difference) for one in failed} == ({(way.verdict, way.difference)} if failed else set())
    given: Counter[str] = Counter()
    for record in finished.records:
        if record.operator == way.operator and record.chunk.split("/")[3:-2] != [case_of(way)]:
            for tally in record.tallies:
                given.update(tally.verdicts)
    assert {word for word, number in given.items() if number} <= {"pass", "unseen"}
    assert given["pass"] > 0


def test_what_they_print_is_kept_bounded(finished):
    said = (finished.out / "workers.log").stat().st_size
    assert 1 << 20 < said < 32 << 20
