"""The journal survives being killed."""

import msgspec
import pytest

from viewproof.engine.plan import make_plan
from viewproof.records.journal import Journal, JournalError, read_journal


def test_a_torn_end_is_left_out_and_cut_off(fake, tmp_path):
    path = tmp_path / "journal.jsonl"
    records = [fake.check(chunk) for chunk in make_plan(fake.suites())]
    assert read_journal(path) == []
    with Journal(path) as journal:
        for record in records[:3]:
            journal.append(record)
        assert read_journal(path) == records[:3], "flushed before it is closed"
    path.write_bytes(path.read_bytes()[:-20])
    assert read_journal(path) == records[:2]
    with Journal(path) as journal:
        journal.append(records[2])
        journal.append(records[2])
    assert read_journal(path) == records[:3]


def test_a_line_from_before_reused_executions_were_counted_has_none(fake, tmp_path):
    record = fake.check(make_plan(fake.suites())[0])
    content = msgspec.to_builtins(record)
    assert content.pop("reused") == 0
    (tmp_path / "journal.jsonl").write_bytes(msgspec.json.encode(content) + b"\n")
    assert read_journal(tmp_path / "journal.jsonl") == [record]


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text("{}\n")
    with pytest.raises(JournalError, match=r"journal\.jsonl:1"):
        read_journal(path)
