"""Two calls have one key where they have one case, and only there."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from viewproof.cases import format_case
from viewproof.live.keys import key_of
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
    keys = [key_of("op", args, {}, NONE) for args in (one, other)]
    names = [format_case(spell("aten.select.int", NONE, args, {})) for args in (one, other)]
    assert (keys[0] == keys[1]) is (names[0] == names[1])


def test_sharing_is_part_of_the_key():
    x = torch.zeros(8)
    together = key_of("op", (x[:4], x[4:]), {}, NONE)
    apart = key_of("op", (x[:4], x.clone()[4:]), {}, NONE)
    assert together != apart
    assert together == key_of("op", (x[:4], x[4:]), {}, NONE)


def test_keywords_lists_and_numbers_are_part_of_the_key():
    x, start = torch.zeros(4), torch.tensor(1)
    keys = [
        key_of("op", (x,), {}, NONE),
        key_of("op", (x,), {"out": x.clone()}, NONE),
        key_of("op", (x,), {"out": [x.clone()]}, NONE),
        key_of("op", (x, [1, 2]), {}, NONE),
        key_of("op", (x, [1], 2), {}, NONE),
        key_of("op", (x, start), {}, frozenset({1})),
        key_of("op", (x, start + 1), {}, frozenset({1})),
        key_of("other", (x,), {}, NONE),
    ]
    assert len(set(keys)) == len(keys)


def test_a_key_holds_no_tensor():
    def flat(value):
        return [leaf for one in value for leaf in flat(one)] if isinstance(value, tuple) else [value]

    key = key_of("op", (torch.zeros(2), 1), {"out": [torch.zeros(2)]}, NONE)
    assert not any(isinstance(one, torch.Tensor | torch.UntypedStorage) for one in flat(key))
