"""`viewproof explain`."""

from click.testing import CliRunner

from viewproof.cli import explain as module


def test_a_rule(monkeypatch):
    monkeypatch.setattr("viewproof.contract.installed.own_suites", dict)
    done = CliRunner().invoke(module.explain, ["layout.stride"])
    assert done.exit_code == 0, done.output
    assert "can fail" in done.output


def test_an_operator(monkeypatch):
    monkeypatch.setattr("viewproof.contract.installed.own_suites", dict)
    done = CliRunner().invoke(module.explain, ["aten.transpose.int"])
    assert done.exit_code == 0, done.output
    assert "kind: view" in done.output


def test_the_unknown_gets_suggestions():
    done = CliRunner().invoke(module.explain, ["layout.strid"])
    assert done.exit_code == 2
    assert "layout.stride" in done.output


def test_operators_beside_the_catalog_are_explained_too():
    word = CliRunner().invoke(module.explain, ["history.pop"])
    assert (word.exit_code, "suite decomp_table" in word.output, "history(t.pop(aten))" in word.output) == (
        0,
        True,
        True,
    )
    sampled = CliRunner().invoke(module.explain, ["aten.add.Tensor"])
    assert "schema: aten::add.Tensor" in sampled.output
    assert "not in the catalog" in sampled.output
    assert CliRunner().invoke(module.explain, ["history.popp"]).exit_code == 2
