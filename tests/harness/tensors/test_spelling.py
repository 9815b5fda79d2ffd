"""A call's arguments as a case: canonical, aliased arguments declared once, and a reason where there is none."""

from __future__ import annotations

import pytest
import torch

from viewproof.cases import format_case, parse_case
from viewproof.tensors.spelling import Unspelled, spell, tensors_in

NONE = frozenset()


def name_of(operator, *args, numbers=NONE, **kwargs):
    case = spell(operator, numbers, args, kwargs)
    text = format_case(case)
    assert parse_case(text) == case, "the name parses back"
    return text


def test_layouts_words_and_lists():
    x = torch.zeros(3, 4)
    assert name_of("aten.transpose.int", x, 0, 1) == "aten.transpose.int(float32[3,4], 0, 1)"
    assert name_of("aten.view.default", x[:, 1:], [3, -1]) == "aten.view.default(float32[3,3]:[4,1]+1, [3,-1])"
    assert name_of("aten.squeeze.dims", x.select(0, 1), [0]) == "aten.squeeze.dims(float32[4]+4@12, [0])"
    lazy = torch.zeros(3, dtype=torch.complex64).conj()
    assert name_of("aten._conj.default", lazy) == "aten._conj.default(complex64[3]~conj)"
    assert name_of("aten.view_as_real.default", lazy.imag) == "aten.view_as_real.default(float32[3]:[2]+1~neg)"
    words = {"dtype": torch.bfloat16, "layout": torch.strided, "device": torch.device("cpu"), "pin_memory": False}
    assert name_of("aten._to_copy.default", x, **words, memory_format=torch.contiguous_format) == (
        "aten._to_copy.default(float32[3,4], dtype=bfloat16, layout=strided, device=cpu, pin_memory=False, "
        "memory_format=contiguous_format)"
    )


def test_gradients_and_views_leave_no_flag():
    x = torch.zeros(4, requires_grad=True)
    assert name_of("aten.view.default", x[:2], [2, 1]) == "aten.view.default(float32[2]@4, [2,1])"


def test_arguments_on_one_storage_declare_it_once():
    x = torch.zeros(8)
    assert name_of("aten.view_as.default", x[:4], x[4:]) == "$0=float32@8; aten.view_as.default($0[4], $0[4]+4)"
    assert name_of("aten.view_as.default", x, x.view(torch.int16)) == (
        "$0=float32@8; aten.view_as.default($0[8], $0:int16[16])"
    )
    odd = torch.UntypedStorage(9)
    one = torch.empty(0).set_(odd, 0, (2,), (1,))
    assert name_of("aten.view_as.default", one, one) == (
        "$0=uint8@9; aten.view_as.default($0:float32[2], $0:float32[2])"
    )


def test_numbers_that_an_operator_reads_are_part_of_the_case():
    start = torch.tensor(1)
    name = name_of("aten.narrow.Tensor", torch.zeros(4), 0, start, 2, numbers=frozenset({2}))
    assert name == "aten.narrow.Tensor(float32[4], 0, int64[]{1}, 2)"


def test_a_list_of_outs_is_a_tuple():
    outs = [torch.zeros(2), torch.zeros(2)]
    name = name_of("aten.unbind_copy.int_out", torch.zeros(2, 2), out=outs)
    assert name == "aten.unbind_copy.int_out(float32[2,2], out=[float32[2],float32[2]])"
    assert tensors_in([1, torch.zeros(1)], {"out": outs})[1:] == outs


def _freed():
    x = torch.zeros(4)
    x.untyped_storage().resize_(0)
    return x


@pytest.mark.parametrize(
    ("args", "kwargs", "reason"),
    [
        (lambda: (torch.eye(2).to_sparse(),), {}, "sparse_coo"),
        (lambda: (torch.nested.nested_tensor([torch.zeros(2)]),), {}, "nested"),
        (lambda: (torch.zeros(2), torch.zeros(2, device="meta")), {}, "several devices"),
        (lambda: (torch.zeros(2),), {"device": torch.device("meta")}, "moves between devices"),
        (lambda: (_freed(),), {}, "leaves its storage"),
        (lambda: (torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.quint8),), {}, "quint8"),
        (lambda: ([torch.zeros(2)],), {}, "no tensor"),
        (lambda: (torch.zeros(2), object()), {}, "is a object"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_no_case_can_say_has_a_reason(args, kwargs, reason):
    with pytest.raises(Unspelled, match=reason):
        spell("aten.view.default", NONE, args(), kwargs)
