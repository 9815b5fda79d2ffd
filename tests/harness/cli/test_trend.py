"""`viewproof trend`: a folder in, a table out."""

import json

import made_up
from click.testing import CliRunner

from viewproof.cli import main
from viewproof.records.summary import write_summary


def test_a_folder_becomes_rows(tmp_path):
    (tmp_path / "night").mkdir()
    write_summary(tmp_path / "night", made_up.summary([made_up.record()]))
    result = CliRunner().invoke(main, ["trend", str(tmp_path), "--format", "json"])
    assert result.exit_code == 0, result.output
    assert [row["verdict"] for row in json.loads(result.stdout)["runs"]] == ["conforms"]
    assert CliRunner().invoke(main, ["trend", str(tmp_path / "night" / "summary.json")]).exit_code == 2
