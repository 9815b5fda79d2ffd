"""Hypothesis strategies: every case that a name can spell."""

from __future__ import annotations

from hypothesis import strategies as st

from viewproof.cases import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.cases.text import tight_elements
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, contiguous_strides, element_count

WORDS = st.sampled_from(["int32", "float8_e4m3fn", "channels_last", "strided", "sparse_coo", "cuda:1", "cpu", "nested"])
SIZES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@st.composite
def tensors(draw, dtype=None, known=False, storages=()):
    """A tensor argument; on a declared storage where one is given that can hold it."""
    word = dtype or draw(st.sampled_from(sorted(DTYPES)))
    size = draw(SIZES)
    stride = contiguous_strides(size)
    if draw(st.booleans()):
        stride = tuple(draw(st.integers(0, 20)) for _ in size)
    offset = draw(st.integers(0, 5))
    itemsize = DTYPES[word].itemsize
    needed = tight_elements(size, stride, offset) * itemsize
    storage = None
    storage_bytes = needed + draw(st.sampled_from([0, 0, 1, itemsize, 3 * itemsize]))
    for index, (declared, count) in enumerate(storages):
        if count * DTYPES[declared].itemsize >= needed and draw(st.booleans()):
            storage, storage_bytes = index, count * DTYPES[declared].itemsize
    kind = DTYPES[word].kind
    flags = frozenset(flag for flag in ("view",) if draw(st.booleans()))
    if kind in ("float", "complex") and draw(st.booleans()):
        flags |= {"grad"}
    conj = kind == "complex" and draw(st.booleans())
    values = None
    if known or draw(st.integers(0, 3)) == 0:
        values = tuple(draw(st.integers(-3, 9)) for _ in range(element_count(size)))
    return TensorArgument(
        Layout(size, stride, offset, word, conj, draw(st.booleans()), storage_bytes), flags, storage, values
    )


@st.composite
def sparse(draw):
    """A sparse base of any layout."""
    kind = draw(st.sampled_from(["sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc"]))
    coo = kind == "sparse_coo"
    indices = tensors(dtype="int64", known=True)
    plain = None if coo else draw(indices)
    return SparseArgument(kind, draw(SIZES), draw(indices), plain, draw(tensors()), not coo or draw(st.booleans()))


@st.composite
def nested(draw):
    """A nested base whose buffer holds its components."""
    sizes = tuple(draw(st.lists(SIZES, max_size=3)))
    offsets = tuple(draw(st.integers(0, 9)) for _ in sizes)
    strides = tuple(map(contiguous_strides, sizes))
    if draw(st.booleans()):
        strides = tuple(tuple(draw(st.integers(0, 5)) for _ in size) for size in sizes)
    needed = max([tight_elements(*row) for row in zip(sizes, strides, offsets, strict=True)], default=0)
    buffer = TensorArgument(Layout((needed,), (1,), 0, "float32", storage_bytes=needed * 4))
    return NestedArgument(buffer, sizes, strides, offsets, draw(st.booleans()))


def values(storages):
    """Any argument."""
    tensor = tensors(storages=storages)
    leaves = st.one_of(
        tensor,
        tensor,
        sparse(),
        nested(),
        st.builds(DualArgument, tensor, st.none() | tensor),
        st.integers(),
        st.booleans(),
        st.none(),
        WORDS,
        st.floats(allow_nan=False),
    )
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)


def used(value):
    """The numbers of the shared storages that occur in `value`."""
    if isinstance(value, TensorArgument):
        return {value.storage} - {None}
    if isinstance(value, tuple):
        return set().union(*map(used, value))
    if isinstance(value, DualArgument):
        return used(value.primal) | used(value.tangent)
    return set()


@st.composite
def cases(draw):
    """A case: every declared storage is used."""
    word = st.sampled_from(["float32", "int8", "complex64"])
    storages = tuple(draw(st.lists(st.tuples(word, st.integers(0, 64)), max_size=2)))
    args = draw(st.lists(values(storages), max_size=3))
    names = draw(st.lists(st.sampled_from(["dim", "size", "src", "None_", "float32"]), unique=True, max_size=2))
    kwargs = tuple((name, draw(values(storages))) for name in names)
    seen = used(tuple(args)) | used(tuple(value for _, value in kwargs))
    for index, (dtype, count) in enumerate(storages):
        if index not in seen:
            layout = Layout((0,), (1,), 0, dtype, storage_bytes=count * DTYPES[dtype].itemsize)
            args.append(TensorArgument(layout, storage=index))
    operator = draw(st.sampled_from(["aten.slice.Tensor", "aten.t.default", "my_ops.foo.bar_2"]))
    return Case(operator, tuple(args), kwargs, storages)
