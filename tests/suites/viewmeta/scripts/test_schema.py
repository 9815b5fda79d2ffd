"""Scripts on schemas exit 1 where torch is at fault, and 0 where it is not."""

import pytest
import torch

from viewproof.contract.installed import all_rules
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript
from viewproof_suites.viewmeta.cases import SchemaCase


@pytest.fixture
def status(tmp_path, warm_torch):
    """The exit status of a script."""

    def run(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        done = warm_torch.script(path)
        assert done.returncode in (0, 1), done.stderr
        assert "expected" in done.stdout
        return done.returncode

    return run


@pytest.mark.parametrize("rule", [name for name, rule in all_rules().items() if name.startswith("viewmeta.")])
def test_a_rule_that_holds_gives_a_script_that_exits_0(status, rule):
    target = "live-class" if rule in ("viewmeta.round-trip", "viewmeta.live-class") else "torchgen"
    text = script_of(SchemaCase("aten.transpose.int"), target, rule)
    assert "viewproof" not in "".join(line for line in text.splitlines() if "import" in line)
    assert status(text) == 0


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the fault is known of torch 2.13")
@pytest.mark.parametrize(
    ("target", "rule"), [("torchgen", "viewmeta.attributes"), ("live-class", "viewmeta.round-trip")]
)
def test_a_fault_gives_a_script_that_exits_1(status, target, rule):
    assert status(script_of(SchemaCase("aten.slice_inverse.default"), target, rule)) == 1


def test_a_rule_that_asks_nothing_has_no_script():
    with pytest.raises(NoScript, match="wanted a rule that asks something"):
        script_of(SchemaCase("aten.transpose.int"), "live-class", "inverse.size")
