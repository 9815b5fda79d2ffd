"""`viewproof list`: what a query selects, by name."""

import pytest
from click.testing import CliRunner

from viewproof.cli import main


@pytest.fixture
def listed(fake, monkeypatch):
    monkeypatch.setattr("viewproof.engine.plan.suites_asked", lambda _: fake.suites())
    monkeypatch.setattr("viewproof.contract.installed.find_suite", lambda name: fake.suites()[name])
    monkeypatch.setattr("viewproof.engine.count.case_names", lambda chunk: [fake.first(chunk)])

    def listed(*arguments):
        result = CliRunner().invoke(main, ["list", *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    return listed


def test_suites_and_cases(listed):
    assert listed("suites", "aliasing")[0] == "aliasing  level 2  the suite aliasing"
    assert listed("cases", "aten.select") == ["aten.select.int(float32[1])"]


def test_ops_and_rules(listed):
    assert [line.split()[0] for line in listed("ops", "views")] == [
        "aten.alias.default",
        "aten.select.int",
        "aten.slice.Tensor",
    ]
    assert any(line.startswith("layout.stride-exact ") for line in listed("rules"))


def test_wrong_usage(fake, monkeypatch):
    monkeypatch.setattr("viewproof.engine.plan.suites_asked", lambda _: fake.suites())
    result = CliRunner().invoke(main, ["list", "ops", "aten.nothing"])
    assert result.exit_code == 2
    assert "unknown operator" in result.stderr
