"""Files are written whole or not at all, and what cannot be written is named."""

import errno
import os
from pathlib import Path

import pytest
from full_disk import fill

from viewproof.errors import NotWritten, UsageError
from viewproof.records import written
from viewproof.records.written import append_all, not_written, write_whole


def test_all_files_are_written_and_no_half_is_left(tmp_path):
    write_whole({tmp_path / "a": "text \ud800", tmp_path / "b": b"bytes"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"text \\ud800", "b": b"bytes"}


def test_a_device_that_is_full_leaves_none_of_them(tmp_path, monkeypatch):
    fill(monkeypatch, ".b.")
    with pytest.raises(NotWritten, match=r"b: cannot be written \(No space left on device\)"):
        write_whole({tmp_path / "a": "first", tmp_path / "b": "second"})
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_take_its_place_takes_the_others_with_it(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match="b: cannot be written"):
        write_whole({tmp_path / "a": "first", tmp_path / "b": "second"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_an_earlier_file_stays_where_the_new_one_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("earlier")
    fill(monkeypatch, ".a.")
    with pytest.raises(NotWritten):
        write_whole({tmp_path / "a": "new"})
    assert (tmp_path / "a").read_text() == "earlier"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, NotWritten), (errno.EFBIG, NotWritten), (errno.EIO, NotWritten), (errno.EDQUOT, NotWritten),
     (errno.EACCES, UsageError), (errno.EROFS, UsageError), (errno.EISDIR, UsageError), (errno.ENOTDIR, UsageError)],
)  # fmt: skip
def test_a_place_that_is_none_to_write_in_is_usage_and_a_full_disk_is_not(number, kind):
    error = not_written(Path("a\n\udcff"), OSError(number, os.strerror(number)), "--out")
    assert type(error) is kind
    assert str(error) == f"--out a \\udcff: cannot be written ({os.strerror(number)})"


def test_a_short_write_goes_on(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, content: write(file, content[:3]))
    with (tmp_path / "a").open("wb") as file:
        append_all(file.fileno(), b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_who_stops_the_writing_finds_no_half_of_a_file(tmp_path, monkeypatch):
    new = written.new_file

    def stopped(path):
        if ".b." in path.name:
            raise KeyboardInterrupt
        return new(path)

    monkeypatch.setattr(written, "new_file", stopped)
    (tmp_path / "a").write_text("earlier")
    with pytest.raises(KeyboardInterrupt):
        write_whole({tmp_path / "a": "first", tmp_path / "b": "second"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "earlier"}
