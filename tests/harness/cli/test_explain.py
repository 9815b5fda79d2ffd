"""`viewproof explain`."""

from click.testing import CliRunner

from viewproof.cli import explain as module


def test_a_rule(monkeypatch):
    monkeypatch.setattr("viewproof.engine.suites.load_suites", dict)
    done = CliRunner().invoke(module.explain, ["layout.stride"])
    assert done.exit_code == 0, done.output
    assert "can fail" in done.output


def test_an_operator(monkeypatch):
    monkeypatch.setattr("viewproof.engine.suites.load_suites", dict)
    done = CliRunner().invoke(module.explain, ["aten.transpose.int"])
    assert done.exit_code == 0, done.output
    assert "kind: view" in done.output


def test_the_unknown_gets_suggestions():
    done = CliRunner().invoke(module.explain, ["layout.strid"])
    assert done.exit_code == 2
    assert "layout.stride" in done.output
