"""Two calls have one key where they have one case, and only there."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import format_case
from viewproof.live.keys import key_of, key_of_plain, read
from viewproof.tensors.spelling import spell

NONE = frozenset()
STORAGE = torch.zeros(64)


@st.composite
def views(draw):
    size = draw(st.lists(st.integers(0, 3), max_size=3))
    stride = draw(st.lists(st.integers(0, 4), min_size=len(size), max_size=len(size)))
    return torch.as_strided(STORAGE, size, stride, draw(st.integers(0, 3)))


@given(st.tuples(views(), st.integers(0, 1)), st.tuples(views(), st.integers(0, 1)))
def test_keys_are_equal_where_names_are(one, other):
    keys = [key_of(args, {}, NONE)[0] for args in (one, other)]
    names = [format_case(spell("aten.select.int", NONE, args, {})) for args in (one, other)]
    assert (keys[0] == keys[1]) is (names[0] == names[1])


def test_sharing_is_part_of_the_key():
    x = torch.zeros(8)
    together = key_of((x[:4], x[4:]), {}, NONE)[0]
    apart = key_of((x[:4], x.clone()[4:]), {}, NONE)[0]
    assert together != apart
    assert together == key_of((x[:4], x[4:]), {}, NONE)[0]


def test_keywords_lists_and_numbers_are_part_of_the_key():
    x, start = torch.zeros(4), torch.tensor(1)
    keys = [
        key_of((x,), {}, NONE)[0],
        key_of((x,), {"out": x.clone()}, NONE)[0],
        key_of((x,), {"out": [x.clone()]}, NONE)[0],
        key_of((x, [1, 2]), {}, NONE)[0],
        key_of((x, [1], 2), {}, NONE)[0],
        key_of((x, start), {}, frozenset({1}))[0],
        key_of((x, start + 1), {}, frozenset({1}))[0],
    ]
    assert len(set(keys)) == len(keys)


def test_a_key_holds_no_tensor():
    def flat(value):
        return [leaf for one in value for leaf in flat(one)] if isinstance(value, tuple) else [value]

    key = key_of((torch.zeros(2), 1), {"out": [torch.zeros(2)]}, NONE)[0]
    assert not any(isinstance(one, torch.Tensor | torch.UntypedStorage) for one in flat(key))


PLAIN = {
    "numbers": (lambda: (torch.zeros(3, 4), 0, 1), False),
    "a list": (lambda: (torch.zeros(3, 4), [2, 6]), True),
    "a list and numbers": (lambda: (torch.zeros(3, 4), [2], [6], 1), True),
    "an optional list": (lambda: (torch.zeros(3, 4), None), True),
    "the tensor alone": (lambda: (torch.zeros(3, 4),), False),
    "a parameter": (lambda: (torch.nn.Parameter(torch.zeros(3)), 0), False),
    "sparse": (lambda: (torch.eye(2).to_sparse(), 0, 1), False),
    "compressed": (lambda: (torch.eye(2).to_sparse_csr(), 0, 1), False),
    "mkldnn": (lambda: (torch.eye(2).to_mkldnn(), 0, 1), False),
    "nested": (lambda: (torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]), 0, 1), False),
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # beta layouts
@pytest.mark.parametrize("call", PLAIN)
def test_a_plain_call_has_the_key_and_storages_of_any(call):
    make, lists = PLAIN[call]
    args = make()
    key, storages = key_of_plain(args, lists)
    same, others = key_of(args, {}, NONE)
    assert key == same
    assert hash(key) == hash(same)
    assert [id(one) for one in storages] == [id(one) for one in others]


def test_a_fact_that_cannot_be_read_of_a_strided_tensor_is_raised():
    wrapped = []
    torch.vmap(lambda row: wrapped.append(row) or row)(torch.zeros(2, 3))
    with pytest.raises((NotImplementedError, RuntimeError)):
        key_of_plain((wrapped[0], 0, 1), False)


FACTS = {
    "size": lambda x: x[:2],
    "stride": lambda x: x.as_strided((3, 4), (4, 2)),
    "offset": lambda x: x.as_strided((3, 4), (4, 1), 1),
    "dtype": lambda x: x.view(torch.int32),
    "device": lambda x: torch.empty_strided((3, 4), (4, 1), device="meta"),
    "neg": torch._neg_view,
    "bytes": lambda x: x[:].set_(torch.zeros(99).untyped_storage(), 0, (3, 4), (4, 1)),
}


@pytest.mark.parametrize("fact", FACTS)
def test_each_fact_that_is_read_makes_another_key(fact):
    x = torch.zeros(16)[:12].view(3, 4)
    other = FACTS[fact](x)
    assert key_of_plain((x, 0, 1), False)[0] != key_of_plain((other, 0, 1), False)[0]
    assert sum(a != b for a, b in zip(read(x, x.untyped_storage()), read(other, other.untyped_storage()),
                                      strict=True)) == (2 if fact == "device" else 1)  # fmt: skip


def test_the_conj_bit_makes_another_key():
    x = torch.zeros(3, dtype=torch.complex64)
    assert key_of_plain((x,), False)[0] != key_of_plain((x.conj(),), False)[0]


def test_torch_has_one_object_for_a_storage_that_lives():
    x = torch.zeros(4)
    held = x.untyped_storage()
    assert x[1:].untyped_storage() is held
    assert x.detach().untyped_storage() is held
    assert x.clone().untyped_storage() is not held
