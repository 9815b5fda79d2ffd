"""`viewproof diff`: its exit status, its formats, and what it says of input that is no run."""

import json

import pytest
from click.testing import CliRunner

from viewproof.cli import main
from viewproof.records.model import VERDICTS

SUMMARY = {
    "schema": 1,
    "viewproof": "0.1.0",
    "torch": "2.13.0",
    "device": "cpu",
    "profile": "quick",
    "verdicts": dict.fromkeys(VERDICTS, 0),
    "findings": [],
    "problems": [],
    "by_operator": {"aten.alias.default": {}},
    "by_target": {"meta": {}},
    "by_rule": {"layout.size": {}},
}
FINDING = {
    "suite": "views",
    "target": "meta",
    "rule": "layout.size",
    "operator": "aten.alias.default",
    "difference": "size differs",
    "result": "views/meta/layout.size/aten.alias.default(float32[1])",
    "case": "aten.alias.default(float32[1])",
    "verdict": "fail",
    "count": 1,
    "observed": "2",
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.json").write_text(json.dumps(SUMMARY))
    (tmp_path / "bad.json").write_text(json.dumps(SUMMARY | {"findings": [FINDING]}))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["good.json", "bad.json"], 1, "REGRESSION views/meta/layout.size"),
        (["bad.json", "good.json"], 0, "IMPROVEMENT views/meta/layout.size"),
        (["good.json", "good.json"], 0, "no change"),
        (["good.json", "bad.json", "--format", "markdown"], 1, "### Regression: 1"),
        (["good.json", "bad.json", "--format", "html"], 1, "<h2>Regression: 1</h2>"),
        (["good.json", "bad.json", "-o", "page.txt"], 1, "wrote page.txt"),
    ],
)
def test_what_it_says_and_its_exit_status(arguments, status, said):
    result = CliRunner().invoke(main, ["diff", *arguments])
    assert result.exit_code == status, result.output
    assert said in result.stdout


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "arguments", [["good.json", "nowhere"], ["good.json"], ["good.json", "bad.json", "-o", "no/x"]]
)
def test_bad_input_is_exit_2(arguments):
    result = CliRunner().invoke(main, ["diff", *arguments])
    assert result.exit_code == 2
    assert result.stderr
