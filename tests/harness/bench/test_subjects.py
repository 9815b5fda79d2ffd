"""The calls: one of each view operator, grown with its base, and as the reference says at every size."""

import pytest

from viewproof.bench.model import HOME_ELEMENTS, QUICK, RANK_ELEMENTS, Settings
from viewproof.bench.subjects import ENOUGH, copy_of, grow, scatter_of, subject_of
from viewproof.cases import format_case, parse_case
from viewproof.contract.installed import find_suite
from viewproof.evidence.expectation import expect
from viewproof_reference.layout.model import Layout, element_count

#: Those whose bases are sparse, nested or dual, as their names say.
FIXED = 16


@pytest.fixture(scope="module")
def subjects():
    return {name: subject_of(name, Settings()) for name in find_suite("views").operators()}


def test_every_view_operator_has_a_call(subjects):
    assert [name for name, subject in subjects.items() if subject is None] == []
    assert sum(bool(subject.fixed) for subject in subjects.values()) == FIXED


def test_each_is_measured_at_every_size_and_at_home(subjects):
    for name, subject in subjects.items():
        if not subject.fixed:
            assert tuple(point.elements for point in subject.sizes) == Settings().sizes, name
            assert subject.home.elements == HOME_ELEMENTS
            assert {point.elements for point in subject.ranks} <= {RANK_ELEMENTS}
    # hsplit.int cuts a dimension of five at home, and there is none in the bases of a rank.
    assert [name for name, one in subjects.items() if not one.fixed and not one.ranks] == ["aten.hsplit.int"]


def test_a_call_is_accepted_shares_storage_and_stays_itself_at_every_size(subjects):
    for name, subject in subjects.items():
        kinds = set()
        for point in subject.sizes:
            found = expect(point.case)
            assert found.refusal is None, format_case(point.case)
            assert all(one.shares is not None for one in found.outputs), format_case(point.case)
            assert element_count(point.case.args[0].layout.size) == point.elements, format_case(point.case)
            kinds.add(tuple(len(one.layout.size) for one in found.outputs))
        assert len(kinds) == (0 if subject.fixed else 1), name


def test_a_hidden_copy_of_an_output_would_be_large(subjects):
    for name, subject in subjects.items():
        if subject.sizes:
            last = subject.sizes[-1]
            outputs = [one.layout for one in expect(last.case).outputs if isinstance(one.layout, Layout)]
            assert sum(element_count(one.size) for one in outputs) >= ENOUGH * last.elements, name


def test_ranks_have_as_many_outputs_as_home(subjects):
    for subject in subjects.values():
        counts = {len(expect(point.case).outputs) for point in (*subject.ranks, subject.home)}
        assert len(counts) == 1


@pytest.mark.parametrize(
    "operator", ["aten.transpose.int", "aten.permute.default", "aten.select.int", "aten.split.Tensor"]
)
def test_a_call_that_changes_something_is_preferred(subjects, operator):
    case = subjects[operator].home.case
    assert expect(case).outputs[0].layout.size != case.args[0].layout.size


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("aten.view.default(float32[2,5,7], [2,35])", "aten.view.default(float32[2,5,100], [2,500])"),
        ("aten.select.int(float32[2,5,7], 1, -2)", "aten.select.int(float32[2,5,100], 1, -2)"),
        (
            "aten.as_strided.default(float32[2,5,7], [7,5], [1,7], 0)",
            "aten.as_strided.default(float32[2,5,100], [100,5], [1,100], 0)",
        ),
        (
            "$0=float32@70; aten.view_as.default($0[2,5,7], $0[70])",
            "$0=float32@1000; aten.view_as.default($0[2,5,100], $0[1000])",
        ),
        (
            "aten.slice.Tensor(float32[2,5,7], 2, 0, 9223372036854775807)",
            "aten.slice.Tensor(float32[2,5,100], 2, 0, 9223372036854775807)",
        ),
        (
            "aten.narrow.Tensor(float32[2,5,7], 2, int64[]{7}, 0)",
            "aten.narrow.Tensor(float32[2,5,100], 2, int64[]{7}, 0)",
        ),
    ],
)
def test_a_call_grows_with_its_base(small, large):
    assert format_case(grow(parse_case(small), 100)) == large


def test_quick_has_fewer_points():
    quick = subject_of("aten.slice.Tensor", QUICK)
    assert tuple(point.elements for point in quick.sizes) == QUICK.sizes
    assert [point.rank for point in quick.ranks] == list(QUICK.ranks)


def test_the_copy_and_the_scatter_of_a_call():
    case = parse_case("aten.select.int(float32[2,5,7], 1, 2)")
    assert format_case(copy_of(case, "aten.select_copy.int")) == "aten.select_copy.int(float32[2,5,7], 1, 2)"
    scatter = scatter_of(case, "aten.select_scatter.default")
    assert format_case(scatter) == "aten.select_scatter.default(float32[2,5,7], float32[2,7], 1, 2)"
    assert expect(scatter).refusal is None
