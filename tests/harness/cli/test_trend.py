"""`viewproof trend`: a folder in, a table out."""

import json

from click.testing import CliRunner

from viewproof.cli import main
from viewproof.records.model import VERDICTS


def test_a_folder_becomes_rows(tmp_path):
    summary = {
        "schema": 1,
        "viewproof": "0.1.0",
        "torch": "2.13.0",
        "device": "cpu",
        "profile": "quick",
        "cases": 1,
        "planned": 1,
        "verdicts": dict.fromkeys(VERDICTS, 0) | {"pass": 1},
        "findings": [],
        "problems": [],
        "by_operator": {},
        "by_target": {},
        "by_rule": {},
        "seconds": 2.0,
    }
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "summary.json").write_text(json.dumps(summary))
    result = CliRunner().invoke(main, ["trend", str(tmp_path), "--format", "json"])
    assert result.exit_code == 0, result.output
    assert [row["verdict"] for row in json.loads(result.stdout)["runs"]] == ["conforms"]
    assert CliRunner().invoke(main, ["trend", str(tmp_path / "night" / "summary.json")]).exit_code == 2
