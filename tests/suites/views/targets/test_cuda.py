"""On a CUDA device the verdicts are those of the CPU."""

import pytest

from viewproof.contract.installed import own_suites
from viewproof.engine import verdicts
from viewproof.engine.check import check_chunk
from viewproof.records.chunk import Chunk

OPERATORS = ("aten.transpose.int", "aten.slice.Tensor", "aten.expand.default", "aten.contiguous.default")
INPLACE = ("aten.unsqueeze_.default", "aten.transpose_.default", "aten.squeeze_.dim")
COPIES = ("aten.transpose_copy.int", "aten.slice_copy.Tensor_out", "aten.select_scatter.default")
OF_SUITE = {
    "inplace": INPLACE,
    "copies": COPIES,
    "copy_errors": COPIES,
    "copy_gradients": ("aten.transpose_copy.int",),
    "decompositions": ("aten.addcmul.default", "aten.transpose.int"),
    "schemas": ("aten.addcmul.default", "aten.transpose.int", "aten.add.Tensor"),
    "passes": ("aten.transpose.int", "aten.slice.Tensor"),
    "decomposed_passes": ("aten.transpose.int",),
}
#: Suites that no device has a part in.
NOWHERE = {"decomp_table": "a table holds no tensor"}
SUITES = (
    "views", "errors", "aliasing", "inplace", "replay", "copies", "copy_errors", "copy_gradients", "viewmeta",
    "functionalization", "functional_traces", "crossref", "decompositions", "schemas", "passes", "decomposed_passes",
)  # fmt: skip
SOME = [(suite, name) for suite in SUITES for name in OF_SUITE.get(suite, OPERATORS)]


def outcome(suite, operator, device):
    found = own_suites()[suite]
    records = [
        check_chunk(
            Chunk(
                suite=suite, operator=operator, family=family, profile="quick", device=device,
                targets=found.targets, rules=found.rules,
            )
        )
        for family in found.families(operator, "quick")[:3]
    ]  # fmt: skip
    tallies = [{(one.target, one.rule): one.verdicts for one in record.tallies} for record in records]
    return tallies, sorted((one.target, one.rule, one.case) for record in records for one in record.failures)


@pytest.mark.cuda
@pytest.mark.parametrize(("suite", "operator"), SOME)
def test_verdicts_are_those_of_the_cpu(suite, operator, monkeypatch):
    monkeypatch.setattr(verdicts, "issues_for", lambda *_: [])
    assert outcome(suite, operator, "cuda") == outcome(suite, operator, "cpu")


def test_every_suite_is_run_on_a_device():
    assert {*SUITES, *NOWHERE} == set(own_suites())
    assert all(operator in own_suites()[suite].operators() for suite, operator in SOME)
