"""A text that is no case gets one error: the column, what was wanted, what was got."""

from __future__ import annotations

import pytest

from viewproof.cases import CaseSyntaxError, parse_case

# (text before the fault, text from the fault on, part of what was wanted, part of what was got)
FAULTS = [
    ("", "", "an operator", "the end"),
    ("", "aten.t(float32[3])", "an operator", "aten.t("),
    ("aten.t.default", "", "'('", "the end"),
    ("aten.t.default(", "", "an argument", "the end"),
    ("aten.t.default(float32[3,4", ")", "']'", "')'"),
    ("aten.t.default(float32[3]", "", "')'", "the end"),
    ("aten.t.default([1,2", ")", "']'", "')'"),
    ("aten.t.default(1)", " 2", "the end", "2"),
    ("aten.t.default(", "float31[3])", "a dtype", "float31"),
    ("aten.t.default(float32", "[-3])", "not below 0", "-3"),
    ("aten.t.default(float32[3]:", "[1,2])", "1 numbers", "2"),
    ("aten.t.default(float32[3]:", "[-1])", "not below 0", "-1"),
    ("aten.t.default(float32[3]+", "x)", "an offset", "x"),
    ("aten.t.default(", "float32[3]@2)", "12 bytes", "8 bytes"),
    ("aten.t.default(", "float32[3]+1@12b)", "16 bytes", "12 bytes"),
    ("aten.t.default(int64[2]", "{1})", "2 known values", "1"),
    ("aten.t.default(float32[3]", "~shiny)", "~conj", "~shiny"),
    ("aten.t.default(float32[3]~grad", "~grad)", "once", "~grad"),
    ("aten.t.default(float32[3]", "~conj)", "complex", "float32"),
    ("aten.t.default(float32[", "9" * 4301 + "])", "at most 40 digits", "4301 digits"),
    ("aten.t.default(float32[1]@", "9" * 4301 + ")", "at most 40 digits", "4301 digits"),
    ("aten.select.int(float32[1], 0, ", "9" * 4301 + ")", "at most 40 digits", "4301 digits"),
    ("", "$" + "9" * 4301 + "=float32@1; aten.t.default($0[1])", "at most 40 digits", "4301 digits"),
    ("aten.t.default(" + "[" * 31, "[" * 4000, "brackets at most 32 deep", "deeper"),
    ("module(" * 32 + "module", "(" * 4000, "brackets at most 32 deep", "deeper"),
    ("aten.t.default(", "\ud800)", "an argument", r"'\ud800)'"),
    ("aten.t.default(int32[3]", "~grad)", "floating", "int32"),
    ("aten.t.default(", "$0[3])", "0 declared", "$0"),
    ("$0=float32@8; aten.t.default(", "$1[3])", "1 declared", "$1"),
    ("", "$0=float32@8; aten.t.default(1)", "$0 in an argument", "none uses"),
    ("$0=float32@8; ", "$0=int8@1; aten.t.default($0[1])", "$1=", "$0"),
    ("", "$1=int8@1; aten.t.default($1[1])", "$0=", "$1"),
    ("$0=int8@1", " aten.t.default($0[1])", "';'", ""),
    ("$0=float32@2; aten.t.default(", "$0[3])", "12 bytes", "8 bytes"),
    ("$0=float32@2; aten.t.default($0[1]", "@2)", "declares", "@2"),
    ("aten.t.default(x=1, ", "x=2)", "once", "x"),
    ("aten.t.default(x=1, ", "2)", "keyword", "2"),
    ("aten.t.default(", "thing(1))", "sparse_coo", "thing"),
    ("aten.t.default(sparse_coo([2], ", "values=int8[1]))", "indices=", "values"),
    ("aten.t.default(sparse_coo([2], indices=", "int64[1,1], values=int8[1]))", "known values", "none"),
    ("aten.t.default(sparse_csr([2], crow=int64[1]{0}, ", "row=int64[1]{0}))", "col=", "row"),
    ("aten.t.default(sparse_coo([2], indices=int64[1,1]{0}, values=int8[1])", "~odd)", "~uncoalesced", "~odd"),
    ("aten.t.default(nested(", "buffer=int8[2], sizes=[[3]]))", "3 elements", "2"),
    ("aten.t.default(nested(", "buffer=int8[2], sizes=[[2]], offsets=[]))", "for each component", "0 offsets"),
    ("aten.t.default(nested(", "buffer=int8[2], sizes=[[2]], strides=[[1,1]]))", "1 numbers", "[1, 1]"),
    ("aten.t.default(dual(float32[3]", "))", "','", "))"),
]


@pytest.mark.parametrize(("before", "after", "wanted", "got"), FAULTS)
def test_a_fault_is_named_with_its_place(before, after, wanted, got):
    with pytest.raises(CaseSyntaxError) as caught:
        parse_case(before + after)
    error = caught.value
    assert wanted in error.wanted or wanted.split()[-1] in error.wanted
    assert got in error.got
    at = error.column - 1
    assert at == len(before) or (before + after)[len(before) : at].isspace()
    assert f"column {error.column}: wanted {error.wanted}, got {error.got[:100]}" in str(error)
    assert len(str(error)) < 1000


def test_it_is_a_value_error():
    with pytest.raises(ValueError, match="column 1"):
        parse_case("?")


def test_every_beginning_of_a_case_is_refused_and_crashes_nothing():
    text = "$0=float32@8; aten.x.y($0[4]:[2]~grad, sparse_coo([2], indices=int64[1,1]{0}, values=int8[1]), [1,-2.5])"
    parse_case(text)
    for end in range(len(text)):
        with pytest.raises(CaseSyntaxError):
            parse_case(text[:end])
