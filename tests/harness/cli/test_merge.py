"""`viewproof merge`: one clear line, and the exit status, for what cannot be merged."""

import made_run
import pytest
from click.testing import CliRunner

from viewproof.cli import main


@pytest.fixture
def shards(tmp_path):
    names = ("aten.alias.default", "aten.t.default")
    return [made_run.write_shard(tmp_path / str(number), f"{number}/2", [made_run.record(["f(x)"], operator=name)])
            for number, name in enumerate(names, 1)]  # fmt: skip


def said(*arguments):
    return CliRunner().invoke(main, ["merge", *map(str, arguments)])


@pytest.mark.parametrize(
    ("places", "line"),
    [
        ([0], "merge: wanted all of 2 shards, got none for 2/2"),
        ([0, 0, 1], "run.json: wanted each shard once, got 1/2, as"),
        ([0, 1], "run.json: wanted plan sha256:"),
    ],
)
def test_what_cannot_be_merged_is_one_line(shards, tmp_path, monkeypatch, places, line):
    """Of the last, all agrees with each other, and nothing with what is here."""
    here = {"torch": "2.13.0+cpu", "torch_git": "cf30153"}
    monkeypatch.setattr("viewproof.engine.merge.fingerprint", lambda: here)
    result = said(*[shards[place] for place in places], "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert line in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_shard_that_was_edited_is_not_to_be_trusted(shards, tmp_path):
    path = shards[1] / "summary.json"
    path.write_text(path.read_text().replace('"cases": 1', '"cases": 2'))
    result = said(*shards, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "2/summary.json: wanted the bytes that its digest was made of" in result.stderr


def test_it_is_told_what_to_merge(tmp_path):
    result = said("--out", tmp_path)
    assert result.exit_code == 2
    assert "DIR..." in result.stderr
    assert said(tmp_path / "nowhere").exit_code == 2
