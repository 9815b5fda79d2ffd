"""`viewproof diff`: its exit status, its formats, and what it says of input that is no run."""

import made_run
import pytest
from click.testing import CliRunner

from viewproof.cli import main

CASE = "aten.alias.default(float32[1])"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, failures in (("good", []), ("bad", [made_run.failure(CASE, "layout.size")])):
        made_run.write(tmp_path / name, [made_run.record([CASE], failures)])
        (tmp_path / name / "summary.json").rename(f"{name}.json")


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
