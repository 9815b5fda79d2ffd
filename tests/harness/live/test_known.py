"""What is known of a call: its case once, a glance that sees all that differs, and nothing of the tensors."""

from __future__ import annotations

import pytest
import torch

from viewproof.live import known
from viewproof.live.keys import key_of
from viewproof.live.known import agrees, known_call, look, operand_names
from viewproof.live.watched import all_watched
from viewproof.tensors.spelling import spell

TRANSPOSE = all_watched()[torch.ops.aten.transpose.int]
SPLIT = all_watched()[torch.ops.aten.split.Tensor]


def known_of(watched, *args, **kwargs):
    return known_call(key_of(args, kwargs, watched.numbers)[0], watched, args, kwargs)


def test_a_call_of_the_same_key_is_known_already():
    one, other = known_of(TRANSPOSE, torch.zeros(3, 4), 0, 1), known_of(TRANSPOSE, torch.ones(3, 4), 0, 1)
    assert one is other
    assert one.name == "aten.transpose.int(float32[3,4], 0, 1)"


def test_what_is_known_can_be_forgotten(monkeypatch):
    monkeypatch.setattr(known, "_KNOWN", {})
    one = known_of(TRANSPOSE, torch.zeros(3, 4), 0, 1)
    known.forget_known()
    assert known_of(TRANSPOSE, torch.zeros(3, 4), 0, 1) is not one


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


class Odd:
    """An object that is no tensor."""


def moved(x):
    """A view of `x` that lies on a storage of equal bytes and not on its own."""
    return torch.empty(0).set_(x.untyped_storage().clone(), 0, (4, 3), (1, 4))


