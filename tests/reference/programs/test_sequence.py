"""The recorded steps, from the call alone: primitives whole, composites by what they call."""

import pytest

from viewproof_reference.layout import Layout, contiguous_strides, predict
from viewproof_reference.layout.model import KnownTensor
from viewproof_reference.programs import Step, as_tuple, steps


def tensor(*size, dtype="float32", stride=None, conj=False):
    return Layout(size, contiguous_strides(size) if stride is None else stride, 0, dtype, conj, False, 4096)


def found(operator, base, *args, **kwargs):
    outputs = predict(operator, [base, *args], kwargs)
    return [[(step.name, step.arguments) for step in row] for row in steps(operator, base, args, kwargs, outputs)]


@pytest.mark.parametrize(
    ("operator", "base", "args", "wanted"),
    [
        ("aten.slice.Tensor", tensor(3, 4), (0, 1), [("slice_Tensor", (0, 1, None, 1))]),
        ("aten.diagonal.default", tensor(3, 4), (), [("diagonal", (0, 0, 1))]),
        ("aten.swapaxes.default", tensor(3, 4), (0, -1), [("transpose_int", (0, -1))]),
        ("aten.numpy_T.default", tensor(3, 4, 2), (), [("permute", ((2, 1, 0),))]),
        ("aten.broadcast_to.default", tensor(4), ((3, -1),), [("expand", ((3, -1), False))]),
        ("aten.narrow.default", tensor(3, 4), (1, -3, 2), [("slice_Tensor", (1, 1, 3, 1))]),
        (
            "aten.narrow.Tensor",
            tensor(4),
            (0, KnownTensor(tensor(dtype="int64"), (1,)), 2),
            [("slice_Tensor", (0, 1, 3, 1))],
        ),
        ("aten.movedim.int", tensor(3, 4, 2), (0, -1), [("permute", ((1, 2, 0),))]),
        ("aten.movedim.int", tensor(), (0, -1), [("alias", ())]),
        ("aten.reshape.default", tensor(3, 4), ((-1,),), [("view", ((-1,),))]),
        ("aten.reshape.default", tensor(3, 4, stride=(8, 2)), ((4, -1),), [("view", ((4, 3),))]),
        ("aten.reshape.default", tensor(3, 4, stride=(1, 3)), ((-1,),), [("_unsafe_view", ((12,),))]),
        ("aten.conj.default", tensor(3), (), []),
        ("aten.adjoint.default", tensor(2, 3, dtype="complex64"), (), [("transpose_int", (-2, -1)), ("_conj", ())]),
        ("aten.real.default", tensor(3, dtype="complex64"), (), [("view_as_real", ()), ("select_int", (1, 0))]),
        (
            "aten.imag.default",
            tensor(3, dtype="complex64", conj=True),
            (),
            [("_conj", ()), ("view_as_real", ()), ("select_int", (1, 1)), ("_neg_view", ())],
        ),
        ("aten.squeeze_.dim", tensor(1, 3), (0,), [("alias", ()), ("squeeze__dim", (0,))]),
        ("aten.detach_.default", tensor(3), (), [("detach_", ())]),
        ("aten.resize_.default", tensor(3), ((2,),), [("alias", ()), ("resize_", ((2,),))]),
    ],
)
def test_one_output(operator, base, args, wanted):
    assert found(operator, base, *args) == [wanted]


def test_pieces_of_tensor_split_are_slices():
    wanted = [[("slice_Tensor", (1, start, end, 1))] for start, end in ((0, 2), (2, 3), (3, 4))]
    assert found("aten.tensor_split.sections", tensor(2, 4), 3, -1) == wanted
    assert found("aten.tensor_split.indices", tensor(2, 4), (2, 3), 1) == wanted
    assert found("aten.hsplit.array", tensor(2, 4), (2, 3)) == wanted


def test_pieces_of_chunk_are_those_of_split():
    base = tensor(5)
    rows = steps("aten.chunk.default", base, (2,), {}, predict("aten.chunk.default", [base, 2], {}))
    assert rows == tuple((Step("split_Tensor", (3, 0), index),) for index in range(2))
    empty = tensor(0)
    rows = steps("aten.chunk.default", empty, (2,), {}, predict("aten.chunk.default", [empty, 2], {}))
    assert [row[0].name for row in rows] == ["split_with_sizes"] * 2


def test_attributes_come_in_the_classs_order():
    assert as_tuple(Step("select_int", (1, 0)), True) == (False, True, "ViewOrScatterInverse", 1, 0)
    assert as_tuple(Step("select_int", (1, 0)), False) == (False, False, "NeverView", 1, 0)
    assert as_tuple(Step("unbind_int", (0,), 2), False) == (False, 2, False, "NeverView", 0)
    assert as_tuple(Step("resize_", ((2,),), None, "resize"), True) == (True, (2,))
    assert as_tuple(Step("_unsafe_view", ((2,),), None, "hidden"), True) == (False, (2,))


def test_a_missing_argument_is_named():
    with pytest.raises(TypeError, match="select_int: wanted an argument index"):
        steps("aten.select.int", tensor(3), (0,), {}, ())


def test_what_is_unknown_is_said():
    with pytest.raises(KeyError):
        steps("aten.add.Tensor", tensor(3), (), {}, ())
