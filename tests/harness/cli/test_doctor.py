"""`viewproof doctor`."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from viewproof.cli import doctor as module
from viewproof_reference.replacements.crossref.overloads import registered_names

ROOT = Path(__file__).resolve().parents[3]


def test_a_row_a_check_and_the_status_says_whether_one_fails(monkeypatch):
    rows = [module.Check("a", "ok", "fine"), module.Check("b", "warn", "hm")]
    monkeypatch.setattr(module, "GROUPS", (lambda: rows,))
    done = CliRunner().invoke(module.doctor, [])
    assert (done.exit_code, "warn  b" in done.output) == (0, True)
    rows.append(module.Check("c", "fail", "no"))
    assert CliRunner().invoke(module.doctor, []).exit_code == 1


@pytest.mark.parametrize(
    ("version", "state"), [("2.13.0+cpu", "ok"), ("2.15.1", "warn"), ("2.10.0", "fail"), ("3.0.0", "warn")]
)
def test_torch_versions(version, state):
    assert module.torch_check(version).state == state


def test_this_environment_has_no_failing_folder_or_worker():
    assert {one.state for one in (*module._folder(), *module._worker(), *module._libraries())} == {"ok"}


def test_every_library_that_an_install_requires_is_looked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {text.partition(">=")[0] for text in project["dependencies"]}
    assert {one.what for one in module._libraries()} == required - {"torch"}


@pytest.mark.parametrize(
    ("requirement", "state", "said"),
    [
        ("click>=8.1", "ok", ""),
        ("click>=1000", "fail", ", wanted click>=1000"),
        ("no-such-library>=1", "fail", "not installed, wanted no-such-library>=1"),
    ],
)
def test_a_library_is_there_and_new_enough(requirement, state, said):
    row = module.library_check(Requirement(requirement))
    assert row.state == state
    assert row.detail.endswith(said)


def test_what_python_has_not_loaded_is_counted():
    rows = {one.what: one.detail for one in module._schemas()}
    loaded, _, left_out = rows["overloads"].partition(" loaded by Python, ")
    assert int(loaded) > 0
    assert int(loaded) + int(left_out.partition(" ")[0]) == len(registered_names())
