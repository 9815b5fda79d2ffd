"""What is known of a call: its case once, a glance that sees all that differs, and nothing of the tensors."""

from __future__ import annotations

import pytest
import torch

from viewproof.live import known
from viewproof.live.keys import key_of
from viewproof.live.known import glance, known_call, look, operands, places_of
from viewproof.live.watched import all_watched

TRANSPOSE = all_watched()[torch.ops.aten.transpose.int]
SPLIT = all_watched()[torch.ops.aten.split.Tensor]


def known_of(watched, *args, **kwargs):
    return known_call(key_of(watched.overload, args, kwargs, watched.numbers), watched, args, kwargs)


def test_a_call_of_the_same_key_is_known_already():
    one, other = known_of(TRANSPOSE, torch.zeros(3, 4), 0, 1), known_of(TRANSPOSE, torch.ones(3, 4), 0, 1)
    assert one is other
    assert one.name == "aten.transpose.int(float32[3,4], 0, 1)"


def test_what_is_known_is_bounded(monkeypatch):
    monkeypatch.setattr(known, "MOST", 2)
    monkeypatch.setattr(known, "_KNOWN", {})
    for extent in range(5):
        known_of(TRANSPOSE, torch.zeros(3, extent), 0, 1)
    assert len(known._KNOWN) <= 2


def test_a_call_without_a_case_keeps_the_reason():
    one = known_of(TRANSPOSE, torch.eye(2).to_sparse(), 0, 1)
    assert "sparse_coo" in one.reason
    with pytest.raises(ValueError, match="sparse_coo"):
        _ = one.the_subject


X = torch.zeros(13)[:12].view(3, 4)
WRONG = {
    "another size": lambda: X.transpose(0, 1)[1:],
    "other strides": lambda: torch.as_strided(X, (4, 3), (3, 1)),
    "another offset": lambda: torch.empty(0).set_(X.untyped_storage(), 1, (4, 3), (1, 4)),
    "a copy": lambda: X.clone().transpose(0, 1),
    "another dtype": lambda: X.view(torch.int32).transpose(0, 1),
    "a lazy bit": lambda: torch._neg_view(X).transpose(0, 1),
    "several": lambda: [X.transpose(0, 1)],
    "the input": lambda: X,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_glance_sees_what_differs(wrong):
    one = known_of(TRANSPOSE, X, 0, 1)
    bases = operands(TRANSPOSE, (X, 0, 1), {})
    assert glance(one, X.transpose(0, 1), bases, X)
    assert not glance(one, WRONG[wrong](), bases, X)


def test_a_glance_counts_the_outputs():
    one, bases = known_of(SPLIT, X, 2), operands(SPLIT, (X, 2), {})
    pieces = list(X.split(2))
    assert glance(one, pieces, bases, X)
    assert not glance(one, pieces[:1], bases, X)


def test_a_look_names_the_storage_that_an_output_is_on():
    src, out = torch.zeros(4), torch.zeros(3, 4)
    scatter = all_watched()[torch.ops.aten.select_scatter.out]
    bases = operands(scatter, (X, src, 0, 1), {"out": out})
    assert list(bases) == ["self", "src", "out"]
    observed = look([X[0], src.view(2, 2), out[1:], torch.zeros(1), X], places_of(bases), X).outputs
    assert [one.shares for one in observed] == ["self", "src", "out", None, "self"]
    assert [one.identity for one in observed] == [False, False, False, False, True]
