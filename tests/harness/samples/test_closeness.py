"""How near two values must be: bits for integers, a stated distance for floats, NaN where NaN is."""

import math

import pytest
import torch

from viewproof.samples.closeness import TOLERANCES, Near, differ, tolerances_apart
from viewproof.tensors.facts import DTYPE_WORD


def compared(one, other, *, exactly=False):
    return differ(DTYPE_WORD[one.dtype], one.numpy().tobytes(), other.numpy().tobytes(), exactly=exactly)


def test_floats_may_be_apart_by_the_tolerance_and_no_more():
    base = torch.tensor([1.0, -3.0, float("nan"), float("inf")])
    assert compared(base, base) is None
    assert compared(base, base + 5e-6) is None
    assert compared(base, base + 5e-6, exactly=True) is not None
    assert compared(base, base + torch.tensor([0, 1e-3, 0, 0])) == (
        "element 1 is -3.0",
        f"element 1 is {(base[1] + 1e-3).item()}",
    )


@pytest.mark.parametrize("other", [[0.0, 1.0], [float("nan"), float("nan")], [float("nan"), float("inf")]])
def test_nan_stands_where_nan_stands(other):
    assert compared(torch.tensor([float("nan"), 1.0]), torch.tensor(other)) is not None


def test_infinity_is_near_itself_alone():
    assert compared(torch.tensor([float("inf")]), torch.tensor([3.4e38])) is not None
    assert compared(torch.tensor([float("inf")]), torch.tensor([-float("inf")])) is not None


def test_integers_and_bits_are_the_same_or_not():
    assert compared(torch.tensor([1, 2]), torch.tensor([1, 2])) is None
    assert compared(torch.tensor([2**60]), torch.tensor([2**60 + 1])) is not None
    assert compared(torch.tensor([True]), torch.tensor([False])) == ("element 0 is 1", "element 0 is 0")


def test_complex_numbers_are_compared_as_points():
    assert compared(torch.tensor([1 + 1j]), torch.tensor([1 + 1.000001j])) is None
    assert compared(torch.tensor([1 + 1j]), torch.tensor([1 - 1j])) is not None


def test_another_length_and_an_unknown_dtype_are_differences():
    assert differ("float32", b"1234", b"12345678") == ("4 bytes", "8 bytes")
    assert differ("quint8", b"1", b"2") is not None


def test_every_tolerance_is_stated_in_the_clause():
    from viewproof.contract.installed import all_rules

    doc = all_rules()["decomposition.values"].doc
    said = {"1.3e-6 and 1e-5": 1.3e-6, "1e-7 and 1e-7": 1e-7, "1e-3 and 1e-5": 1e-3, "1.6e-2 and 1e-5": 1.6e-2}
    assert {relative for relative, _ in TOLERANCES.values()} == set(said.values())
    assert all(text in " ".join(doc.split()) for text in said)
    assert all(name in doc for name in TOLERANCES)


def bytes_of(*values, dtype=torch.float32):
    return bytes(torch.tensor(values, dtype=dtype).view(torch.uint8).tolist())


def test_distances_are_in_the_tolerances_of_the_coarsest_dtype():
    assert tolerances_apart("float32", bytes_of(1.0), bytes_of(1.0)) == 0
    assert tolerances_apart("float32", bytes_of(0.0), bytes_of(2e-5)) == pytest.approx(2, rel=0.01)
    near = [bytes_of(1.0, dtype=torch.float64), bytes_of(1.0 + 2e-6, dtype=torch.float64)]
    assert tolerances_apart("float64", *near) > 5
    assert tolerances_apart("float64", *near, frozenset({"float32"})) < 1


STRANGE = [(math.nan, 0.0), (0.0, math.nan), (1.0, math.inf), (math.inf, -math.inf), (math.nan, math.inf)]


@pytest.mark.parametrize(("one", "other"), STRANGE)
def test_what_is_no_number_is_infinitely_far_from_what_is(one, other):
    assert tolerances_apart("float32", bytes_of(one), bytes_of(other)) == math.inf
    assert tolerances_apart("float32", bytes_of(one, 3.0), bytes_of(one, 3.0)) == 0


def test_integers_are_alike_or_infinitely_far():
    assert tolerances_apart("int64", bytes_of(1, dtype=torch.int64), bytes_of(2, dtype=torch.int64)) == math.inf
    assert tolerances_apart("float32", bytes_of(1.0), bytes_of(1.0, 2.0)) == math.inf


def test_nearness_is_an_object_that_equals_what_is_allowed():
    one, near, far = (bytes_of(number) for number in (1.0, 1.0 + 1e-6, 1.1))
    assert near == Near("float32", one)
    assert Near("float32", one) == near
    assert far != Near("float32", one)
    assert near != Near("float32", one, exactly=True)
    assert Near("float32", one).apart(far)[0] == "element 0 is 1.0"
    assert Near("float32", one) != None  # noqa: E711
    assert Near("float32", b"") == b""
