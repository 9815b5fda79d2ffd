"""What lies in a run directory may be somebody's link: nothing is written through one."""

import pytest

from viewproof.errors import UsageError
from viewproof.records import outdir
from viewproof.records.written import half_of, write_whole


@pytest.fixture
def victim(tmp_path):
    file = tmp_path / "victim"
    file.write_text("kept")
    return file


def test_a_half_that_is_a_link_is_replaced(tmp_path, victim):
    report = tmp_path / "report.md"
    half_of(report).symlink_to(victim)
    write_whole({report: "a report"})
    assert (victim.read_text(), report.read_text(), report.is_symlink()) == ("kept", "a report", False)


def test_a_probe_that_is_a_link_is_replaced(tmp_path, victim):
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    (run / ".run.json.probe").symlink_to(victim)
    outdir.claim(run)
    assert victim.read_text() == "kept"


@pytest.mark.parametrize("name", ["journal.jsonl", "workers.log"])
def test_a_run_that_goes_on_appends_to_no_link(tmp_path, victim, name):
    run = tmp_path / "run"
    run.mkdir()
    (run / name).symlink_to(victim)
    with pytest.raises(UsageError, match=f"{name}: cannot be written .it is a link."):
        outdir.claim_again(run)
    assert victim.read_text() == "kept"
