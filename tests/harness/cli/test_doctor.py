"""`viewproof doctor`."""

import pytest
from click.testing import CliRunner

from viewproof.cli import doctor as module
from viewproof_reference.mechanisms.crossref import registered_names


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
    assert [one.state for one in (*module._folder(), *module._worker(), *module._libraries())] == ["ok"] * 8


def test_what_python_has_not_loaded_is_counted():
    rows = {one.what: one.detail for one in module._schemas()}
    loaded, _, left_out = rows["overloads"].partition(" loaded by Python, ")
    assert int(loaded) > 0
    assert int(loaded) + int(left_out.partition(" ")[0]) == len(registered_names())
