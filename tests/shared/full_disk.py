"""A disk that is full under one file of those that are written whole."""

from pathlib import Path

from viewproof.records import written


def fill(monkeypatch, name):
    """From now on a file whose name holds `name` cannot be written."""
    new = written.new_file

    def made(path):
        return Path("/dev/full").open("wb") if name in path.name else new(path)

    monkeypatch.setattr(written, "new_file", made)
