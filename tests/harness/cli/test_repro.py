"""`viewproof repro`."""

import made_up
from click.testing import CliRunner

from viewproof.cli import main
from viewproof.records.summary import write_summary

ADDRESS = "views/eager/layout.stride/aten.transpose.int(float32[2,3], 0, 1)"


def test_it_prints_or_writes_a_script(tmp_path):
    done = CliRunner().invoke(main, ["repro", ADDRESS])
    assert done.exit_code == 0, done.output
    assert "torch.ops.aten.transpose.int(base, 0, 1)" in done.output
    assert CliRunner().invoke(main, ["repro", ADDRESS, "-o", str(tmp_path / "s.py")]).exit_code == 0
    assert (tmp_path / "s.py").read_text() == done.output


def test_a_finding_of_a_run_by_its_number(tmp_path):
    write_summary(tmp_path, made_up.summary([made_up.record(made_up.failure())]))
    assert CliRunner().invoke(main, ["repro", "1", "--run", str(tmp_path)]).exit_code == 0
    assert CliRunner().invoke(main, ["repro", "2", "--run", str(tmp_path)]).exit_code == 2


def test_bad_input_is_a_usage_error(tmp_path):
    assert CliRunner().invoke(main, ["repro", "aten.transpose.int"]).exit_code == 2
    assert CliRunner().invoke(main, ["repro", ADDRESS, "-o", str(tmp_path / "no" / "s.py")]).exit_code == 2
