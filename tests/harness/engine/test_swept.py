"""What a run covered, from its cases generated again: here, and by the process apart."""

import made_up
import pytest

from viewproof.contract.installed import own_suites
from viewproof.engine.apart import Gone
from viewproof.engine.asking import asker_for
from viewproof.engine.check import check_chunk
from viewproof.engine.swept import MAX_CASES, checked_cases, sweep_again, swept_apart
from viewproof.records.chunk import Chunk
from viewproof.records.outdir import Selection
from viewproof.records.signature import signature_of

CHUNK = Chunk(suite="views", operator="aten.select.int", family="contiguous", profile="quick", device="cpu",
              targets=("meta",), rules=("layout.size",))  # fmt: skip


def test_a_sweep_is_known_by_the_hashes_of_the_journal():
    done = check_chunk(CHUNK)
    swept = sweep_again([done], own_suites(), "quick")["aten.select.int"]
    assert swept.unknown == 0
    assert swept.cases == len(set(done.signatures)) == sum(swept.dtypes.values())
    assert {"dim", "index"} == set(swept.arguments)
    assert sum(swept.arguments["dim"].values()) == swept.cases


def test_cases_that_are_not_generated_any_more_are_counted():
    gone = made_up.record(signatures=[signature_of("a case of another version")])
    swept = sweep_again([gone], {}, "quick")
    assert swept["aten.transpose.int"].unknown == 1
    assert "KeyError" in swept["aten.transpose.int"].reasons[0], "the suite is not there"
    named = made_up.record(family="named", chunk=f"views/quick/cpu/{made_up.TRANSPOSE}/meta/layout.size",
                           signatures=[signature_of(made_up.TRANSPOSE)])  # fmt: skip
    swept = sweep_again([named], {}, "quick")
    assert swept["aten.transpose.int"].dtypes == {"float32": 1}
    assert "more than" in sweep_again([made_up.record(signatures=[0] * (MAX_CASES + 1))], {}, "quick")


def test_what_is_sent_as_bytes_is_swept_alike():
    done = check_chunk(CHUNK)
    assert swept_apart(checked_cases([done]), ["views"], "quick") == sweep_again([done], own_suites(), "quick")


@pytest.mark.parametrize("dies", ["before it is asked", "before it answers", "not at all"])
def test_where_the_process_apart_gives_no_answer_it_is_found_here(monkeypatch, dies):
    done = check_chunk(CHUNK)
    asker = asker_for(Selection(queries=("views/meta/layout.size/aten.select.int",)), None, {})
    asker.plan()

    def gone(*_):
        raise Gone("died of SIGKILL")

    # In the place of the process: what it is asked is answered here.
    monkeypatch.setattr(asker.apart, "put", gone if dies.endswith("asked") else lambda *asked: asked)
    monkeypatch.setattr(asker.apart, "answer", gone if dies.endswith("answers") else lambda put, _: put[0](*put[1:]))
    given = []
    asker.report(lambda *arguments: given.append(arguments[4]()), None, None, {}, [done])
    asker.close()
    assert given == [sweep_again([done], own_suites(), "quick")]
