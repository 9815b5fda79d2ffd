"""What a program writes and must show: no NaN, no bool but 0 and 1, and a write that is seen everywhere."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof_reference.layout import DTYPES
from viewproof_suites.functionalization.program import program_of, recorded, two


def program(text, inplace=False):
    case = parse_case(text)
    return program_of(case, expect(case), inplace)


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("dtype", DTYPES)
def test_two_is_torchs_two(dtype):
    value = torch.tensor([True if dtype == "bool" else 2]).to(getattr(torch, dtype))
    assert bytes(value.untyped_storage()) == two(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_value_is_a_nan_and_every_write_shows(dtype):
    found = program(f"aten.alias.default({dtype}[70])")
    for content in (found.fill, *found.seen.writes, found.seen.base_write):
        value = torch.frombuffer(bytearray(content), dtype=getattr(torch, dtype))
        assert not value.isnan().any() if DTYPES[dtype].kind in ("float", "complex") else len(value) == 70
    assert all(one != other for one, other in zip(found.fill, found.seen.writes[0], strict=True))
    assert all(one != other for one, other in zip(found.seen.writes[0], found.seen.base_write, strict=True))


def test_bools_stay_bools():
    found = program("aten.view.dtype(int16[2,2], bool)")
    assert {*found.fill, *found.seen.writes[0], *found.seen.base_write} == {0, 1}


def test_a_base_that_overlaps_itself_is_copied_first():
    found = program("aten.select.int(float32[3,2]:[0,1], 0, 1)")
    assert found.copies
    assert found.layouts[0].offset == 2
    assert found.seen.storage == found.fill


def test_outputs_that_overlap_take_a_constant():
    found = program("aten.expand.default(int32[1,2], [3,-1])")
    assert found.constant == (True,)
    assert found.seen.base == two("int32") * 2


def test_an_inplace_operator_is_given_an_alias():
    assert program("aten.t_.default(int32[2,3])", inplace=True).aliases
    assert not program("aten.detach_.default(int32[2,3])", inplace=True).aliases


@pytest.mark.parametrize(
    "text",
    [
        "aten.resize_.default(int64[5], [2,2,2,2])",
        "aten._reshape_alias.default(int64[4]:[2], [2,2], [4,2])",
        "aten.to.dtype(complex128[4,4]:[0,0]+1~neg, bool)",
    ],
)
def test_some_calls_have_no_program(text):
    assert program(text, inplace="_." in text) is None


def test_the_steps_carry_the_flags_of_the_mode():
    found = program("aten.t.default(int32[2,3])")
    assert recorded(found, True) == ((("t", (False, True, "ViewOrScatterInverse")),),)
    assert recorded(found, False) == ((("t", (False, False, "NeverView")),),)
