"""The ways to run a call: each does what its name says, and what cannot be run says why."""

import pytest
import torch

from viewproof.bench.clocks import HostClock
from viewproof.bench.model import FLAT_VARIANTS, QUICK, VARIANTS
from viewproof.bench.subjects import Point, subject_of
from viewproof.bench.variants import TimingPlace, Unavailable, ready
from viewproof.cases import parse_case

PLACE = TimingPlace("cpu", HostClock())
CALL = "aten.select.int(float32[2,5,7], 1, 2)"


def point(text=CALL):
    return Point(parse_case(text), 3, 70)


def result(variant, text=CALL):
    """What the prepared call returns, and the tensor that it was given."""
    timed = ready(variant, point(text), PLACE)
    with timed.inside():
        return timed.call(), timed


def given(timed):
    return timed.call.args[0]


def shares(one, other):
    return one.untyped_storage()._cdata == other.untyped_storage()._cdata


@pytest.mark.parametrize("variant", ["eager", "meta", "fake"])
def test_the_view_itself(variant):
    got, timed = result(variant)
    assert (got.size(), got.stride()) == ((2, 7), (35, 1))
    assert got.device.type == ("meta" if variant == "meta" else "cpu")
    assert shares(got, given(timed))
    assert type(got).__name__ == ("FakeTensor" if variant == "fake" else "Tensor")


@pytest.mark.parametrize(("variant", "size"), [("copy", (2, 7)), ("scatter", (2, 5, 7))])
def test_copy_and_scatter_have_storages_of_their_own(variant, size):
    got, timed = result(variant)
    assert got.size() == size
    assert not shares(got, given(timed))
    assert got.tolist() == torch.zeros(size).tolist(), "the operands were written before they were measured"


@pytest.mark.parametrize(("variant", "views"), [("functionalize", True), ("functionalize-copies", False)])
def test_functionalized_in_both_modes(variant, views):
    got, timed = result(variant)
    assert torch._is_functional_tensor(got)
    inner, base = torch._from_functional_tensor(got), torch._from_functional_tensor(given(timed))
    assert shares(inner, base) is views
    with torch.utils._python_dispatch._disable_current_modes():
        assert not torch._is_functional_tensor(torch.zeros(2)[0]), "the mode was left"


def test_the_decomposition_is_called():
    got, timed = result("decomposed", "aten.transpose.int(float32[2,5,7], 0, 1)")
    assert timed.call.func is not torch.ops.aten.transpose.int
    assert got.stride() == (7, 35, 1)


def test_the_compiled_graph_gives_the_view():
    got, timed = result("aot_eager")
    assert shares(got, given(timed))
    assert "select" not in repr(timed.call.func).split(" at ", maxsplit=1)[0], "the operator itself is not called"


@pytest.mark.parametrize(
    ("variant", "text", "why"),
    [
        ("copy", "aten.chunk.default(float32[2,5,7], 2)", "torch has no copy of it"),
        ("scatter", "aten.transpose.int(float32[2,5,7], 0, 1)", "torch has no scatter of it"),
        ("decomposed", "aten.as_strided.default(float32[2,5,7], [2], [1], 0)", "has no decomposition of it"),
        ("fake", "aten.narrow.Tensor(float32[2,5,7], 0, int64[]{0}, 2)", "DataDependentOutputException: "),
        ("eager", "aten.select.int(float32[2,5,7], 9, 2)", "IndexError: Dimension out of range"),
    ],
)
def test_what_cannot_be_run_says_why(variant, text, why):
    with pytest.raises(Unavailable, match=why):
        ready(variant, point(text), PLACE)


def test_a_refusal_leaves_no_functionalization_behind():
    with pytest.raises(Unavailable, match="IndexError"):
        ready("functionalize", point("aten.select.int(float32[2,5,7], 9, 2)"), PLACE)
    assert not torch._is_functional_tensor(torch.zeros(2)[0])


def test_bases_that_do_not_grow_are_run_as_they_are_only():
    subject = subject_of("aten.values.default", QUICK)
    ready("eager", subject.home, PLACE)
    with pytest.raises(Unavailable, match="on a strided base that grows only"):
        ready("meta", subject.home, PLACE)


def test_every_variant_has_a_maker():
    from viewproof.bench.variants import _MAKERS

    assert tuple(_MAKERS) == VARIANTS
    assert set(FLAT_VARIANTS) < set(VARIANTS)
    assert not {"copy", "scatter", "functionalize-copies"} & set(FLAT_VARIANTS), "these copy by design"
