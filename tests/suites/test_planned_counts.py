"""How much each suite plans is committed: a case that is lost, or a rule that no longer applies, shows as a number.

Where the numbers changed and should have: `tox -e counts` writes them anew.
"""

from pathlib import Path

import pytest

from viewproof.engine.planned_counts import SuiteCounts, counted, main, read_counts, torch_here

COMMITTED = Path(__file__).parent / "planned_counts.json"


@pytest.fixture(scope="module")
def committed():
    found = read_counts(COMMITTED)
    if found.torch != torch_here():
        pytest.skip(f"the counts are those of torch {found.torch}")
    return found


@pytest.mark.parametrize("profile", ["quick"])
def test_the_counts_are_those_that_were_committed(committed, profile):
    found = counted(profile)
    changed = {
        name: (committed.profiles[profile].get(name), found.get(name))
        for name in found | committed.profiles[profile]
        if committed.profiles[profile].get(name) != found.get(name)
    }
    assert changed == {}, "committed, counted; `tox -e counts` writes the numbers anew"


def test_every_suite_plans_something_and_a_verdict_for_each_execution(committed):
    for profile, suites in committed.profiles.items():
        for name, one in suites.items():
            assert one.cases > 0, f"{name} at {profile}"
            assert 0 < one.executions <= one.planned, f"{name} at {profile}"


def test_one_command_writes_them(tmp_path, monkeypatch, capsys):
    made = {"views": SuiteCounts(1, 2, 3)}
    monkeypatch.setattr("viewproof.engine.planned_counts.counted", lambda _: made)
    assert main([str(tmp_path / "counts.json")]) == 0
    assert read_counts(tmp_path / "counts.json").profiles == {"quick": made}
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
