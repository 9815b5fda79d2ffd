"""A bare name is a result too: of every kind of subject, on a target that runs it, by a rule that is asked of it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from viewproof.cases import parse_case
from viewproof.cases.kinds import kind_of
from viewproof.cases.model import Case
from viewproof.cli import main
from viewproof.contract.installed import own_contracts
from viewproof.engine.address import default_rule, find_result
from viewproof.errors import UsageError

#: A name of every kind, with the target and the rule that are meant.
BARE = {
    "aten.select.int(float32[3,4], 0, 0)": ("eager", "layout.stride"),
    "aten.select.int(float32[3,4], 5, 0)": ("eager", "error.refused"),
    "aten.unsqueeze_.default(float32[2], 0)": ("eager", "layout.stride"),
    "sample(aten.add.Tensor(float32[2], float32[2]))": ("decomposed", "decomposition.structure"),
    "sample(aten.numel.default(float32[2]))": ("sampled", "schema.alias"),
    "samples(aten.select.int)": ("sampled", "schema.alias-happens"),
    "schema(aten.select.int)": ("torchgen", "viewmeta.class-name"),
    "history()": ("torch-table", "table.creation"),
    "history(del t[early]; load)": ("torch-table", "table.loading"),
    "entries(core)": ("torch-table", "table.contents"),
    "module(aten.select.int(float32[3,4], 0, 0))": ("view-to-copy", "passes.refused"),
    "module(cond)": ("view-to-copy", "passes.refused"),
}


def test_there_is_a_name_of_every_kind():
    cases = [parse_case(name) for name in BARE]
    declared = {kind.word for contract in own_contracts() for kind in contract.kinds}
    assert {kind_of(case) for case in cases if type(case) is not Case} == declared


@pytest.mark.parametrize("name", BARE)
def test_a_bare_name_is_a_result_on_a_target_by_a_rule(name):
    found = find_result(name)
    assert (found.target, found.rule or default_rule(found.case, found.target)) == BARE[name]


@pytest.mark.parametrize("name", BARE)
def test_a_bare_name_is_shown_and_its_script_exits_0_while_there_is_no_fault(tmp_path, warm_torch, name):
    shown = CliRunner().invoke(main, ["show", name])
    assert shown.exit_code == 0, shown.output
    assert "fail" not in shown.output
    written = CliRunner().invoke(main, ["repro", name, "-o", str(tmp_path / "script.py")])
    assert written.exit_code == 0, written.output
    done = warm_torch.script(tmp_path / "script.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_target_that_does_not_run_the_kind_is_refused_with_those_that_do():
    with pytest.raises(UsageError, match=r"^target 'eager': wanted one that sample\(.*\) is run on, of decomposed, "):
        find_result("decompositions/eager/*/sample(aten.add.Tensor(float32[2], float32[2]))")


@pytest.mark.parametrize("verb", ["show", "repro"])
def test_a_name_that_no_kind_answers_for_is_refused_in_one_line(verb):
    done = CliRunner().invoke(main, [verb, "schema(aten.add.Tensor)"])
    assert done.exit_code == 2
    assert "aten.add.Tensor" in done.stderr.splitlines()[-1]
