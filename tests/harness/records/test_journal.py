"""The journal survives being killed, and a line that was edited, moved, left out or put in is refused by its number."""

import errno
import os

import msgspec
import pytest

from viewproof.engine.plan import make_plan
from viewproof.errors import NotWritten, UsageError
from viewproof.records.journal import Journal, read_journal

PLAN = "sha256:1"


@pytest.fixture
def records(fake):
    return [fake.check(chunk) for chunk in make_plan(fake.suites())]


@pytest.fixture
def path(tmp_path, records):
    """A journal of four lines."""
    with Journal(tmp_path / "journal.jsonl", PLAN) as journal:
        for record in records[:4]:
            journal.append(record)
    return tmp_path / "journal.jsonl"


def test_a_torn_end_is_left_out_and_cut_off(records, tmp_path):
    path = tmp_path / "journal.jsonl"
    assert read_journal(path, PLAN) == ([], PLAN, False, ())
    with Journal(path, PLAN) as journal:
        for record in records[:3]:
            journal.append(record)
        kept = read_journal(path, PLAN)
        assert kept[:3] == (records[:3], journal.link, False), "flushed before it is closed"
        assert len(kept.links) == len({*kept.links}) == 3
        assert kept.links[-1] == journal.link
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    kept = read_journal(path, PLAN)
    assert (kept.records, kept.torn) == (records[:2], True)
    with Journal(path, PLAN) as journal:
        assert journal.link == kept.link
        journal.append(records[2])
    assert path.read_bytes() == whole, "the chain goes on where it was cut"


def test_a_line_from_before_reused_executions_were_counted_has_none(records, tmp_path):
    content = msgspec.to_builtins(records[0])
    assert content.pop("reused") == 0
    (tmp_path / "journal.jsonl").write_bytes(msgspec.json.encode(content) + b"\n")
    assert read_journal(tmp_path / "journal.jsonl", PLAN) == ([records[0]], "", False, ())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0].replace(b'"planned":8', b'"planned":9'), *lines[1:]], 1),
        (lambda lines: [*lines[:2], lines[2].replace(b'"pass":8', b'"pass":7'), lines[3]], 3),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:3], lines[2], lines[3]], 4),
        (lambda lines: [*lines[:3], lines[3].replace(b",\"link\"", b" ,\"link\"")], 4),
        (lambda lines: [*lines[:3], lines[3].replace(b'{"chunk"', b'{ "chunk"')], 4),
        (lambda lines: [*lines[:3], lines[3].replace(b'"link"', b'"lint"')], 4),
        (lambda lines: [lines[0], b"", *lines[1:]], 2),
        (lambda lines: [b"{}", *lines[1:]], 1),
    ],
)  # fmt: skip
def test_a_changed_line_is_refused_by_its_number(path, change, line):
    lines = change(path.read_bytes().splitlines())
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(UsageError, match=rf"journal\.jsonl:{line}: wanted .*, got ") as caught:
        read_journal(path, PLAN)
    assert len(str(caught.value)) <= 300


def test_a_line_of_another_plan_is_refused(path):
    with pytest.raises(UsageError, match=r"journal\.jsonl:1: wanted a line that follows the one before"):
        read_journal(path, "sha256:2")


def test_a_chunk_that_is_there_twice_is_refused_where_no_link_says_so(records, path):
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in (*records[:2], records[0])))
    with pytest.raises(UsageError, match=r"journal\.jsonl:3: wanted each chunk once .*, got it in line 1 too"):
        read_journal(path, PLAN)


@pytest.mark.parametrize("content", [b"{}\n", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_a_broken_line_is_named(tmp_path, content):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"journal\.jsonl:1: wanted one chunk's record"):
        read_journal(path, PLAN)


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(UsageError, match=r"wanted a journal .it cannot be read: Is a directory."):
        read_journal(tmp_path / "journal.jsonl", PLAN)
    with pytest.raises(UsageError, match=r"journal\.jsonl: cannot be written"):
        Journal(tmp_path / "journal.jsonl", PLAN)


def test_a_full_disk_is_named_and_what_was_written_stays(records, path, monkeypatch):
    before = path.read_bytes()
    write = os.write

    def until_full(file, content):
        if len(path.read_bytes()) > len(before):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, content[:30])

    with Journal(path, PLAN) as journal:
        monkeypatch.setattr(os, "write", until_full)
        with pytest.raises(NotWritten, match=r"journal\.jsonl: cannot be written \(No space left on device\)"):
            journal.append(records[4])
        monkeypatch.undo()
    assert path.read_bytes() == before + path.read_bytes()[-30:]
    with Journal(path, PLAN) as journal:
        journal.append(records[4])
    assert read_journal(path, PLAN).records == records[:5]
