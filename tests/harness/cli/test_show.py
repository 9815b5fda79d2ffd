"""`viewproof show`."""

from click.testing import CliRunner

from viewproof.cli import main

CASE = "aten.transpose.int(float32[2,3], 0, 1)"


def test_both_sides_and_the_drawing():
    done = CliRunner().invoke(main, ["show", f"views/meta/layout.stride/{CASE}"])
    assert done.exit_code == 0, done.output
    for part in ("expected", "observed", "(1, 3)", "0,0", "layout.stride: pass"):
        assert part in done.output


def test_bad_input_is_a_usage_error():
    for bad in ("views/meta/layout.stride", "aten.transpose.int(float32[2,3", f"views/moon/layout.size/{CASE}"):
        assert CliRunner().invoke(main, ["show", bad]).exit_code == 2
