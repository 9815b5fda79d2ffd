"""A run that is killed and gone on with ends as one that nobody killed, and nothing of it outlives its driver."""

import shutil
import sys

import made_run
import pytest

CASES = [f"aten.alias.default(float32[{size}])" for size in range(1, 5)]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_few_kills_change_nothing(module, tmp_path):
    kills = module("kills")
    asked = kills.Asked(("views/eager/layout.size/aten.alias.default(float32[2])",), "1")
    whole = tmp_path / "whole"
    assert kills.run_until(asked.command(whole), "whole", None).returncode == 0
    report = kills.kill_and_go_on(asked, whole, tmp_path, iter([0.5, 1.5, 2.5]), 2)
    assert report.wrong == []
    assert report.ended >= 1


def test_what_runs_say_differently_is_told_and_times_are_not(module, tmp_path):
    kills = module("kills")
    records = [made_run.record(CASES), made_run.record(CASES, operator="aten.t.default")]
    one = made_run.write(tmp_path / "one", records, seconds=1.0)
    other = made_run.write(tmp_path / "other", records[::-1], seconds=9.0)
    assert list(kills.unlike(one, other)) == []
    shutil.rmtree(other)
    made_run.write(other, [made_run.record(CASES, [made_run.failure(CASES[0])]), records[1]])
    found = list(kills.unlike(one, other))
    assert any(line.startswith("summary verdicts: ") for line in found)
    assert any(line.startswith("failure views/meta/layout.stride/") for line in found)
