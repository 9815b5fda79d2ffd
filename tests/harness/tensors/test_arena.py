"""The arena delivers the bytes that were there when it read."""

import pytest
import torch

from viewproof.tensors.arena import PAGE_BYTES, Arena


def test_reads_are_row_major_copies_of_the_moment():
    base = torch.arange(12, dtype=torch.int32)
    arena, into = Arena("cpu"), []
    arena.read(base.view(3, 4).t(), into)
    wanted = base.view(3, 4).t().contiguous().numpy().tobytes()
    base.zero_()
    arena.read(base, into)
    arena.flush()
    assert into == [wanted, bytes(48)]


@pytest.mark.parametrize("dtype", [torch.bool, torch.int8, torch.bfloat16, torch.complex64, torch.complex128])
def test_reads_of_every_width(dtype):
    arena, into = Arena("cpu"), []
    ones = torch.ones(3, dtype=dtype)
    for _ in range(5):
        arena.read(ones, into)
    arena.flush()
    assert into == [ones.view(torch.uint8).numpy().tobytes()] * 5


def test_a_conj_bit_is_resolved():
    arena, into = Arena("cpu"), []
    arena.read(torch.tensor([1 + 2j]).conj(), into)
    arena.flush()
    assert into == [torch.tensor([1.0, -2.0]).numpy().tobytes()]


def test_many_pages_and_one_larger_than_a_page():
    arena, into = Arena("cpu"), []
    many = [torch.full((PAGE_BYTES // 3,), number, dtype=torch.uint8) for number in range(8)]
    large = torch.full((2 * PAGE_BYTES,), 9, dtype=torch.uint8)
    for one in [*many, large]:
        arena.read(one, into)
    arena.flush()
    assert into == [one.numpy().tobytes() for one in [*many, large]]
    arena.read(many[3], into)
    arena.flush()
    assert into[-1] == many[3].numpy().tobytes()


def test_no_elements_is_no_bytes():
    arena, into = Arena("cpu"), []
    arena.read(torch.empty(0, 3), into)
    arena.flush()
    assert into == [b""]