WRONG = {
    "another size": lambda x: x.transpose(0, 1)[1:],
    "other strides": lambda x: torch.as_strided(x, (4, 3), (3, 1)),
    "another offset": lambda x: torch.empty(0).set_(x.untyped_storage(), 1, (4, 3), (1, 4)),
    "a copy": lambda x: x.clone().transpose(0, 1),
    "another storage": moved,
    "another dtype": lambda x: x.view(torch.int32).transpose(0, 1),
    "another device": lambda x: x.transpose(0, 1).to("meta"),
    "a lazy bit": lambda x: torch._neg_view(x).transpose(0, 1),
    "several": lambda x: [x.transpose(0, 1)],
    "none": lambda _: None,
    "a number": lambda _: 7,
    "an object": lambda _: Odd(),
    "sparse": lambda x: x.transpose(0, 1).to_sparse(),
    "compressed": lambda x: x.transpose(0, 1).to_sparse_csr(),
    "nested": lambda _: torch.nested.nested_tensor([torch.zeros(3)]),
    "the input": lambda x: x,
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # beta layouts
@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_seen_what_differs(wrong):
    one = known_of(TRANSPOSE, X, 0, 1)
    storages = [X.untyped_storage()]
    assert agrees(one, X.transpose(0, 1), storages, X)
    assert not agrees(one, WRONG[wrong](X), storages, X)


def test_the_bytes_of_a_storage_are_read_after_the_call():
    x = torch.zeros(16)[:12].view(3, 4)
    one, storages, view = known_of(TRANSPOSE, x, 0, 1), [x.untyped_storage()], x.transpose(0, 1)
    assert agrees(one, view, storages, x)
    x.untyped_storage().resize_(48)
    assert not agrees(one, view, storages, x)


@pytest.mark.parametrize(
    ("overload", "args", "result", "right"),
    [
        (torch.ops.aten.contiguous.default, (X,), lambda: X, True),
        (torch.ops.aten.contiguous.default, (X,), lambda: X[:], False),
        (torch.ops.aten.contiguous.default, (X,), X.clone, False),
        (torch.ops.aten.transpose_copy.int, (X, 0, 1), lambda: X.t().contiguous(), True),
        (torch.ops.aten.transpose_copy.int, (X, 0, 1), X.t, False),
    ],
)
def test_identity_and_a_storage_of_its_own_are_seen(overload, args, result, right):
    assert agrees(known_of(all_watched()[overload], *args), result(), [X.untyped_storage()], X) is right


def test_an_operand_that_was_changed_in_place_is_compared_with_its_storage_of_before():
    unsqueeze_ = all_watched()[torch.ops.aten.unsqueeze_.default]
    x = torch.zeros(3)
    one, storages = known_of(unsqueeze_, x, 0), [x.untyped_storage()]
    assert agrees(one, x.unsqueeze_(0), storages, x)
    x.set_(torch.zeros(3).untyped_storage(), 0, (1, 3), (3, 1))
    assert not agrees(one, x, storages, x)


def test_the_outputs_are_counted_and_each_is_compared():
    x = torch.zeros(13)[:12].view(6, 2)
    one, storages = known_of(SPLIT, x, 2), [x.untyped_storage()]
    pieces = list(x.split(2))
    assert agrees(one, pieces, storages, x)
    assert agrees(one, tuple(pieces), storages, x)
    assert not agrees(one, pieces[:2], storages, x)
    assert not agrees(one, pieces[0], storages, x)
    assert not agrees(one, [], storages, x)
    for place in range(3):
        for wrong in (pieces[place][1:], pieces[place].clone(), None, pieces[place].to_sparse()):
            assert not agrees(one, [*pieces[:place], wrong, *pieces[place + 1 :]], storages, x)


def test_a_call_that_must_be_refused_agrees_with_no_output():
    one = known_of(TRANSPOSE, X, 0, 2)
    assert one.expected is None
    assert not agrees(one, X, [X.untyped_storage()], X)


def test_a_look_names_the_storage_that_an_output_is_on():
    src, out = torch.zeros(4), torch.zeros(3, 4)
    scatter = all_watched()[torch.ops.aten.select_scatter.out]
    args, kwargs = (X, src, 0, 1), {"out": out}
    names = operand_names(scatter, args, kwargs)
    assert names == ["self", "src", "out"]
    storages = dict(zip(names, key_of(args, kwargs, scatter.numbers)[1], strict=True))
    (observed,) = look([X[0], src.view(2, 2), out[1:], torch.zeros(1), X], storages, X)
    assert [one.on for one in observed] == ["self", "src", "out", None, "self"]
    assert [one.identity for one in observed] == [False, False, False, False, True]


def test_operands_are_named_in_the_order_of_their_storages():
    split = all_watched()[torch.ops.aten.unbind_copy.int_out]
    outs = [torch.zeros(4), torch.zeros(4), torch.zeros(4)]
    assert operand_names(split, (X, 0), {"out": outs}) == ["self", "out.0", "out.1", "out.2"]
    storages = key_of((X, 0), {"out": outs}, split.numbers)[1]
    assert [id(one) for one in storages] == [id(one.untyped_storage()) for one in (X, *outs)]


def test_calls_are_counted_by_line():
    seen = known.CallCount(known_of(TRANSPOSE, X, 0, 1))
    code = known_of.__code__
    lines = sorted({(line, start) for start, _, line in code.co_lines() if line is not None})
    seen.made = {(id(code), start, False): [code, 2] for _, start in lines}
    seen.made[id(code), lines[0][1], True] = [code, 1]
    places = seen.places
    assert places[code, lines[0][0], True] == 1
    assert sum(places.values()) == 2 * len(lines) + 1
    assert {line for _, line, _ in places} == {line for line, _ in lines}


STORAGE = torch.zeros(64)
PLAIN_CALLS = [
    (torch.ops.aten.select.int, (X, 0, 1)),
    (torch.ops.aten.select.int, (torch.as_strided(STORAGE, (2, 0, 3), (0, 7, 2), 5), 0, 1)),
    (torch.ops.aten.t.default, (torch.zeros(2, 3, dtype=torch.complex64).conj(),)),
    (torch.ops.aten.t.default, (torch._neg_view(X),)),
    (torch.ops.aten.view.default, (X, [2, -1])),
    (torch.ops.aten.view.dtype, (X, torch.int32)),
    (torch.ops.aten.slice.Tensor, (X, 0, None, 3)),
    (torch.ops.aten.squeeze.dims, (X, [])),
    (torch.ops.aten.split.sizes, (X, [1, 2], 0)),
    (torch.ops.aten.as_strided.default, (X, [2], [1], None)),
    (torch.ops.aten.alias.default, (torch.zeros(3, dtype=torch.float8_e5m2),)),
    (torch.ops.aten.alias.default, (torch.zeros(4, device="meta"),)),
]


@pytest.mark.parametrize("place", range(len(PLAIN_CALLS)))
def test_a_plain_call_has_the_case_that_spelling_it_gives(place):
    overload, args = PLAIN_CALLS[place]
    watched = all_watched()[overload]
    assert known_of(watched, *args).the_subject.case == spell(watched.name, watched.numbers, args, {})


def test_a_plain_call_that_no_case_can_say_has_the_reason_that_spelling_it_gives():
    gone = torch.zeros(4)[1:]
    gone.untyped_storage().resize_(4)
    for args, reason in (((gone,), "freed or resized"), ((torch.eye(2).to_sparse(),), "sparse_coo")):
        assert reason in known_of(all_watched()[torch.ops.aten.alias.default], *args).reason
