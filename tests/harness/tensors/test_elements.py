"""Elements are read where they lie; what has none to read is told in words and never raises."""

import pytest
import torch

from viewproof.tensors.elements import elements_of, with_bits_resolved


def test_elements_are_read_where_the_view_has_them_and_not_side_by_side():
    storage = torch.tensor([0, 1, 0, 1, 0], dtype=torch.uint8)
    assert elements_of(storage[::2]) == bytes(3)
    assert elements_of(storage[1:4]) == bytes([1, 0, 1])


@pytest.mark.parametrize("dtype", [torch.bool, torch.bfloat16, torch.float8_e5m2, torch.complex64, torch.int16])
def test_elements_are_row_major(dtype):
    tensor = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(dtype)
    row_major = torch.tensor([[0, 1], [1, 0], [1, 1]]).to(dtype)
    assert elements_of(tensor.t()) == elements_of(row_major) == bytes(row_major.untyped_storage())


def test_lazy_bits_are_resolved():
    tensor = torch.tensor([1 + 2j, 3 - 4j])
    assert elements_of(tensor.conj()) == elements_of(tensor.conj().resolve_conj())
    assert elements_of(torch._neg_view(tensor)) == elements_of(-tensor)


def _shrunken():
    tensor = torch.zeros(4)
    tensor.untyped_storage().resize_(8)
    return tensor


def _leaked():
    return torch._to_functional_tensor(torch.zeros(2))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: None, "NoneType, no tensor"),
        (lambda: torch.zeros(2).to_sparse(), "a sparse_coo tensor"),
        (lambda: torch.zeros(2, device="meta"), "a tensor without memory on meta"),
        (_shrunken, "elements beyond their storage"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(made, words):
    assert elements_of(made()) == words


def test_a_functional_tensor_has_nothing_to_read():
    assert isinstance(elements_of(_leaked()), str)


def test_no_elements_are_no_bytes():
    assert elements_of(torch.zeros(0)) == b""
    assert elements_of(torch.zeros(2, 3)[:, 3:]) == b""


def test_bits_of_a_dtype_that_the_reference_does_not_know_are_left():
    assert with_bits_resolved(b"\x01", "quint8", conj=False, neg=True) == b"\x01"
