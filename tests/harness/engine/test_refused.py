"""A named sample that eager refuses is wrong usage, unless something that stands for the operator accepts it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from viewproof.cases import format_case
from viewproof.cli import main
from viewproof.contract.installed import find_suite
from viewproof.engine.planning import planned_here
from viewproof.engine.refused import EagerRefusal, names_samples, without_refused
from viewproof.errors import UsageError
from viewproof.records.outdir import Selection

#: A decomposition broadcasts the first operand as `torch.add` does; eager expands it to the product's size.
ACCEPTED_ELSEWHERE = "sample(aten.addmm.default(float32[5,1], float32[1,2], float32[2,1]))"
REFUSED = "sample(aten.addmm.default(float32[5,1], float32[1,2], float32[3,1]))"
RUNS = "sample(aten.add.Tensor(float32[2], float32[2]))"


def planned(*queries):
    return planned_here(Selection(queries=queries))


def test_a_sample_of_the_files_is_left_in_the_plan_whatever_a_kernel_says_of_it(monkeypatch):
    """A kernel that is wrong enough to refuse it fails by its name as it did in the whole run."""
    name = next(
        format_case(case)
        for family in find_suite("schemas").families("aten.add.Tensor", "quick")
        for case in find_suite("schemas").cases("aten.add.Tensor", family, "quick")
        if format_case(case).startswith("sample(")
    )
    whole = planned(name)
    monkeypatch.setattr("viewproof.engine.refused._refusal", lambda *_: EagerRefusal("RuntimeError: no", frozenset()))
    assert without_refused(whole) == whole
    with pytest.raises(UsageError, match="eager refuses it"):
        without_refused(planned(REFUSED))


def test_a_sample_that_all_refuse_is_wrong_usage():
    with pytest.raises(UsageError) as refused:
        without_refused(planned(REFUSED))
    assert str(refused.value) == (
        f"case {REFUSED!r}: wanted a call that aten.addmm.default accepts; eager refuses it (RuntimeError: mat1 and "
        "mat2 shapes cannot be multiplied (1x2 and 3x1))"
    )


def test_a_sample_that_something_else_accepts_is_run_there_alone():
    whole = planned(ACCEPTED_ELSEWHERE)
    found = without_refused(whole)
    assert "sampled" in {name for chunk in whole.chunks for name in chunk.targets}
    assert {name for chunk in found.chunks for name in chunk.targets} == {"decomposed", "decomposed-meta"}
    assert found.hash != whole.hash


def test_a_sample_that_runs_and_a_call_are_left_in_the_plan():
    whole = planned(RUNS, "aten.select.int(float32[3,4], 0, 0)")
    assert names_samples(whole.chunks)
    assert without_refused(whole) == whole
    assert not names_samples(planned("aten.select.int(float32[3,4], 0, 0)").chunks)


@pytest.mark.parametrize(
    ("call", "status", "said"),
    [
        (REFUSED, 2, "eager refuses it (RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
        (ACCEPTED_ELSEWHERE, 1, "observed the decomposition accepts; eager raises RuntimeError: The expanded size"),
    ],
)
def test_the_run_says_so(tmp_path, call, status, said):
    done = CliRunner().invoke(main, ["run", call, "--jobs", "1", "--out", str(tmp_path / "out")])
    assert done.exit_code == status, done.output
    assert said in done.output
