"""Few calls are kept, small and unlike each other, with the other layouts of one of them; guesses fill the gaps."""

import itertools

from viewproof.samples.cases import format_sample, parse_sample
from viewproof.samples.harvest.choose import accepted, chosen, traits, within
from viewproof.samples.harvest.derive import adopted, guesses, relatives, stems, with_outs


def calls(*texts):
    return [parse_sample(text).call for text in texts]


def test_the_smallest_of_like_calls_is_kept_and_its_layouts_join_it():
    found = [
        format_sample(call)
        for call in chosen(calls("aten.relu.default(float32[4,5])", "aten.relu.default(float32[2,3])"))
    ]
    assert found == [
        "aten.relu.default(float32[2,3])",
        "aten.relu.default(float32[2,3]:[1,2])",
        "aten.relu.default(float32[2,3]:[6,2]+1)",
        "aten.relu.default(float32[2,3]:[0,1])",
    ]


def test_calls_that_differ_in_a_trait_are_both_kept():
    one, other = calls("aten.sum.dim_IntList(float32[2,3], [0])", "aten.sum.dim_IntList(float32[2,3], [0], True)")
    assert traits(one) != traits(other)
    assert {one, other} <= set(chosen([one, other]))


def test_contents_are_put_where_the_operator_wants_them():
    (first, *_) = chosen(calls("aten.linalg_cholesky.default(float32[3,3])"))
    assert format_sample(first).startswith("aten.linalg_cholesky.default(spd(")
    (log,) = calls("aten.log.default(float32[3])")
    assert format_sample(within(log, "unit")) == "aten.log.default(unit(float32[3]))"


def test_what_is_refused_or_large_is_not_accepted():
    assert not any(map(accepted, calls("aten.add.Tensor(float32[2], float32[3])", "aten.zeros.default([5000])")))
    assert all(map(accepted, calls("aten.add.Tensor(float32[2], float32[2])")))


def test_a_relative_lends_its_calls():
    known = {"aten.add.Tensor": {}, "aten.abs.default": {}}
    by_stem = stems(
        ["aten.add.Tensor", "aten.add_.Tensor", "aten.add.out", "aten.abs.default", "aten.absolute.default"]
    )
    assert relatives("aten.add_.Tensor", known, by_stem) == ["aten.add.Tensor"]
    assert relatives("aten.absolute.default", known, by_stem) == ["aten.abs.default"]
    (call,) = calls("aten.add.Tensor(float32[2], float32[2], alpha=2)")
    assert format_sample(adopted("aten.add_.Tensor", call)) == "aten.add_.Tensor(float32[2], float32[2], alpha=2)"
    outs = with_outs("aten.add.out", call, "aten.add.Tensor")
    assert [name for name, _ in outs] == ["out"]
    assert outs[0][1].layout.size == (2,)


def test_a_guess_is_made_of_the_types():
    found = list(itertools.islice(guesses("aten._foreach_addcdiv.Scalar"), 60))
    assert any(accepted(call) for call in found)
    assert any(accepted(call) for call in guesses("aten.index_fill.int_Scalar"))
