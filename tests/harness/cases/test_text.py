"""Printer and parser are inverse functions, and the printer is quick."""

from __future__ import annotations

import timeit

import pytest
from case_strategies import cases
from hypothesis import HealthCheck, given, settings

from viewproof.cases import Case, SparseArgument, TensorArgument, format_case, parse_case
from viewproof_reference.layout.model import Layout

BYTE = TensorArgument(Layout((), (), 0, "int8"))
CANONICAL = [
    "aten.slice.Tensor(float32[3,4], 0, 1, 3)",
    "aten.transpose.int(complex64[3,4]:[5,1]+2~conj, 0, 1)",
    "aten.as_strided.default(float32[2,3]:[6,2]+1@16, [2,2], [1,2], 0)",
    "aten.view_as.default(float32[6], float32[2,3])",
    "$0=float32@8; aten.copy_.default($0[4], $0[4]+2)",
    "$0=float32@8; aten.add.Tensor($0[2]:[2]+1~grad~view, other=$0:int8[32])",
    "aten.narrow.Tensor(float32[5], 0, int64[]{2}, 3)",
    "aten.view.dtype(uint8[3]@7, int16)",
    "aten.view.dtype(int16[3]@7b, uint8)",
    "aten.select.int(complex64[3,4]~conj~neg~grad~view, 0, 1)",
    "aten.to.device(float32[], cuda:0, float64, False, True, memory_format=channels_last)",
    "aten._indices.default(sparse_coo([3,4], indices=int64[2,3]{0,1,1,0,2,3}, values=float32[3])~uncoalesced)",
    "aten.values.default(sparse_csr([2,2], crow=int64[3]{0,1,2}, col=int64[2]{0,1}, values=float32[2]~grad))",
    "aten.values.default(sparse_bsc([2,2], ccol=int64[3]{0,1,2}, row=int64[2]{0,1}, values=float32[2,1,1]))",
    "aten.alias.default(nested(buffer=float32[12], sizes=[[2,3],[3,2]]))",
    "aten.alias.default(jagged(buffer=float32[12], sizes=[[2,3],[2,2]], strides=[[1,2],[1,2]], offsets=[0,8]))",
    "aten.alias.default(nested(buffer=float32[0], sizes=[]))",
    "aten._fw_primal.default(dual(float32[3], float32[3]), 0)",
    "aten._fw_primal.default(dual(float32[3], None), 0)",
    "aten.cat.default([float32[2],float32[3]], -1)",
    "aten.x.default(None, True, -3, 1.5, 1e-05, inf, -inf, [], [[1],[2,3]])",
    "aten.empty_like.default()",
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_stays(text):
    assert format_case(parse_case(text)) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("aten.t.default(float32[3,4]:[4,1]+0@12)", "aten.t.default(float32[3,4])"),
        ("aten.t.default(int32[2]@8b)", "aten.t.default(int32[2])"),
        ("aten.t.default( float32[ 3, 4 ] ,x = 1 )", "aten.t.default(float32[3,4], x=1)"),
        ("aten.t.default(complex64[3]~view~grad~neg~conj)", "aten.t.default(complex64[3]~conj~neg~grad~view)"),
        ("$0=int8@4;aten.t.default($0:int8[4])", "$0=int8@4; aten.t.default($0[4])"),
        ("aten.t.default(nested(buffer=int8[4], sizes=[[4]], strides=[[1]], offsets=[0]))",
         "aten.t.default(nested(buffer=int8[4], sizes=[[4]]))"),
    ],
)  # fmt: skip
def test_what_may_be_left_out_is_left_out(text, canonical):
    case = parse_case(text)
    assert format_case(case) == canonical
    assert parse_case(canonical) == case


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_parse_inverts_format(case):
    text = format_case(case)
    assert parse_case(text) == case
    assert format_case(parse_case(text)) == text


def test_storage_bytes_are_always_filled():
    layout = parse_case("aten.t.default(float32[2,3]:[6,2]+1)").args[0].layout
    assert layout == Layout((2, 3), (6, 2), 1, "float32", storage_bytes=48)
    assert parse_case("aten.t.default(float32[0,3]+5)").args[0].layout.storage_bytes == 0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("two words", "bare word"),
        ("None", "bare word"),
        (object(), "got object"),
        (TensorArgument(Layout((1,), (1,), 0, "int8", storage_bytes=1), storage=0), "declared storages"),
        (TensorArgument(Layout((1,), (1,), 0, "int8", storage_bytes=1), frozenset({"odd"})), "odd"),
        (
            SparseArgument("sparse_csr", (1,), BYTE, BYTE, BYTE, False),
            "coalesced",
        ),
    ],
)  # fmt: skip
def test_what_no_name_can_spell_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        format_case(Case("aten.t.default", (value,)))


def test_a_shared_storage_has_its_declared_size():
    shared = TensorArgument(Layout((1,), (1,), 0, "int8", storage_bytes=3), storage=0)
    with pytest.raises(ValueError, match="wanted storage_bytes 4"):
        format_case(Case("aten.t.default", (shared,), storages=(("int8", 4),)))


def test_both_ways_are_quick():
    text = "aten.as_strided.default(float32[2,3]:[6,2]+1@16, [2,2], [1,2], 0)"
    case = parse_case(text)
    # Four times the target, at the best of five: a busy machine is no failure.
    assert min(timeit.repeat(lambda: format_case(case), number=500, repeat=5)) / 500 < 60e-6
    assert min(timeit.repeat(lambda: parse_case(text), number=500, repeat=5)) / 500 < 240e-6
