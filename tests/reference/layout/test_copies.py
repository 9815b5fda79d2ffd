"""The copies: one rule over every view, its exceptions, and what `out=` becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof_reference.layout import Layout, Refusal, SparseLayout, contiguous_strides, predict
from viewproof_reference.layout.copies import COPIES, OUTS, dense, into, out_name, repeats
from viewproof_reference.layout.model import NestedLayout, Output

X = Layout((3, 4), (5, 1), 2, "float32", storage_bytes=80)


def copy(overload, *args, **kwargs):
    return predict(f"aten.{overload}", args, kwargs)


def test_a_copy_is_its_view_read_into_a_contiguous_tensor_of_its_own():
    (view,) = copy("transpose.int", X, 0, 1)
    (made,) = copy("transpose_copy.int", X, 0, 1)
    assert made.layout == Layout((4, 3), (3, 1), 0, "float32", storage_bytes=48)
    assert (made.shares, made.identity) == (None, False)
    assert (made.reads, made.source) == (view.layout, "self")


@pytest.mark.parametrize(
    ("copied", "args"), [("alias_copy.default", ()), ("detach_copy.default", ()), ("t_copy.default", ())]
)
def test_what_returns_the_input_or_shares_it_is_copied(copied, args):
    (made,) = copy(copied, X, *args)
    assert made.shares is None
    assert not made.identity
    assert made.layout.stride == contiguous_strides(made.layout.size)


def test_the_copies_of_several_outputs_have_storages_of_their_own():
    made = copy("split_copy.Tensor", X, 2)
    assert [one.layout.size for one in made] == [(2, 4), (1, 4)]
    assert [one.layout.offset for one in made] == [0, 0]
    assert [one.layout.storage_bytes for one in made] == [32, 16]


def test_lazy_bits_are_resolved_and_the_reads_keep_them():
    (made,) = copy("_conj_copy.default", Layout((2,), (1,), 0, "complex64", storage_bytes=16))
    assert not made.layout.conj
    assert made.reads.conj


def test_what_the_view_refuses_the_copy_refuses():
    with pytest.raises(Refusal) as found:
        copy("select_copy.int", X, 0, 3)
    assert found.value.kind == "IndexError"


def test_view_copy_copies_where_no_strides_describe_the_size():
    turned = X._replace(size=(4, 3), stride=(1, 5))
    with pytest.raises(Refusal):
        copy("view.default", turned, [12])
    (made,) = copy("view_copy.default", turned, [12])
    assert made.layout.size == (12,)
    assert made.reads == turned


def test_view_as_real_copy_takes_the_lazy_operand_that_its_view_refuses():
    lazy = Layout((2,), (2,), 0, "complex64", conj=True, storage_bytes=24)
    with pytest.raises(Refusal):
        copy("view_as_real.default", lazy)
    (made,) = copy("view_as_real_copy.default", lazy)
    assert made.layout == Layout((2, 2), (2, 1), 0, "float32", storage_bytes=16)
    assert made.reads is None


def test_to_copy_keeps_the_order_of_the_strides():
    turned = Layout((4, 3), (1, 4), 0, "float32", storage_bytes=48)
    assert copy("_to_copy.default", turned)[0].layout.stride == (1, 4)
    assert copy("_to_copy.default", turned, dtype="float64")[0].reads is None


def test_composite_copies_are_packed():
    values = Layout((2, 3), (1, 2), 0, "float32", storage_bytes=24)
    indices = Layout((1, 2), (2, 1), 0, "int64", storage_bytes=16)
    (made,) = copy(
        "_sparse_broadcast_to_copy.default", SparseLayout("sparse_coo", (4, 3), indices, None, values), [4, 3]
    )
    assert isinstance(made.layout, SparseLayout)
    assert made.layout.values.stride == (3, 1)
    nested = NestedLayout(dense((9,), "float32"), ((2,), (3,)), ((2,), (1,)), (0, 5))
    (made,) = copy("values_copy.default", nested)
    assert made.layout.size == (9,)


def test_an_out_of_the_right_size_keeps_its_strides():
    out = Layout((4,), (2,), 1, "float32", storage_bytes=60)
    (made,) = copy("select_copy.int_out", X, 0, 1, out=out)
    assert (made.layout, made.shares, made.source) == (out, "out", "self")


def test_an_out_of_another_size_is_resized_where_it_is_and_its_storage_grows():
    out = Layout((1,), (1,), 1, "float32", storage_bytes=8)
    (made,) = copy("select_copy.int_out", X, 0, 1, out=out)
    assert made.layout == Layout((4,), (1,), 1, "float32", storage_bytes=20)


@pytest.mark.parametrize("out", [dense((4,), "float64"), Layout((4,), (0,), 0, "float32", storage_bytes=4)])
def test_another_dtype_and_one_position_for_several_elements_are_refused(out):
    with pytest.raises(Refusal, match="out"):
        copy("select_copy.int_out", X, 0, 1, out=out)


def test_lists_of_outs_are_named_and_counted():
    outs = (dense((2, 4), "float32"), dense((1, 4), "float32"))
    assert [one.shares for one in copy("split_copy.Tensor_out", X, 2, out=outs)] == ["out.0", "out.1"]
    with pytest.raises(Refusal, match="wanted 2 tensors, got 1"):
        copy("split_copy.Tensor_out", X, 2, out=outs[:1])


def test_an_out_of_another_kind_is_refused():
    with pytest.raises(Refusal, match="strided"):
        into(Output(dense((2,), "float32"), None, None, None), NestedLayout(X, (), (), ()), "out")


def test_to_copy_out_converts_to_the_dtype_of_the_out():
    (made,) = copy("_to_copy.out", X, out=dense((3, 4), "float64"))
    assert made.layout.dtype == "float64"
    assert made.reads is None


def test_names_of_outs():
    assert out_name("t_copy.default") == "t_copy.out"
    assert out_name("select_copy.int") == "select_copy.int_out"
    assert set(OUTS.values()) >= set(COPIES) - {"_reshape_copy.default", "_nested_view_from_buffer_copy.default"}


sizes = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@given(sizes, st.integers(0, 3))
def test_a_copy_of_a_copy_is_a_copy(size, offset):
    base = Layout(size, contiguous_strides(size), offset, "int16", storage_bytes=1024)
    (once,) = copy("alias_copy.default", base)
    (twice,) = copy("alias_copy.default", once.layout)
    assert twice.layout == once.layout
    assert not repeats(once.layout)
