"""The model of the fallback is what torch does: the operand's strides, and the elements that it then holds."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof_suites.views.features.bits_fallback import fallback, reads_others, refused

LAZY = [
    "aten.squeeze_.dim(float32[1,2,2,3]:[12,1,6,2]~neg, 0)",
    "aten.squeeze_.dim(float32[2,3]:[5,1]~neg, 0)",
    "aten.squeeze_.dim(complex64[1,1,2,2]:[5,5,2,1]~conj, 0)",
    "aten.squeeze_.dims(complex64[1,4,1,3]:[12,1,12,4]+3~conj, [0])",
    "aten.resize_as_.default(float32[2,3]:[1,2]~neg, float32[2,3])",
    "aten.resize_as_.default(float32[2,3]:[1,2]~neg, float32[3,2])",
    "aten.resize_as_.default(float32[2,4,3]:[36,9,1]@72~neg, float32[4,6], memory_format=contiguous_format)",
    "aten.resize_as_.default(complex64[1,3]:[7,1]~conj, complex64[2,2,2,2], memory_format=channels_last)",
    "aten.resize_as_.default(float32[2,2]:[1,2]~neg, float32[2,2], memory_format=contiguous_format)",
]
#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "fallback-refused": ("aten.squeeze_.dim(float32[6]:[0]~neg, 0)", "aten.squeeze_.dim(float32[6]:[2]~neg, 0)"),
    "fallback-reads-others": (
        "aten.squeeze_.dim(float32[1,2,2]:[1,1,2]~neg, 0)",
        "aten.squeeze_.dim(float32[1,2,2]:[9,2,1]~neg, 0)",
    ),
    "fallback-other-stride": (
        "aten.squeeze_.dim(float32[1,2,2]:[1,1,2]~neg, 0)",
        "aten.squeeze_.dim(float32[1,2,2]:[1,1,2], 0)",
    ),
    "fallback-other-free-stride": (
        "aten.squeeze_.dim(float32[1,1,2]:[9,9,1]~neg, 0)",
        "aten.squeeze_.dim(float32[1,2]:[9,1]~neg, 0)",
    ),
    "fallback-writes-fewer": (
        "aten.resize_as_.default(float32[2,2]:[1,1]~neg, float32[2,2], memory_format=contiguous_format)",
        "aten.resize_as_.default(float32[2,2]~neg, float32[2,2], memory_format=contiguous_format)",
    ),
    "fallback-writes-others": (
        "aten.squeeze_.dim(float32[1,2,2]:[1,3,1]~neg, 0)",
        "aten.squeeze_.dim(float32[1,2,2]:[1,1,2]~neg, 0)",
    ),
}


def run(case):
    """The operand after the call, and the positions that its elements held before it, read with the bits off."""
    first = case.args[0].layout
    storage = torch.arange(first.storage_bytes // torch.empty((), dtype=getattr(torch, first.dtype)).element_size())
    base = storage.to(getattr(torch, first.dtype)).as_strided(first.size, first.stride, first.offset)
    torch._C._set_conj(base, first.conj)
    torch._C._set_neg(base, first.neg)
    operator = getattr(getattr(torch.ops.aten, case.operator.split(".")[1]), case.operator.split(".")[2])
    if case.operator.startswith("aten.resize_as_"):
        memory_format = dict(case.kwargs).get("memory_format")
        operator(
            base,
            torch.empty(case.args[1].layout.size),
            memory_format=memory_format and getattr(torch, memory_format),
        )
    else:
        operator(base, *(list(one) if isinstance(one, tuple) else one for one in case.args[1:]))
    torch._C._set_conj(base, False)
    torch._C._set_neg(base, False)
    return base


@pytest.mark.parametrize("text", LAZY)
def test_the_operand_is_foretold(text):
    case = parse_case(text)
    found = fallback(case, expect(case))
    base = run(case)
    assert (tuple(base.shape), base.stride(), base.storage_offset()) == found.after[:3]
    for held, place in zip(base.flatten().tolist(), found.copied, strict=True):
        # What was never written may hold anything.
        assert place is None or held == place


def test_elements_that_are_written_twice_are_refused():
    case = parse_case("aten.squeeze_.dim(float32[6]:[0]~neg, 0)")
    assert refused(case, expect(case))
    with pytest.raises(RuntimeError, match="more than one element"):
        run(case)


@pytest.mark.parametrize(
    ("text", "others"),
    [(LAZY[0], True), (LAZY[1], False), (LAZY[6], True), ("aten.squeeze_.dim(float32[1,2,2,3]:[12,1,6,2], 0)", False)],
)
def test_reads_differ_where_elements_moved(text, others):
    case = parse_case(text)
    assert reads_others(case, expect(case)) is others


def test_without_a_bit_there_is_no_fallback():
    case = parse_case("aten.squeeze_.dim(float32[1,2,2,3]:[12,1,6,2], 0)")
    assert fallback(case, expect(case)) is None


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)
