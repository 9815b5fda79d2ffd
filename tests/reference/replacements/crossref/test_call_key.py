"""Calls have one key exactly where their metadata are one: every field tells, values in tensors do not."""

import math

import pytest
import torch

from viewproof_reference.replacements.crossref.call_key import call_key

ROOT = torch.arange(24.0)


def key(*args, **kwargs):
    found = []
    return call_key(args, kwargs, found)


def placed(size=(2, 3), stride=(3, 1), offset=0, dtype=torch.float32, count=24):
    return torch.zeros(count, dtype=dtype).as_strided(size, stride, offset).clone().new_empty(count).as_strided(
        size, stride, offset
    )  # fmt: skip


def test_values_do_not_tell():
    assert key(torch.zeros(2, 3), 0, [1, 2]) == key(torch.ones(2, 3), 0, [1, 2])
    assert key(torch.zeros(2), a=None) == key(torch.zeros(2), a=None)


@pytest.mark.parametrize(
    "other",
    [
        placed(size=(3, 2), stride=(2, 1)),
        placed(stride=(1, 2)),
        placed(offset=1),
        placed(dtype=torch.int32),
        placed(count=25),
        placed().requires_grad_(),
        torch.nn.Parameter(placed()),
        torch._neg_view(placed()),
        torch._to_functional_tensor(placed()),
        torch.empty(24, device="meta").as_strided((2, 3), (3, 1)),
    ],
)
def test_every_fact_of_a_tensor_tells(other):
    assert key(placed(), 0) == key(placed(), 0)
    assert key(placed(), 0) != key(other, 0)


def test_the_conj_bit_tells():
    one = torch.zeros(2, dtype=torch.complex64)
    assert key(one) != key(one.conj())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (0, False), (1, 1.0), (0.0, -0.0), (1.0, 1 + 0j), (None, 0), ([1], (1,)), ([1, 2], [1, 2, 2]),
        ([[1], 2], [[1, 2]]), ("a", None), (torch.int8, torch.uint8), (torch.strided, torch.sparse_coo),
        (torch.contiguous_format, torch.preserve_format), ([], None), ([True], [1]),
    ],
)  # fmt: skip
def test_other_arguments_tell_with_their_types(one, other):
    assert key(one) != key(other)
    assert key(one) == key(one)


def test_nan_is_itself():
    assert key(math.nan) == key(float("nan"))
    assert {key(2.5): "kept"}[key(2.5)] == "kept"


def test_names_of_arguments_tell():
    assert key(a=1) != key(b=1) != key(1)
    assert key(a=1, b=2) != key(a=2, b=1)


def test_whose_storage_it_is_tells():
    one, other = torch.zeros(4), torch.zeros(4)
    assert key(one, other) == key(torch.ones(4), torch.ones(4))
    assert key(one, one) != key(one, other)
    assert key([one, other, one]) != key([one, other, other])


def test_what_has_no_key_says_so():
    sparse = torch.eye(2).to_sparse()
    for one in (sparse, object(), {1: 2}, [object()], torch.Generator()):
        assert key(one) is None
        assert key(a=one) is None


def test_tensors_come_in_order():
    one, other, third = torch.zeros(1), torch.zeros(2), torch.zeros(3)
    found = []
    call_key(([one, 3, other],), {"a": third}, found)
    assert [len(tensor) for tensor in found] == [1, 2, 3]
    assert found[0] is one
